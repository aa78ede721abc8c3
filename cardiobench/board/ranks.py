"""Ranks of a board's rows, and how sure they are."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from cardiobench.board.rows import Row, RowKey
from cardiobench.statistics.estimates import CONFIDENCE, RANK_RESAMPLES
from cardiobench.statistics.resampling import Floats
from cardiobench_tasks.catalogue import SUITE


@dataclass(frozen=True, slots=True, kw_only=True)
class Rank:
    """A place among the rows, 1 is best, with its 95% interval."""

    place: int
    low: int
    high: int

    def __str__(self) -> str:
        return f"{self.low}-{self.high}" if self.low != self.high else str(self.low)


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the rows of a board stand.

    Attributes:
        mean_ranks: mean rank over the suite's tasks.
        suite: place by mean rank over the suite.
        tasks: place by main score on each task, of the rows with its result.
    """

    mean_ranks: dict[RowKey, float]
    suite: dict[RowKey, Rank]
    tasks: dict[str, dict[RowKey, Rank]]


def ranked(rows: Iterable[Row]) -> list[Row]:
    """Rows by mean rank over the suite, best first."""
    listed = sorted(rows, key=lambda row: row.key)
    ranks = mean_ranks(listed)
    return sorted(listed, key=lambda row: (ranks[row.key], row.key))


def mean_ranks(rows: Sequence[Row]) -> dict[RowKey, float]:
    """Mean rank of each row over the suite's tasks: 1 is best, ties share the better rank.

    A task without a result counts as the last rank, so leaving tasks out never pays.
    """
    total = np.zeros(len(rows))
    for spec in SUITE:
        shown = _with_result(rows, spec.name)
        ranks = np.full(len(rows), float(len(rows)))
        ranks[shown] = _ranks(_scores([rows[at] for at in shown], spec.name))
        total += ranks
    return {row.key: float(ranks) / len(SUITE) for row, ranks in zip(rows, total, strict=True)}


def places_of(rows: Sequence[Row]) -> Places:
    """Place of each row on each task and by mean rank over the suite, with bootstrap intervals.

    In each resample all rows are ranked anew on every task (Goldstein and Spiegelhalter, *JRSS A*
    1996; Hall and Miller, *Annals of Statistics* 2009), and placed by the mean of those ranks.
    """
    keys, suite = [row.key for row in rows], {spec.name for spec in SUITE}
    tasks = {}
    # Tasks that nobody has count alike for all rows, and leave the order as it is.
    total = np.zeros((len(rows), RANK_RESAMPLES))
    for name in sorted({name for row in rows for name in row.estimates}):
        shown = _with_result(rows, name)
        with_result = [rows[at] for at in shown]
        drawn = _ranks(np.array([row.resampled[name] for row in with_result]))
        places = _ranks(_scores(with_result, name))
        tasks[name] = _with_intervals([row.key for row in with_result], places, drawn)
        if name in suite:
            ranks = np.full_like(total, float(len(rows)))
            ranks[shown] = drawn
            total += ranks
    means = mean_ranks(rows)
    places = _ranks(-np.array([means[key] for key in keys]))
    return Places(
        mean_ranks=means, suite=_with_intervals(keys, places, _ranks(-total)), tasks=tasks
    )


def _with_result(rows: Sequence[Row], task: str) -> list[int]:
    return [at for at, row in enumerate(rows) if task in row.estimates]


def _scores(rows: Sequence[Row], task: str) -> Floats:
    return np.array([row.estimates[task].value for row in rows])


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
