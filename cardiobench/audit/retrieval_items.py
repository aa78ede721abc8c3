"""Queries and documents of a retrieval task, and the score of a ranking of the documents."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cardiobench.audit.likeness import Floats
from cardiobench_tasks.catalogue import TaskSpec

# As deep as our tasks keep predictions.
DEPTH = 100
# Queries that are scored at a time, so that large corpora fit into memory.
_BLOCK = 128

# From (start, stop) to the scores of all documents for these queries, shape (stop - start, m).
Rows = Callable[[int, int], Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrievalItems:
    """The n queries and m documents of a task.

    Attributes:
        task: the loaded mteb task.
        query_ids: identifiers of the queries.
        queries: their texts.
        document_ids: identifiers of the documents.
        documents: their texts, a title before the text.
        relevant: documents with their grades, for each query.
        candidates: the documents that a query chooses from; a query without an entry has all.
        clusters: the concepts of each query.
    """

    task: Any
    query_ids: Sequence[str]
    queries: Sequence[str]
    document_ids: Sequence[str]
    documents: Sequence[str]
    relevant: Mapping[str, Mapping[str, int]]
    candidates: Mapping[str, Sequence[str]]
    clusters: Sequence[Sequence[str]]

    def score(self, rows: Rows, orders: int = 5) -> float:
        """The task's main score, by its own reckoning, of a ranking of the documents.

        Args:
            rows: gives the scores of blocks of queries.
            orders: random orders of documents with equal scores, over which the mean is taken.
        """
        random = np.random.default_rng(0)
        numbers = {name: number for number, name in enumerate(self.document_ids)}
        runs: list[dict[str, dict[str, float]]] = [{} for _ in range(orders)]
        for start in range(0, len(self.query_ids), _BLOCK):
            stop = min(start + _BLOCK, len(self.query_ids))
            block = np.round(rows(start, stop), 6)
            for query, scores in zip(self.query_ids[start:stop], block, strict=True):
                chosen = self.candidates.get(query, self.document_ids)
                if query in self.candidates:
                    scores = scores[[numbers[name] for name in chosen]]
                for run in runs:
                    best = _best(scores, random).tolist()
                    run[query] = {chosen[k]: float(-place) for place, k in enumerate(best)}
        return float(np.mean([np.mean(self.task.item_scores(run).values) for run in runs]))


def _best(scores: Floats, random: np.random.Generator) -> Any:
    """Indices of the highest scores, highest first; equal ones in random order."""
    if len(scores) <= DEPTH:
        chosen = np.arange(len(scores))
    else:
        bar = np.partition(scores, -DEPTH)[-DEPTH]
        above, level = np.flatnonzero(scores > bar), np.flatnonzero(scores == bar)
        drawn = random.choice(level, DEPTH - len(above), replace=False, shuffle=False)
        chosen = np.concatenate([above, drawn])
    return chosen[np.lexsort((random.random(len(chosen)), -scores[chosen]))]


def retrieval_items(task: Any, spec: TaskSpec) -> RetrievalItems:
    """The queries and documents of a loaded retrieval task."""
    data = task.dataset["default"][spec.split]
    relevant = data["relevant_docs"]
    corpus = data["corpus"][:]
    titles = corpus.get("title") or [""] * len(corpus["id"])
    queries = data["queries"][:]  # a column gone through is slow
    text_of = dict(zip(queries["id"], queries["text"], strict=True))
    candidates = data.get("top_ranked") or {}
    # Any run over what may be ranked will do: what comes back says which queries count.
    run = {q: dict.fromkeys(candidates.get(q, corpus["id"][:1]), 0.0) for q in text_of}
    scored = task.item_scores(run)
    clusters_of = dict(zip(scored.ids, scored.clusters, strict=True))
    query_ids = [query for query in text_of if query in clusters_of]
    return RetrievalItems(
        task=task,
        query_ids=query_ids,
        queries=[text_of[query] for query in query_ids],
        document_ids=list(corpus["id"]),
        documents=[
            f"{title or ''} {text}".strip()
            for title, text in zip(titles, corpus["text"], strict=True)
        ],
        relevant=relevant,
        candidates=candidates,
        clusters=[clusters_of[query] for query in query_ids],
    )
