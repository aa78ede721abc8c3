"""Ranks of a board's rows, and how sure they are."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cardiobench.leaderboard import Row, RowKey
from cardiobench.resampling import Floats
from cardiobench.statistics import CONFIDENCE
from cardiobench_tasks.catalogue import SUITE


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """A place among the rows, 1 is best, with its 95% interval."""

    place: int
    low: int
    high: int

    def __str__(self) -> str:
        return f"{self.low}-{self.high}" if self.low != self.high else str(self.low)


def ranked(rows: Iterable[Row]) -> list[Row]:
    """Rows by mean rank over the suite, best first."""
    listed = sorted(rows, key=lambda row: row.key)
    ranks = mean_ranks(listed)
    return sorted(listed, key=lambda row: (ranks[row.key], row.key))


def mean_ranks(rows: Sequence[Row]) -> dict[RowKey, float]:
    """Mean rank of each row over the suite's tasks: 1 is best, ties share the better rank.

    A task without a result counts as the last rank, so leaving tasks out never pays.
    """
    means = _mean_ranks(rows, lambda row, task: np.array([row.estimates[task].value]))
    return {row.key: float(mean[0]) for row, mean in zip(rows, means, strict=True)}


def suite_ranks(rows: Sequence[Row]) -> dict[RowKey, Rank]:
    """Place of each row by mean rank over the suite, with its bootstrap interval.

    In each resample all rows are ranked anew on every task (Goldstein and Spiegelhalter, *JRSS A*
    1996; Hall and Miller, *Annals of Statistics* 2009), and placed by the mean of those ranks.
    """
    means = _mean_ranks(rows, lambda row, task: row.resampled[task])
    places = _ranks(-np.array(list(mean_ranks(rows).values())))
    return _with_intervals([row.key for row in rows], places, _ranks(-means))


def task_ranks(rows: Sequence[Row], task: str) -> dict[RowKey, Rank]:
    """Place of each row that has a task's result, by its main score, with its interval."""
    shown = [row for row in rows if task in row.estimates]
    places = _ranks(np.array([row.estimates[task].value for row in shown]))
    drawn = np.array([row.resampled[task] for row in shown])
    return _with_intervals([row.key for row in shown], places, _ranks(drawn))


def _mean_ranks(rows: Sequence[Row], scores: Callable[[Row, str], Floats]) -> Floats:
    """Mean over the suite's tasks of each row's rank, shape (rows, resamples)."""
    total = np.zeros((len(rows), 1))
    for spec in SUITE:
        scored = [position for position, row in enumerate(rows) if spec.name in row.estimates]
        drawn = np.array([scores(rows[position], spec.name) for position in scored])
        ranks = np.full((len(rows), drawn.shape[1] if scored else 1), float(len(rows)))
        if scored:
            ranks[scored] = _ranks(drawn)
        total = total + ranks
    return total / len(SUITE)


def _ranks(scores: Floats) -> Floats:
    """Rank of each row, best first; ties share the better rank. Shape as given."""
    from scipy.stats import rankdata

    return np.asarray(rankdata(-scores, method="min", axis=0), dtype=np.float64)


def _with_intervals(keys: Sequence[RowKey], places: Floats, drawn: Floats) -> dict[RowKey, Rank]:
    """Places with the percentile interval of the drawn ones, which holds the place itself."""
    shares = [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]
    low, high = np.quantile(drawn, shares, axis=1, method="inverted_cdf")
    return {
        key: Rank(place=int(place), low=int(min(below, place)), high=int(max(above, place)))
        for key, place, below, above in zip(keys, places, low, high, strict=True)
    }
