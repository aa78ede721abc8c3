"""The retrieval task: one mteb class behind every CardioBench retrieval task."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from mteb.abstasks.retrieval import AbsTaskRetrieval

from cardiobench_tasks.catalogue import TaskSpec
from cardiobench_tasks.item_scores import ItemScores
from cardiobench_tasks.kept_statistics import KeptStatistics
from cardiobench_tasks.task_data import Row, Tables, column_dataset, task_tables


class RetrievalTask(KeptStatistics, AbsTaskRetrieval):
    """Retrieval with nDCG@10 as main score over tables that are built at a pinned revision.

    Subclasses set ``spec`` and ``metadata`` and make the tables ``corpus`` (id, text),
    ``queries`` (id, text) and ``qrels`` (query, document, optionally ``grade``: 1 if absent). With
    a table ``candidates`` (query, documents) only these are ranked for a query.
    """

    spec: ClassVar[TaskSpec]
    # The deepest cut-off kept in the predictions.
    k_values = (1, 3, 5, 10, 20, 100)

    def build(self) -> Tables:
        """Make the task's tables."""
        raise NotImplementedError

    def load_data(self, num_proc: int | None = None, **kwargs: Any) -> None:
        """Build corpus, queries and qrels, or take them from the cache, at the pinned revision."""
        if self.data_loaded:
            return
        tables = task_tables(self.spec, self.build)
        relevant: dict[str, dict[str, int]] = defaultdict(dict)
        for row in tables["qrels"]:
            relevant[row["query"]][row["document"]] = row.get("grade", 1)
        candidates = {row["query"]: row["documents"] for row in tables.get("candidates", ())}
        self.dataset = {
            "default": {
                self.spec.split: {
                    "corpus": column_dataset(tables["corpus"]),
                    "queries": column_dataset(tables["queries"]),
                    "relevant_docs": dict(relevant),
                    "top_ranked": candidates or None,
                }
            }
        }
        self.data_loaded = True

    def item_scores(self, predictions: Any) -> ItemScores:
        """nDCG@10 of each query, from mteb's predictions for the split."""
        import pytrec_eval

        qrels = self.dataset["default"][self.spec.split]["relevant_docs"]
        measured = pytrec_eval.RelevanceEvaluator(qrels, {"ndcg_cut.10"}).evaluate(predictions)
        ids = sorted(qrels)
        return ItemScores(
            ids=ids,
            values=[measured.get(i, {}).get("ndcg_cut_10", 0.0) for i in ids],
            # Queries for the same best document ask about the same concept.
            clusters=[[min(qrels[i], key=lambda d: (-qrels[i][d], d))] for i in ids],
        )


def stratum_means(
    queries: Iterable[Row], scores: Mapping[str, Mapping[str, float]], prefixes: Mapping[str, str]
) -> dict[str, float]:
    """nDCG@10 by stratum: means over the queries that are in it.

    Args:
        queries: with ``id`` and the columns of the strata.
        scores: query to measure to value, as mteb hands them to ``task_specific_scores``.
        prefixes: column to the prefix of the names of its strata.

    Returns:
        ``ndcg_at_10_{prefix}{value}`` to mean, in the order of the names.
    """
    values: dict[str, list[float]] = defaultdict(list)
    for query in queries:
        value = scores.get(query["id"], {}).get("ndcg_cut_10", 0.0)
        for column, prefix in prefixes.items():
            values[f"ndcg_at_10_{prefix}{query[column]}"].append(value)
    return {name: sum(members) / len(members) for name, members in sorted(values.items())}
