"""The rows of a leaderboard: read from entries, with intervals, in order."""

import sysconfig
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cardiobench.entry import Entry, Items, Manifest, finished_entries
from cardiobench.speed import Speed, read_speed
from cardiobench.statistics import Estimate, estimate
from cardiobench_tasks.catalogue import CATALOGUE

PUBLISHED = "published"
OWN = "this folder"


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
    """

    manifest: Manifest
    origin: str
    estimates: dict[str, Estimate] = field(default_factory=dict)
    scores: dict[str, dict[str, Any]] = field(default_factory=dict)
    items: dict[str, Items] = field(default_factory=dict)
    speed: Speed | None = None

    @property
    def key(self) -> tuple[str, str, str]:
        """What tells rows apart."""
        return self.manifest.model.name, self.manifest.model.revision, self.origin


def read_row(entry: Entry, origin: str) -> Row:
    """Read an entry; tasks at another data revision than the pinned one are left out."""
    manifest = entry.manifest()
    tasks = [s for s in CATALOGUE if manifest.data.get(s.name) == s.revision]
    items = {spec.name: entry.items(spec.name) for spec in tasks}
    return Row(
        manifest=manifest,
        origin=origin,
        estimates={name: estimate(found) for name, found in items.items()},
        scores={spec.name: entry.scores(spec.name) for spec in tasks},
        items=items,
        speed=read_speed(entry.speed_path) if entry.speed_path.is_file() else None,
    )


def read_rows(root: Path, origin: str) -> list[Row]:
    """The rows of every finished entry below a leaderboard or run folder."""
    return [read_row(entry, origin) for entry in finished_entries(root)]


def published_folder() -> Path | None:
    """Where the published entries lie: the checkout's ``leaderboard/``, or the installed copy."""
    checkout = Path(__file__).resolve().parent.parent / "leaderboard"
    installed = Path(sysconfig.get_path("data")) / "share" / "cardiobench" / "leaderboard"
    return next((folder for folder in (checkout, installed) if folder.is_dir()), None)


def board_rows(output: Path) -> list[Row]:
    """Rows of a run folder beside the published ones; the published folder alone has only those."""
    published = published_folder()
    if published is None or published.resolve() == output.resolve():
        return read_rows(output, PUBLISHED if published else OWN)
    return read_rows(output, OWN) + read_rows(published, PUBLISHED)


def ranked(rows: Iterable[Row]) -> list[Row]:
    """Rows by mean rank over the tasks, best first; a task without a result ranks last."""
    listed = sorted(rows, key=lambda row: row.key)
    ranks: dict[tuple[str, str, str], float] = dict.fromkeys((r.key for r in listed), 0.0)
    for spec in CATALOGUE:
        scores = {r.key: r.estimates[spec.name].value for r in listed if spec.name in r.estimates}
        for row in listed:
            own = scores.get(row.key)
            better = sum(1 for s in scores.values() if own is not None and s > own)
            ranks[row.key] += better if own is not None else len(listed)
    return sorted(listed, key=lambda row: (ranks[row.key], row.key))
