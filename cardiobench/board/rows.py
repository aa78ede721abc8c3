"""The rows of a leaderboard: what was read of an entry, and what was computed from it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cardiobench.evaluation.speed import Speed
from cardiobench.evaluation.variants import Deviation
from cardiobench.results.entry import Items, Manifest
from cardiobench.statistics.estimates import Estimate, score_of
from cardiobench.statistics.resampling import Floats
from cardiobench_tasks.catalogue import TaskSpec

PUBLISHED = "published"
OWN = "this folder"
UNVERIFIED = "-"
# Other machines and batches change the last digits of a score; other weights change more.
_SAME_SCORE = 1e-3

RowKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawRow:
    """What was read of one entry.

    Attributes:
        manifest: identity and provenance.
        origin: :data:`PUBLISHED` or :data:`OWN`.
        content: hash of what it was scored on and how each item came out.
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
    content: str = ""
    scores: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    items: Mapping[str, Items] = field(default_factory=dict)
    speed: Speed | None = None
    supplied: tuple[TaskSpec, ...] = ()
    medical: Mapping[str, float | str] = field(default_factory=dict)
    deviation: Deviation | None = None
    verified: str = UNVERIFIED

    @property
    def key(self) -> RowKey:
        """What tells rows apart: name, revision and content."""
        return self.manifest.model.name, self.manifest.model.revision, self.content

    @property
    def title(self) -> str:
        """The model's name."""
        return self.manifest.model.name


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


def content_hash(items: Mapping[str, Items]) -> str:
    """A hash of which data a row was scored on, and how each item came out."""
    digest = hashlib.sha256()
    for name in sorted(items):
        digest.update(f"{name}\0{items[name].revision}\0{items[name].values}\0".encode())
    return digest.hexdigest()


def says_the_same(row: RawRow, other: RawRow) -> bool:
    """Whether a row adds nothing to another one of the same name and revision.

    It has no task that the other lacks, and every main score is the same to 0.001.
    """
    if row.content == other.content:
        return True
    return bool(row.items) and all(
        name in other.items
        and other.items[name].revision == items.revision
        and abs(score_of(items) - score_of(other.items[name])) <= _SAME_SCORE
        for name, items in row.items.items()
    )
