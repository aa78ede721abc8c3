"""The rows of a leaderboard: read from entries, with intervals, in order."""

import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cardiobench.evaluation.medical import medical_scores
from cardiobench.evaluation.speed import Speed, read_speed
from cardiobench.evaluation.variants import Deviation, read_deviation
from cardiobench.plugins.tasks import known_tasks
from cardiobench.results.entry import Entry, Items, Manifest
from cardiobench.results.item_files import ItemReader
from cardiobench.results.records import verification_mark
from cardiobench.results.withdrawals import standing
from cardiobench.statistics.estimates import Estimate
from cardiobench.statistics.resampling import Floats
from cardiobench_tasks.catalogue import SUITE, TaskSpec

PUBLISHED = "published"
OWN = "this folder"

RowKey = tuple[str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One entry as the board sees it.

    Attributes:
        manifest: identity and provenance.
        origin: :data:`PUBLISHED` or :data:`OWN`.
        estimates: main score of each task, with its interval.
        scores: all scores of each task, as mteb stored them.
        items: per-item scores of each task.
        speed: timing, if it was done.
        supplied: the tasks of plugins among those with results.
        medical: score, or why skipped, of mteb's own medical tasks.
        gains: change of each main score from the base's zero-shot row, paired by item.
        deviation: what a number format or backend changes, where it is another than the usual.
        verified: what a maintainer verified: ``re-run``, ``recomputed`` or ``-``.
        resampled: each main score in the first 1,000 resamples, float64, shape (1000,).
    """

    manifest: Manifest
    origin: str
    estimates: dict[str, Estimate] = field(default_factory=dict)
    scores: dict[str, dict[str, Any]] = field(default_factory=dict)
    items: dict[str, Items] = field(default_factory=dict)
    speed: Speed | None = None
    supplied: tuple[TaskSpec, ...] = ()
    medical: dict[str, float | str] = field(default_factory=dict)
    gains: dict[str, Estimate] = field(default_factory=dict)
    deviation: Deviation | None = None
    verified: str = "-"
    resampled: dict[str, Floats] = field(default_factory=dict, repr=False, compare=False)

    @property
    def key(self) -> RowKey:
        """What tells rows apart."""
        return self.manifest.model.name, self.manifest.model.revision, self.origin


def read_row(entry: Entry, origin: str) -> Row:
    """Read an entry; tasks that are unknown, or of another data revision, are left out."""
    from cardiobench.board.assess import assessed

    return assessed([_read(entry, origin, ItemReader())])[0]


def read_rows(root: Path, origin: str) -> list[Row]:
    """The rows of every finished entry below a leaderboard or run folder that is not retired."""
    from cardiobench.board.assess import assessed

    return assessed(_read_all(root, origin))


def _read_all(root: Path, origin: str) -> list[Row]:
    """Rows without statistics."""
    reader = ItemReader()
    return [_read(entry, origin, reader) for entry in standing(root)[0]]


def _read(entry: Entry, origin: str, reader: ItemReader) -> Row:
    manifest = entry.manifest()
    tasks = [s for s in known_tasks().values() if manifest.data.get(s.name) == s.revision]
    return Row(
        manifest=manifest,
        origin=origin,
        scores={spec.name: entry.scores(spec.name) for spec in tasks},
        items={spec.name: reader.read(entry, spec.name) for spec in tasks},
        medical=medical_scores(entry),
        speed=read_speed(entry.speed_path) if entry.speed_path.is_file() else None,
        deviation=read_deviation(entry.extras),
        verified=verification_mark(entry),
        supplied=tuple(spec for spec in tasks if spec.from_plugin),
    )


def left_out(rows: Iterable[Row]) -> list[str]:
    """Tasks that rows have results of but nobody supplies any more, by name."""
    known = known_tasks()
    return sorted({name for row in rows for name in row.manifest.data if name not in known})


def published_folder() -> Path | None:
    """Where the published entries lie: the checkout's ``leaderboard/``, or the installed copy."""
    checkout = Path(__file__).resolve().parents[2] / "leaderboard"
    installed = Path(sysconfig.get_path("data")) / "share" / "cardiobench" / "leaderboard"
    return next((folder for folder in (checkout, installed) if folder.is_dir()), None)


def board_rows(output: Path) -> list[Row]:
    """Rows of a run folder beside the published ones; the published folder alone has only those."""
    from cardiobench.board.assess import assessed

    published = published_folder()
    if published is None or published.resolve() == output.resolve():
        return read_rows(output, PUBLISHED if published else OWN)
    return assessed(_read_all(output, OWN) + _read_all(published, PUBLISHED))


def group_mean(row: Row, group: str) -> float | None:
    """Mean main score over the suite's tasks of one group, or None if one is missing."""
    names = [spec.name for spec in SUITE if spec.group == group]
    if not names or any(name not in row.estimates for name in names):
        return None
    return sum(row.estimates[name].value for name in names) / len(names)
