"""Places of a board's competitors, and how sure they are."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cardiobench.board.competitors import Competitor
from cardiobench.board.rows import PUBLISHED, RowKey
from cardiobench.statistics.estimates import CONFIDENCE
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
    """Where the competitors of a board stand.

    Attributes:
        mean_ranks: mean of the places by kind of task, of those with the whole suite.
        suite: place by mean rank, of the same.
        kinds: place by the mean score of each kind of task, of the same.
        tasks: place by main score on each task, of all with its result.
    """

    mean_ranks: dict[RowKey, float]
    suite: dict[RowKey, Rank]
    kinds: dict[str, dict[RowKey, Rank]]
    tasks: dict[str, dict[RowKey, Rank]]


def kinds_of_suite() -> dict[str, list[str]]:
    """The suite's tasks by kind, both in the catalogue's order."""
    kinds: dict[str, list[str]] = {}
    for spec in SUITE:
        kinds.setdefault(spec.group, []).append(spec.name)
    return kinds


def kind_weights() -> dict[str, float]:
    """Weight of each of the suite's tasks where kinds count alike; their sum is 1."""
    kinds = kinds_of_suite()
    return {name: 1 / len(kinds) / len(names) for names in kinds.values() for name in names}


def reference(competitors: Sequence[Competitor]) -> list[Competitor]:
    """Those that places are counted among: the published ones, or all if none is."""
    published = [line for line in competitors if line.origin == PUBLISHED]
    return published or list(competitors)


def places_of(competitors: Sequence[Competitor]) -> Places:
    """Places on each task, by kind of task and over the suite, with intervals.

    Baselines have no place and take none from others. In each resample all are placed anew
    (Goldstein and Spiegelhalter, *JRSS A* 1996; Hall and Miller, *Annals of Statistics* 2009).
    Where some are published, every other one is placed among them alone and moves none of them.
    """
    real = [line for line in competitors if not line.is_floor]
    complete = [line for line in real if not line.missing]
    tasks = {}
    for name in sorted({name for line in real for name in line.estimates}):
        shown = [line for line in real if name in line.estimates]
        tasks[name] = _placed(shown, *_of_tasks(shown, [name]))
    if not complete:
        return Places(mean_ranks={}, suite={}, kinds={}, tasks=tasks)
    by_kind = {kind: _of_tasks(complete, names) for kind, names in kinds_of_suite().items()}
    kinds = {kind: _placed(complete, *scores) for kind, scores in by_kind.items()}
    means, drawn = (
        np.mean([_ranks(complete, scores[part]) for scores in by_kind.values()], axis=0)
        for part in (0, 1)
    )
    return Places(
        mean_ranks={line.key: float(mean) for line, mean in zip(complete, means, strict=True)},
        suite=_placed(complete, -means, -drawn),
        kinds=kinds,
        tasks=tasks,
    )


def _of_tasks(competitors: Sequence[Competitor], names: Sequence[str]) -> tuple[Floats, Floats]:
    """Mean scores over tasks, shape (competitors,), and resampled, shape (competitors, 1000)."""
    scores = [[line.estimates[name].value for name in names] for line in competitors]
    drawn = [[line.resampled[name] for name in names] for line in competitors]
    return np.mean(scores, axis=1), np.mean(drawn, axis=1)


def _ranks(competitors: Sequence[Competitor], scores: Floats) -> Floats:
    """Places by score among the reference, best first, shape as given.

    Ties share the better place.
    """
    counted = {id(line) for line in reference(competitors)}
    flat = scores.reshape(len(scores), -1)
    among = np.sort(flat[[id(line) in counted for line in competitors]], axis=0)
    above = [
        len(base) - np.searchsorted(base, column, side="right")
        for base, column in zip(among.T, flat.T, strict=True)
    ]
    return np.array(above, dtype=np.float64).T.reshape(scores.shape) + 1


def _placed(competitors: Sequence[Competitor], scores: Floats, drawn: Floats) -> dict[RowKey, Rank]:
    """Places with the percentile interval of the drawn ones, which holds the place itself."""
    shares = [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2]
    places = _ranks(competitors, scores)
    low, high = np.quantile(_ranks(competitors, drawn), shares, axis=1, method="inverted_cdf")
    return {
        line.key: Rank(place=int(place), low=int(min(below, place)), high=int(max(above, place)))
        for line, place, below, above in zip(competitors, places, low, high, strict=True)
    }
