"""The views of two texts' wording are scikit-learn's own, whatever way they are counted."""

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from cardiobench_tasks.lexical import LexicalViews

TEXTS = [
    "Aortic valve stenosis",
    "Stenosis of the aortic valve, aortic",
    "Épanchement  péricardique (Ödem)",
    "ST-segment elevation",
    "Long QT syndrome 2",
    "a b",
]
NAMES = ["Mitral valve stenosis", "Valve", "QT", "Oedema", "Aortic valve", "aortic valve"]
PROSE = ["A narrowing of the aortic valve.", "The ST-segment is raised.", "Of the valve."]
WORDS = {"analyzer": "word"}
WORD_PAIRS = {"analyzer": "word", "ngram_range": (1, 2), "sublinear_tf": True}
CHARACTERS = {"analyzer": "char_wb", "ngram_range": (3, 5)}
VIEWS = [
    *[(corpus, view) for corpus in (TEXTS, NAMES) for view in (WORDS, WORD_PAIRS, CHARACTERS)],
    *[(PROSE, view) for view in (WORDS, WORD_PAIRS)],
]


@pytest.mark.parametrize("place", range(len(VIEWS)))
def test_each_view_is_that_of_a_vectorizer_fitted_on_its_corpus(place: int) -> None:
    """Cosines of all texts, to the four decimals that are kept, as a table and as pairs."""
    corpus, options = VIEWS[place]
    rows = TfidfVectorizer(**options).fit(corpus).transform(TEXTS)
    expected = np.round((rows @ rows.T).toarray(), 4).astype(np.float32)
    every = np.arange(len(TEXTS))
    views = LexicalViews(TEXTS, NAMES, PROSE)
    np.testing.assert_array_equal(views.table(every, every)[:, :, place], expected)
    first, second = np.divmod(np.arange(len(TEXTS) ** 2), len(TEXTS))
    np.testing.assert_array_equal(views.pairs(first, second)[:, place], expected.ravel())
