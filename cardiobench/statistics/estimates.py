"""Scores with intervals over items, for all models of a task at once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cardiobench.results.entry import Items
from cardiobench.statistics.auroc import MAIN_SCORE as AUROC
from cardiobench.statistics.auroc import auroc, placements
from cardiobench.statistics.resampling import RESAMPLES, Floats, design_of, replicates

CONFIDENCE = 0.95
# Ranks are whole numbers, so fewer resamples settle their intervals.
RANK_RESAMPLES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A score with its interval.

    Attributes:
        value: the score on the items at hand.
        low: lower end of the 95% interval.
        high: upper end of the 95% interval.
        n: number of items.
        standard_error: standard deviation of the bootstrap replicates.
    """

    value: float
    low: float
    high: float
    n: int
    standard_error: float

    @property
    def resolvable(self) -> float:
        """See :func:`resolvable`; for a paired gain, of models that differ as these two do."""
        return resolvable(self.standard_error)


def resolvable(standard_error: float) -> float:
    """The smallest true difference that a two-sided 5% test finds with 80% power.

    ``(z(0.975) + z(0.8)) * standard error`` (Card et al., EMNLP 2020, on power in NLP comparisons).
    """
    return (1.959964 + 0.841621) * standard_error


def task_scores(
    models: Sequence[Items], pairs: Sequence[tuple[int, int]] = ()
) -> tuple[list[Estimate], list[Estimate]]:
    """Scores of several models on the same items, with percentile bootstrap intervals.

    The score is the mean over queries, or of similar and different pairs the AUROC or the
    difference of means. Concepts are resampled, not items
    (:mod:`cardiobench.statistics.resampling`); the interval is the percentile interval (Efron and
    Tibshirani, *An Introduction to the Bootstrap*, 1993, ch. 13).

    Args:
        models: per-item scores of each model.
        pairs: positions (after, before) in ``models``; a gain is paired, item by item.

    Returns:
        The estimate of each model, and of the gain of each pair.

    Raises:
        ValueError: the models do not hold the same items in the same order.
    """
    first = models[0]
    for other in models[1:]:
        if not same_items(first, other):
            raise ValueError(f"{first.task}: the models were not scored on the same items")
    scores = [score_of(items) for items in models]
    drawn = replicates(design_of(first), values_of(models))
    after, before = [a for a, _ in pairs], [b for _, b in pairs]
    gains = _estimates(
        [scores[a] - scores[b] for a, b in pairs], drawn[after] - drawn[before], len(first.ids)
    )
    return _estimates(scores, drawn, len(first.ids)), gains


def values_of(models: Sequence[Items]) -> Floats:
    """Per-item scores of several models on the same items, shape (models, items)."""
    return np.array([items.values for items in models], dtype=np.float64)


def linear_values(models: Sequence[Items]) -> Floats:
    """Per-item values whose mean, or difference of means, is the score, shape (models, items).

    For AUROC they are :func:`cardiobench.statistics.auroc.placements`.
    """
    values, first = values_of(models), models[0]
    if first.labels is None or first.main_score != AUROC:
        return values
    return placements(values, np.asarray(first.labels) == 1)


def estimate(items: Items) -> Estimate:
    """One model's score with its interval; see :func:`task_scores`."""
    return task_scores([items])[0][0]


def paired_gain(after: Items, before: Items) -> Estimate:
    """The change of the main score from one model to another on the same items, paired by item.

    Raises:
        ValueError: the two do not hold the same items in the same order.
    """
    return task_scores([after, before], [(0, 1)])[1][0]


def score_of(items: Items) -> float:
    """The main score on the items at hand, without an interval."""
    values = np.asarray(items.values, dtype=np.float64)
    if items.labels is None:
        return float(values.mean())
    similar = np.asarray(items.labels) == 1
    if items.main_score == AUROC:
        return auroc(values[similar], values[~similar])
    return float(values[similar].mean() - values[~similar].mean())


def same_items(one: Items, other: Items) -> bool:
    """Whether two models were scored on the same items in the same order."""
    if one.revision != other.revision:
        return False
    parts = ("ids", "labels", "clusters")
    sides = ((getattr(one, part), getattr(other, part)) for part in parts)
    # Entries that were read together share these lists.
    return all(left is right or left == right for left, right in sides)


def _estimates(scores: Sequence[float], drawn: Floats, n: int) -> list[Estimate]:
    """Estimates from replicates, shape (models, 10000), which are left in another order."""
    # Row by row, so that each stays in the processor's cache: ten times as fast.
    errors = [row.std(ddof=1) for row in drawn]
    low, high = _quantiles(drawn, ((1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2))
    return [
        Estimate(
            value=value,
            low=float(low[k]),
            high=float(high[k]),
            n=n,
            standard_error=float(errors[k]),
        )
        for k, value in enumerate(scores)
    ]


def _quantiles(drawn: Floats, shares: Sequence[float]) -> list[Floats]:
    """Quantiles of each row as numpy's default defines them, by one partition in place.

    ``numpy.quantile`` copies and reorders the whole; here that takes more than twice as long.
    """
    places = [divmod(share * (RESAMPLES - 1), 1) for share in shares]
    drawn.partition([int(below) + one for below, _ in places for one in (0, 1)], axis=1)
    return [
        drawn[:, int(below)] * (1 - part) + drawn[:, int(below) + 1] * part
        for below, part in places
    ]
