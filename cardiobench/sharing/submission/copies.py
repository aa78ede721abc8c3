"""How much the predictions of two entries resemble each other, whatever their scores."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from cardiobench.evaluation.evaluate import read_predictions
from cardiobench.results.entry import Entry, Manifest
from cardiobench.sharing.submission.recompute import COSINES

if TYPE_CHECKING:
    from cardiobench_tasks.catalogue import TaskSpec

# Correlations between models of their own were at most 0.990 on pairs and 0.966 on the documents
# of queries; of trained models and their copies with noise of standard deviation 0.01 at least
# 0.998 and 0.99.
_PAIRS, _DOCUMENTS = 0.994, 0.98
# Seeds of a recipe that changes its base little (`quick`) go together up to 0.998 and 0.991.
_SEED_PAIRS, _SEED_DOCUMENTS = 0.999, 0.995
# Two models agree on fewer of the hundred best documents.
_LEAST_SHARED = 0.3
# Below it no bent scale makes a copy either, and ranks need not be compared.
_LEAST_PEARSON = 0.9

# Items that a copy may have changed at will and still be told, and rounds to find them.
_OUTLIERS, _ROUNDS = 0.02, 3

Floats = NDArray[np.float64]


def threshold(spec: "TaskSpec", *, seeds: bool = False) -> float:
    """The correlation from which on two entries' predictions are no two models'.

    Args:
        spec: the task.
        seeds: whether the two say that they are seeds of one recipe on one base.
    """
    if seeds:
        return _SEED_DOCUMENTS if spec.type == "Retrieval" else _SEED_PAIRS
    return _DOCUMENTS if spec.type == "Retrieval" else _PAIRS


def are_seeds(one: Manifest, other: Manifest) -> bool:
    """Whether two adapted models say that nothing but their training seed differs."""
    if one.training is None or other.training is None:
        return False
    return (
        one.model.adapted_from == other.model.adapted_from
        and one.training.recipe == other.training.recipe
        and one.training.seed != other.training.seed
    )


@dataclass(frozen=True, slots=True)
class Known:
    """Predictions of one entry.

    Attributes:
        names: hash of the query and document of each score, ascending; None for pairs in order.
        scores: what was predicted.
    """

    names: NDArray[np.int64] | None
    scores: Floats

    @classmethod
    def of(cls, predictions: Mapping[str, Any]) -> "Known":
        """From mteb's predictions of a split, already checked to fit the task."""
        if COSINES in predictions:
            return cls(None, np.asarray(predictions[COSINES], dtype=np.float64))
        named = (
            hash((query, document))
            for query, documents in predictions.items()
            for document in documents
        )
        scores = [score for documents in predictions.values() for score in documents.values()]
        names = np.fromiter(named, dtype=np.int64, count=len(scores))
        order = np.argsort(names)
        return cls(names[order], np.asarray(scores, dtype=np.float64)[order])

    def score_of(self, query: str, document: str) -> float | None:
        """What a document was scored for a query; None if it was not among the best."""
        name = hash((query, document))
        place = int(np.searchsorted(self.names, name)) if self.names is not None else -1
        found = self.names is not None and place < len(self.names) and self.names[place] == name
        return float(self.scores[place]) if found else None


@dataclass(frozen=True, slots=True)
class Resemblance:
    """Two entries' predictions of the same things.

    Attributes:
        correlation: the largest of Pearson's, Pearson's without outliers, and Spearman's: a factor
            moves none of them, a few outliers not the second, a bent scale not the third.
        largest: largest difference; infinite where they are not of the same things.
    """

    correlation: float
    largest: float


def read_known(entry: Entry, spec: "TaskSpec") -> Known | None:
    """A published entry's predictions; None if it has none of the task."""
    try:
        stored = read_predictions(entry.predictions_path(spec.name))
        return Known.of(stored["default"][spec.split])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def resembles(one: Known, other: Known) -> Resemblance | None:
    """How much two entries' predictions go together; None where they share too little."""
    shared = _shared(one, other)
    if shared is None:
        return None
    left, right = shared
    if left.std() == 0 or right.std() == 0:
        return None
    pearson = max(float(np.corrcoef(left, right)[0, 1]), _without_outliers(left, right))
    if pearson < _LEAST_PEARSON:
        return Resemblance(pearson, float("inf"))
    spearman = float(np.corrcoef(rankdata(left), rankdata(right))[0, 1])
    nearly_all = len(left) >= 0.9 * max(len(one.scores), len(other.scores))
    largest = float(np.abs(left - right).max()) if nearly_all else float("inf")
    return Resemblance(max(pearson, spearman), largest)


def _without_outliers(left: Floats, right: Floats) -> float:
    """Pearson's correlation without the 2% that lie farthest from a line through the others."""
    count = int(_OUTLIERS * len(left))
    kept = np.ones(len(left), dtype=bool)
    for _ in range(_ROUNDS):
        if not count or left[kept].std() == 0 or right[kept].std() == 0:
            return -1.0
        slope, height = np.polyfit(left[kept], right[kept], 1)
        away = np.abs(right - slope * left - height)
        kept = np.ones(len(left), dtype=bool)
        kept[np.argpartition(away, -count)[-count:]] = False
    if left[kept].std() == 0 or right[kept].std() == 0:
        return -1.0
    return float(np.corrcoef(left[kept], right[kept])[0, 1])


def _shared(one: Known, other: Known) -> tuple[Floats, Floats] | None:
    """Scores of what both have, in one order."""
    if one.names is None or other.names is None:
        same = one.names is other.names and len(one.scores) == len(other.scores)
        return (one.scores, other.scores) if same else None
    # Sorted arrays of whole numbers: a tenth of the time that dictionaries take.
    places = np.searchsorted(other.names, one.names)
    places[places == len(other.names)] = 0
    shared = other.names[places] == one.names if len(other.names) else places.astype(bool)
    if shared.sum() < _LEAST_SHARED * len(one.names):
        return None
    return one.scores[shared], other.scores[places[shared]]
