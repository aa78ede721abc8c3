"""The rows of a leaderboard: what was read of an entry, and what was computed from it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cardiobench.evaluation.speed import Speed
from cardiobench.evaluation.variants import Deviation
from cardiobench.results.entry import Items, Manifest
from cardiobench.statistics.estimates import Estimate
from cardiobench.statistics.resampling import Floats
from cardiobench_tasks.catalogue import SUITE, TaskSpec

PUBLISHED = "published"
OWN = "this folder"

RowKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRow:
    """What was read of one entry.

    Attributes:
        manifest: identity and provenance.
        origin: :data:`PUBLISHED` or :data:`OWN`.
        scores: all scores of each task, as mteb stored them.
        items: per-item scores of each task.
        speed: timing, if it was done.
        supplied: the tasks of plugins among those with results.
        medical: score, or why skipped, of mteb's own medical tasks.
        deviation: what a number format or backend changes, where it is another than the usual.
        verified: what a maintainer verified: ``re-run``, ``recomputed`` or ``-``.
    """

    manifest: Manifest
    origin: str
    scores: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    items: Mapping[str, Items] = field(default_factory=dict)
    speed: Speed | None = None
    supplied: tuple[TaskSpec, ...] = ()
    medical: Mapping[str, float | str] = field(default_factory=dict)
    deviation: Deviation | None = None
    verified: str = "-"

    @property
    def key(self) -> RowKey:
        """What tells rows apart."""
        return self.manifest.model.name, self.manifest.model.revision, self.origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Row(RawRow):
    """One entry as the board sees it: what was read, and its statistics among the other rows.

    Attributes:
        estimates: main score of each task, with its interval.
        gains: change of each main score from the base's zero-shot row, paired by item.
        resampled: each main score in the first 1,000 resamples, float64, shape (1000,).
    """

    estimates: Mapping[str, Estimate] = field(default_factory=dict)
    gains: Mapping[str, Estimate] = field(default_factory=dict)
    resampled: Mapping[str, Floats] = field(default_factory=dict, repr=False, compare=False)


def group_mean(row: Row, group: str) -> float | None:
    """Mean main score over the suite's tasks of one group, or None if one is missing."""
    names = [spec.name for spec in SUITE if spec.group == group]
    if not names or any(name not in row.estimates for name in names):
        return None
    return sum(row.estimates[name].value for name in names) / len(names)
