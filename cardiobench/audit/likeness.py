"""How alike two texts look to one who knows no medicine: words, characters, length, chance."""

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from cardiobench.foundation.text import normalise

Floats = NDArray[np.float64]
Texts = Sequence[str]

# As long as the vectors of mteb's random baseline, drawn from the same distribution.
RANDOM_DIMENSIONS = 32
WORDS: dict[str, Any] = {"analyzer": "word", "token_pattern": r"\w+"}
CHARACTERS: dict[str, Any] = {"analyzer": "char_wb", "ngram_range": (3, 5), "sublinear_tf": True}


class Likeness(Protocol):
    """The likeness of n first and m second texts."""

    def pairs(self) -> Floats:
        """Likeness of each first text to the second text of the same index, shape (n,)."""
        ...

    def rows(self, start: int, stop: int) -> Floats:
        """Likeness of first texts to all second texts, shape (stop - start, m)."""
        ...


Fit = Callable[[Texts, Texts], Likeness]


class Cosine:
    """Cosine of rows of length 1 (or of 0, which are like nothing).

    Args:
        first: shape (n, d), dense or sparse.
        second: shape (m, d), of the same kind.
    """

    def __init__(self, first: Any, second: Any) -> None:
        self._first, self._second = first, second

    def pairs(self) -> Floats:
        """Cosine of each first text and its second text, shape (n,)."""
        import scipy.sparse

        if scipy.sparse.issparse(self._first):
            return np.asarray(self._first.multiply(self._second).sum(axis=1)).ravel()
        return np.asarray((self._first * self._second).sum(axis=1), dtype=np.float64)

    def rows(self, start: int, stop: int) -> Floats:
        """Cosine of first texts with all second texts, shape (stop - start, m)."""
        import scipy.sparse

        product = self._first[start:stop] @ self._second.T
        return np.asarray(product.toarray() if scipy.sparse.issparse(product) else product)


class SharedWords:
    """Words that two texts share as a part of all their words (Jaccard), in [0, 1]."""

    def __init__(self, first: Texts, second: Texts) -> None:
        from sklearn.feature_extraction.text import CountVectorizer

        counter = CountVectorizer(binary=True, dtype=np.float64, **WORDS).fit([*first, *second])
        self._first, self._second = counter.transform(first), counter.transform(second)
        self._sizes = [np.asarray(m.sum(axis=1)).ravel() for m in (self._first, self._second)]

    def pairs(self) -> Floats:
        """Share of common words of each first text and its second text, shape (n,)."""
        common = np.asarray(self._first.multiply(self._second).sum(axis=1)).ravel()
        return _share(common, self._sizes[0] + self._sizes[1])

    def rows(self, start: int, stop: int) -> Floats:
        """Share of common words of first texts and all second texts, shape (stop - start, m)."""
        common = (self._first[start:stop] @ self._second.T).toarray()
        return _share(common, self._sizes[0][start:stop, None] + self._sizes[1][None, :])


def _share(common: Floats, both: Floats) -> Floats:
    return np.asarray(common / np.maximum(both - common, 1.0))


class Bm25:
    """BM25 with English stop words and no stemmer: first texts ask, second texts answer."""

    def __init__(self, first: Texts, second: Texts) -> None:
        import bm25s

        options: dict[str, Any] = {"return_ids": False, "show_progress": False}
        self._index = bm25s.BM25()
        self._index.index(bm25s.tokenize(list(second), **options), show_progress=False)
        self._questions = bm25s.tokenize(list(first), **options)
        self._answers = len(second)

    def pairs(self) -> Floats:
        """BM25 of each second text for its first text, shape (n,)."""
        return np.array([self._scores(k)[k] for k in range(len(self._questions))])

    def rows(self, start: int, stop: int) -> Floats:
        """BM25 of all second texts for first texts, shape (stop - start, m)."""
        return np.stack([self._scores(k) for k in range(start, stop)])

    def _scores(self, number: int) -> Floats:
        words = self._questions[number]
        if not words:
            return np.zeros(self._answers)
        return np.asarray(self._index.get_scores(list(words)), dtype=np.float64)


def word_tfidf(first: Texts, second: Texts) -> Cosine:
    """TF-IDF by words, with document frequencies of the task's own texts."""
    return _tfidf(first, second, WORDS)


def character_tfidf(first: Texts, second: Texts) -> Cosine:
    """TF-IDF by runs of 3 to 5 characters inside words, weighed by the task's own texts."""
    return _tfidf(first, second, CHARACTERS)


def _tfidf(first: Texts, second: Texts, analysis: dict[str, Any]) -> Cosine:
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(**analysis).fit([*first, *second])
    return Cosine(vectorizer.transform(first), vectorizer.transform(second))


def random_vectors(seed: int) -> Fit:
    """Vectors that hang on nothing but a text's hash and a seed, uniform in [0, 1)."""

    def fit(first: Texts, second: Texts) -> Cosine:
        return Cosine(_drawn(first, seed), _drawn(second, seed))

    return fit


def _drawn(texts: Texts, seed: int) -> Floats:
    size = 4 * RANDOM_DIMENSIONS
    drawn = [hashlib.shake_256(f"{seed}:{text}".encode()).digest(size) for text in texts]
    numbers = np.frombuffer(b"".join(drawn), dtype="<u4").reshape(len(texts), RANDOM_DIMENSIONS)
    rows = numbers / 2.0**32
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True))


def lengths(texts: Texts) -> Floats:
    """Characters of each text without punctuation and spare space, shape (n,)."""
    return np.array([len(normalise(text)) for text in texts], dtype=np.float64)
