"""How alike two texts look, in several TF-IDF views at once."""

import functools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DECIMALS = 4

# Analyses of a text: words, words and their pairs, characters inside word borders.
_ANALYSES: tuple[dict[str, Any], ...] = (
    {"analyzer": "word"},
    {"analyzer": "word", "ngram_range": (1, 2), "sublinear_tf": True},
    {"analyzer": "char_wb", "ngram_range": (3, 5)},
)


class LexicalViews:
    """Pairwise TF-IDF cosine of texts, by words, word pairs and characters.

    Eight views: three analyses with inverse document frequencies from the texts themselves, three
    with those of the vocabulary's names, and words and word pairs with those of running text. One
    view alone leaves a loophole: a model that weighs words by another corpus still sees the overlap
    that was not matched. Cosines are rounded to four decimals so that equal inputs give equal bytes
    anywhere.

    Args:
        texts: the n texts to compare.
        names: names whose document frequencies make the second views.
        prose: running text whose document frequencies make the last views.
    """

    def __init__(self, texts: Sequence[str], names: Sequence[str], prose: Sequence[str]) -> None:
        views: list[NDArray[np.float32]] = []
        for corpus in (texts, names, prose):
            # Characters of running text cost the most time and add next to nothing.
            for analysis in range(2 if corpus is prose else len(_ANALYSES)):
                rows = _fitted(tuple(corpus), analysis).transform(texts)
                cosine = np.asarray((rows @ rows.T).todense(), dtype=np.float64)
                views.append(np.round(cosine, _DECIMALS).astype(np.float32))
        self._views = np.stack(views, axis=-1)

    def total(self) -> NDArray[np.float32]:
        """Summed cosine of every two texts, shape (n, n), float32 in [0, 8]."""
        return np.asarray(self._views.sum(axis=-1))

    def between(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float32]:
        """Cosines of text pairs.

        Args:
            first: indices of the first texts, int64, shape (...).
            second: indices of the second texts, int64, a shape that goes with the first's.

        Returns:
            Cosines in [0, 1], shape (..., 8), float32.
        """
        return np.asarray(self._views[first, second])


# Large enough for one specialty: its two vocabularies' names and prose serve the next one too.
@functools.lru_cache(maxsize=16)
def _fitted(corpus: tuple[str, ...], analysis: int) -> Any:
    """A vectorizer with the document frequencies of a corpus."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(**_ANALYSES[analysis]).fit(corpus)
