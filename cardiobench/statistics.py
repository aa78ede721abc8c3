"""Intervals over items."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cardiobench.entry import Items

RESAMPLES = 10_000
CONFIDENCE = 0.95
_SEED = 20251119


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A score with its interval.

    Attributes:
        value: the score on the items at hand.
        low: lower end of the 95% interval.
        high: upper end of the 95% interval.
        n: number of items.
    """

    value: float
    low: float
    high: float
    n: int

    @property
    def excludes_zero(self) -> bool:
        """Whether 0 lies outside the interval."""
        return self.low > 0 or self.high < 0


def estimate(items: Items) -> Estimate:
    """A task's main score with its percentile bootstrap interval over items.

    Mean over queries, or difference of the means of similar and different pairs (each side
    resampled by itself). Efron and Tibshirani, *An Introduction to the Bootstrap*, 1993, ch. 13.
    """
    values = np.asarray(items.values, dtype=np.float64)
    labels = None if items.labels is None else np.asarray(items.labels)
    return _bootstrap(values, labels)


def paired_gain(after: Items, before: Items) -> Estimate:
    """The change of the main score from one model to another on the same items, paired by item.

    Raises:
        ValueError: the two do not hold the same items in the same order.
    """
    if after.ids != before.ids or after.revision != before.revision:
        raise ValueError(f"{after.task}: the two models were not scored on the same items")
    values = np.asarray(after.values, dtype=np.float64) - np.asarray(before.values)
    labels = None if after.labels is None else np.asarray(after.labels)
    return _bootstrap(values, labels)


def _bootstrap(values: NDArray[np.float64], labels: NDArray[np.int64] | None) -> Estimate:
    generator = np.random.default_rng(_SEED)
    groups = [values] if labels is None else [values[labels == 1], values[labels == 0]]
    means = [_resampled_means(group, generator) for group in groups]
    signs = (1.0, -1.0)
    replicates = np.sum([s * m for s, m in zip(signs, means, strict=False)], axis=0)
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(replicates, [tail, 1 - tail])
    point = sum(s * float(group.mean()) for s, group in zip(signs, groups, strict=False))
    return Estimate(value=point, low=float(low), high=float(high), n=len(values))


def _resampled_means(
    values: NDArray[np.float64], generator: np.random.Generator
) -> NDArray[np.float64]:
    """Means of :data:`RESAMPLES` resamples with replacement, shape (10000,), float64."""
    # How often each item is drawn is all that its mean needs; one matrix product does the rest.
    counts = generator.multinomial(len(values), np.full(len(values), 1 / len(values)), RESAMPLES)
    return np.asarray(counts @ values / len(values))
