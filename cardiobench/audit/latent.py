"""Latent semantic analysis: which words stand in the same texts, in 200 dimensions."""

import functools
from typing import Any

import numpy as np

from cardiobench.audit.likeness import WORDS, Cosine, Texts
from cardiobench.sources.hpo import read_hpo
from cardiobench.sources.split import split_of

DIMENSIONS = 200


def own_lsa(first: Texts, second: Texts) -> Cosine:
    """LSA fitted on the task's own texts."""
    return _cosine(_fitted(tuple(dict.fromkeys([*first, *second]))), first, second)


def definition_lsa(first: Texts, second: Texts) -> Cosine:
    """LSA fitted on name and definition of HPO's concepts on the training side of the split."""
    return _cosine(_of_definitions(), first, second)


@functools.lru_cache(maxsize=1)
def _of_definitions() -> Any:
    concepts = read_hpo().concepts.values()
    training = (concept for concept in concepts if split_of(concept.id) == "train")
    return _fitted(tuple(f"{concept.name} {concept.definition}" for concept in training))


def _fitted(texts: tuple[str, ...]) -> Any:
    """A pipeline of TF-IDF and a truncated SVD; small tasks have fewer dimensions."""
    from sklearn.decomposition import TruncatedSVD
    from sklearn.feature_extraction.text import TfidfVectorizer

    vectorizer = TfidfVectorizer(sublinear_tf=True, **WORDS)
    weights = vectorizer.fit_transform(texts)
    dimensions = max(1, min(DIMENSIONS, *(size - 1 for size in weights.shape)))
    return vectorizer, TruncatedSVD(dimensions, random_state=0).fit(weights)


def _cosine(fitted: Any, first: Texts, second: Texts) -> Cosine:
    vectorizer, svd = fitted

    def embed(texts: Texts) -> Any:
        rows = svd.transform(vectorizer.transform(texts))
        norms = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / np.maximum(norms, np.finfo(np.float64).tiny)

    return Cosine(embed(first), embed(second))
