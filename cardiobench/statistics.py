"""Intervals over items."""

import functools
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
        standard_error: standard deviation of the bootstrap replicates.
    """

    value: float
    low: float
    high: float
    n: int
    standard_error: float

    @property
    def resolvable(self) -> float:
        """The smallest true difference that a two-sided 5% test finds with 80% power.

        ``(z(0.975) + z(0.8)) * standard error``; for a paired gain, of models that differ as these
        two do (Card et al., EMNLP 2020, on power in NLP comparisons).
        """
        return (1.959964 + 0.841621) * self.standard_error


def estimate(items: Items) -> Estimate:
    """A task's main score with its percentile bootstrap interval.

    The score is the mean over queries, or the difference of the means of similar and different
    pairs. Items that share a concept are not independent, so concepts are resampled, not items: an
    item counts as often as the product of its concepts' draws (pigeonhole bootstrap: Owen, *Annals
    of Applied Statistics* 2007; Owen and Eckles 2012, with Poisson draws). Where each item has its
    own concept this is the ordinary bootstrap over items.
    """
    return _bootstrap(items, np.asarray(items.values, dtype=np.float64))


def score_of(items: Items) -> float:
    """The main score on the items at hand, without an interval."""
    return _point(items, np.asarray(items.values, dtype=np.float64))


def paired_gain(after: Items, before: Items) -> Estimate:
    """The change of the main score from one model to another on the same items, paired by item.

    Raises:
        ValueError: the two do not hold the same items in the same order.
    """
    if after.ids != before.ids or after.revision != before.revision:
        raise ValueError(f"{after.task}: the two models were not scored on the same items")
    return _bootstrap(after, np.asarray(after.values, dtype=np.float64) - before.values)


def _point(items: Items, values: NDArray[np.float64]) -> float:
    if items.labels is None:
        return float(values.mean())
    similar = np.asarray(items.labels) == 1
    return float(values[similar].mean() - values[~similar].mean())


def _bootstrap(items: Items, values: NDArray[np.float64]) -> Estimate:
    weights = _item_weights(items)
    if items.labels is None:
        replicates = _weighted_means(weights, values)
    else:
        similar = np.asarray(items.labels) == 1
        replicates = _weighted_means(weights[:, similar], values[similar])
        replicates = replicates - _weighted_means(weights[:, ~similar], values[~similar])
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(replicates, [tail, 1 - tail])
    return Estimate(
        value=_point(items, values),
        low=float(low),
        high=float(high),
        n=len(values),
        standard_error=float(replicates.std(ddof=1)),
    )


@functools.lru_cache(maxsize=32)
def _weights_of(clusters: tuple[tuple[str, ...], ...]) -> NDArray[np.float32]:
    number = {name: k for k, name in enumerate(sorted({c for item in clusters for c in item}))}
    draws = np.random.default_rng(_SEED).poisson(1.0, (RESAMPLES, len(number))).astype(np.float32)
    weights = np.ones((RESAMPLES, len(clusters)), dtype=np.float32)
    for position in range(max(map(len, clusters))):
        members = [k for k, item in enumerate(clusters) if position < len(item)]
        weights[:, members] *= draws[:, [number[clusters[k][position]] for k in members]]
    return weights


def _item_weights(items: Items) -> NDArray[np.float32]:
    """How often each item counts in each resample, shape (10000, items), float32.

    One task's weights are the same for every model, so they are drawn once.
    """
    return _weights_of(tuple(tuple(item) for item in items.clusters))


def _weighted_means(
    weights: NDArray[np.float32], values: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Mean of the values in each resample, shape (10000,), float64."""
    totals = weights.sum(axis=1, dtype=np.float64)
    sums = weights @ values.astype(np.float32)
    # A resample that drew nothing says nothing; with more than a few concepts there is none.
    means = np.full(len(totals), values.mean())
    np.divide(sums, totals, out=means, where=totals > 0)
    return means
