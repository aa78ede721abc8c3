"""Every score of a task anew, from stored predictions and task data built here."""

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cardiobench.evaluation.evaluate import per_item_scores
from cardiobench.plugins.tasks import load_task
from cardiobench.results.entry import Items

if TYPE_CHECKING:
    from cardiobench_tasks.catalogue import TaskSpec

COSINES = "cosine_scores"
# What mteb scores a pair task by.
PAIR_SCORES = (
    "similarity_scores",
    COSINES,
    "manhattan_distances",
    "euclidean_distances",
    "dot_scores",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recomputed:
    """What predictions are worth.

    Attributes:
        scores: every score, as mteb computes it from the predictions.
        items: per-item scores.
    """

    scores: dict[str, float]
    items: Items


class TaskAnew:
    """A task with its data built here, at the pinned revision.

    Raises:
        DataError: the sources at hand give other data.
        StageError: a plugin's task that cannot be loaded.
    """

    def __init__(self, spec: "TaskSpec") -> None:
        self.spec = spec
        self.task = load_task(spec)
        self.task.load_data()

    @property
    def is_retrieval(self) -> bool:
        """Whether predictions are documents of queries; otherwise they are scores of pairs."""
        return bool(self.spec.type == "Retrieval")

    def split(self) -> Any:
        """The evaluated split: a dataset of pairs, or corpus, queries and judgements."""
        if self.is_retrieval:
            return self.task.dataset["default"][self.spec.split]
        return self.task.dataset[self.spec.split]

    def labels(self) -> list[int]:
        """1 similar, 0 different, of every pair of a pair task."""
        # Sliced, since a column of a data set is slow to iterate over.
        return list(self.split()["labels"][:])

    def recompute(self, predictions: dict[str, Any]) -> Recomputed:
        """Scores and items that predictions give.

        Args:
            predictions: what mteb stored for the split, already checked to fit the task.
        """
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            scores = (self._retrieval if self.is_retrieval else self._pairs)(predictions)
        items = per_item_scores(self.task, self.spec, {"default": {self.spec.split: predictions}})
        scores["main_score"] = scores[self.spec.main_score]
        return Recomputed(scores={key: float(v) for key, v in scores.items()}, items=items)

    def _retrieval(self, predictions: dict[str, Any]) -> dict[str, Any]:
        """mteb's own evaluation with a search that gives the stored documents."""
        subsets = self.task.evaluate(_Replay(predictions), self.spec.split, encode_kwargs={})
        scores = {**subsets["default"]}
        del scores["main_score"]
        return scores

    def _pairs(self, predictions: dict[str, Any]) -> dict[str, Any]:
        """mteb's own evaluation of the stored cosines and distances."""
        return dict(self.task._compute_metrics(predictions, self.labels()))


class _Replay:
    """A search model, as mteb's protocol has it, that returns stored results."""

    mteb_model_meta = None

    def __init__(self, results: dict[str, dict[str, float]]) -> None:
        self._results = results

    def index(self, corpus: Any, **options: Any) -> None:
        """Nothing to index."""

    def search(self, queries: Any, **options: Any) -> dict[str, dict[str, float]]:
        """The stored results, copied, as mteb may change them."""
        return {query: dict(documents) for query, documents in self._results.items()}
