"""Ways to rank documents without knowing what the texts mean, most of them blind to the query."""

from collections.abc import Callable
from typing import Any

import numpy as np

from cardiobench.audit.claims import DEFINITION_LSA
from cardiobench.audit.held_out import held_out_scores
from cardiobench.audit.latent import definition_lsa, own_lsa
from cardiobench.audit.likeness import (
    Bm25,
    Fit,
    Floats,
    SharedWords,
    character_tfidf,
    lengths,
    random_vectors,
    word_tfidf,
)
from cardiobench.audit.retrieval_items import RetrievalItems, Rows
from cardiobench.foundation.text import normalise

RANDOM_SEEDS = 5

# Several rankings of one shortcut, whose scores are averaged.
Rankings = list[Rows]
RetrievalShortcut = Callable[[RetrievalItems], Rankings]


def _by(fit: Fit) -> RetrievalShortcut:
    return lambda items: [fit(items.queries, items.documents).rows]


def _same_for_all(scores: Floats) -> Rows:
    """One order of the documents for every query."""
    return lambda start, stop: np.broadcast_to(scores, (stop - start, len(scores)))


def _length(sign: int) -> RetrievalShortcut:
    return lambda items: [_same_for_all(sign * lengths(items.documents))]


def _random(items: RetrievalItems) -> Rankings:
    return [
        random_vectors(seed)(items.queries, items.documents).rows for seed in range(RANDOM_SEEDS)
    ]


def _popularity(items: RetrievalItems) -> Rankings:
    """How often, and how highly graded, a document answers queries about other concepts.

    A task that knows what answers its training-side queries offers ``training_relevance()``, from
    document to its sum of grades; then that is the order.
    """
    offered = getattr(items.task, "training_relevance", None)
    if offered is not None:
        counts = offered()
        return [_same_for_all(np.array([float(counts.get(d, 0)) for d in items.document_ids]))]
    grades = _grades(items)
    others = np.asarray(grades.sum(axis=0)).ravel()
    related = _related(items)

    def rows(start: int, stop: int) -> Floats:
        return np.asarray(others - (related[start:stop] @ grades).toarray())

    return [rows]


def _grades(items: RetrievalItems) -> Any:
    """Grade of each document for each query, sparse, shape (n, m)."""
    import scipy.sparse

    numbers = {name: number for number, name in enumerate(items.document_ids)}
    cells = [
        (row, numbers[document], grade)
        for row, query in enumerate(items.query_ids)
        for document, grade in items.relevant[query].items()
        if document in numbers
    ]
    queries, documents, values = (np.array(column) for column in zip(*cells, strict=True))
    shape = (len(items.query_ids), len(items.document_ids))
    return scipy.sparse.csr_array((values.astype(np.float64), (queries, documents)), shape=shape)


def _related(items: RetrievalItems) -> Any:
    """1 where two queries share a concept, as every query does with itself; sparse, (n, n)."""
    from sklearn.feature_extraction.text import CountVectorizer

    concepts = CountVectorizer(analyzer=list, binary=True).fit_transform(items.clusters)
    related = concepts @ concepts.T
    related.data[:] = 1
    return related.astype(np.float64)


def _document_alone(items: RetrievalItems) -> Rankings:
    """Whether a document looks like one that answers anything; like texts are left out together."""
    answers = {document for relevant in items.relevant.values() for document in relevant}
    labels = np.array([int(name in answers) for name in items.document_ids], dtype=np.int64)
    same = [[normalise(text)] for text in items.documents]
    return [_same_for_all(held_out_scores([items.documents], labels, same))]


RETRIEVAL_SHORTCUTS: dict[str, RetrievalShortcut] = {
    "most shared words": _by(SharedWords),
    "TF-IDF of words": _by(word_tfidf),
    "TF-IDF of characters": _by(character_tfidf),
    "BM25": _by(Bm25),
    "LSA of the task's texts": _by(own_lsa),
    DEFINITION_LSA: _by(definition_lsa),
    "random vectors": _random,
    "query-blind: popularity": _popularity,
    "query-blind: document alone": _document_alone,
    "query-blind: longest": _length(1),
    "query-blind: shortest": _length(-1),
}
