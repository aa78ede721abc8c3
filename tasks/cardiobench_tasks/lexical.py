"""How alike two texts look, in several TF-IDF views at once."""

import functools
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_DECIMALS = 4

# Analyses of a text: words, words and their pairs, characters inside word borders.
_WORDS: dict[str, Any] = {"analyzer": "word"}
_WORD_PAIRS: dict[str, Any] = {"analyzer": "word", "ngram_range": (1, 2)}
_CHARACTERS: dict[str, Any] = {"analyzer": "char_wb", "ngram_range": (3, 5)}

Analyse = Callable[[str], Sequence[str]]


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
        words, pairs, characters = (
            _Counted(texts, analyse) for analyse in (_words(), _word_pairs(), _characters())
        )
        of_names, of_prose = tuple(names), tuple(prose)
        self._views = [
            words.weighted(),
            pairs.weighted(sublinear=True),
            characters.weighted(),
            # What holds a word is counted with the pairs.
            words.weighted(of_names, _word_pairs),
            pairs.weighted(of_names, _word_pairs, sublinear=True),
            characters.weighted(of_names, _characters),
            # Characters of running text cost the most time and add next to nothing.
            words.weighted(of_prose, _word_pairs),
            pairs.weighted(of_prose, _word_pairs, sublinear=True),
        ]

    def pairs(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float32]:
        """Cosines of n text pairs.

        Args:
            first: indices of the first texts, int64, shape (n,).
            second: indices of the second texts, int64, shape (n,).

        Returns:
            Cosines in [0, 1], shape (n, 8), float32.
        """
        products = (rows[first].multiply(rows[second]).sum(axis=1) for rows in self._views)
        return _rounded([np.asarray(product).ravel() for product in products])

    def table(self, first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float32]:
        """Cosines of each of m texts with each of n.

        Args:
            first: indices of the rows' texts, int64, shape (m,).
            second: indices of the columns' texts, int64, shape (n,).

        Returns:
            Cosines in [0, 1], shape (m, n, 8), float32.
        """
        return _rounded([(rows[first] @ rows[second].T).toarray() for rows in self._views])


def _rounded(cosines: list[NDArray[np.float64]]) -> NDArray[np.float32]:
    return np.stack([np.round(c, _DECIMALS).astype(np.float32) for c in cosines], axis=-1)


class _Counted:
    """The terms of some texts: counted once, and weighted by one corpus after the other."""

    def __init__(self, texts: Sequence[str], analyse: Analyse) -> None:
        from sklearn.feature_extraction.text import CountVectorizer

        vectorizer = CountVectorizer(analyzer=analyse, dtype=np.float64)
        self._counts = vectorizer.fit_transform(texts)
        self._terms = vectorizer.get_feature_names_out().tolist()

    def weighted(
        self,
        corpus: tuple[str, ...] | None = None,
        analyse: Callable[[], Analyse] | None = None,
        *,
        sublinear: bool = False,
    ) -> Any:
        """TF-IDF rows of unit length, as of scikit-learn's vectorizer fitted on a corpus.

        Args:
            corpus: where a term's document frequency comes from; without one, the texts.
            analyse: makes the analysis of the corpus.
            sublinear: logarithms of the counts.
        """
        from sklearn.preprocessing import normalize

        if corpus is None or analyse is None:
            documents = self._counts.shape[0]
            found = np.bincount(self._counts.indices, minlength=len(self._terms))
        else:
            documents, holding = len(corpus), _document_frequency(corpus, analyse)
            found = np.array([holding.get(term, 0) for term in self._terms])
        # A term that the corpus lacks is none of the vectorizer's.
        known = found > 0
        rows = self._counts[:, known]
        if sublinear:
            rows.data = np.log(rows.data) + 1.0
        idf = np.log((documents + 1.0) / (found[known] + 1.0)) + 1.0
        rows.data *= idf[rows.indices]
        return normalize(rows, copy=False)


# Large enough for one specialty: its two vocabularies' names and prose serve the next one too.
@functools.lru_cache(maxsize=8)
def _document_frequency(corpus: tuple[str, ...], analyse: Callable[[], Analyse]) -> Counter[str]:
    """How many documents of a corpus hold each term."""
    terms_of, holding = analyse(), Counter[str]()
    for document in corpus:
        holding.update(set(terms_of(document)))
    return holding


def _analysis(options: dict[str, Any]) -> Analyse:
    from sklearn.feature_extraction.text import CountVectorizer

    analyse: Analyse = CountVectorizer(**options).build_analyzer()
    return analyse


def _words() -> Analyse:
    return _analysis(_WORDS)


def _word_pairs() -> Analyse:
    return _analysis(_WORD_PAIRS)


def _characters() -> Analyse:
    """As scikit-learn's, which goes word by word: each word is taken apart once."""
    of_word = functools.cache(_analysis(_CHARACTERS))
    return lambda text: [run for word in text.lower().split() for run in of_word(word)]
