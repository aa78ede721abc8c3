"""Reading a board's folder: its rows, and what stands beside them."""

from dataclasses import dataclass
from pathlib import Path

from cardiobench.board.ablation import Ablation, swept_ablations
from cardiobench.board.assess import assessed
from cardiobench.board.figures.subject import TASK
from cardiobench.board.rows import OWN, PUBLISHED, RawRow, Row
from cardiobench.evaluation.medical import medical_scores
from cardiobench.evaluation.speed import read_speed
from cardiobench.evaluation.variants import read_deviation
from cardiobench.plugins.tasks import known_tasks
from cardiobench.results.entry import Entry, published_folder
from cardiobench.results.records import verification_mark
from cardiobench.results.withdrawals import Retired, standing


def read_row(entry: Entry, origin: str) -> Row:
    """Read an entry; tasks that are unknown, or of another data revision, are left out."""
    return assessed([_read(entry, origin)])[0]


def read_rows(root: Path, origin: str) -> list[Row]:
    """The rows of every finished entry below a leaderboard or run folder that is not retired."""
    return assessed(_read_all(root, origin))


def _read_all(root: Path, origin: str) -> list[RawRow]:
    """Rows without statistics."""
    return [_read(entry, origin) for entry in standing(root)[0]]


def _read(entry: Entry, origin: str) -> RawRow:
    manifest = entry.manifest()
    tasks = [s for s in known_tasks().values() if manifest.data.get(s.name) == s.revision]
    return RawRow(
        manifest=manifest,
        origin=origin,
        scores={spec.name: entry.scores(spec.name) for spec in tasks},
        items={spec.name: entry.items(spec.name) for spec in tasks},
        medical=medical_scores(entry),
        speed=read_speed(entry.speed_path) if entry.speed_path.is_file() else None,
        deviation=read_deviation(entry.extras),
        verified=verification_mark(entry),
        supplied=tuple(spec for spec in tasks if spec.from_plugin),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardData:
    """All that a board is made from.

    Attributes:
        rows: the entries to show, with their statistics.
        retired: withdrawn and superseded entries.
        ablations: of sweep reports.
        left_out: tasks that entries have results of but nobody supplies any more, by name.
    """

    rows: tuple[Row, ...]
    retired: tuple[Retired, ...] = ()
    ablations: tuple[Ablation, ...] = ()
    left_out: tuple[str, ...] = ()


def read_board(folder: Path) -> BoardData:
    """The data of a run folder's board, beside the published ones; the published folder's alone.

    Raises:
        CardioBenchError: an entry, a record or a sweep's report cannot be read.
    """
    published = published_folder()
    if published is None or published.resolve() == folder.resolve():
        rows = read_rows(folder, PUBLISHED if published else OWN)
    else:
        rows = assessed(_read_all(folder, OWN) + _read_all(published, PUBLISHED))
    folders = sorted({place.resolve() for place in (folder, published) if place is not None})
    known = known_tasks()
    return BoardData(
        rows=tuple(rows),
        retired=tuple(retired for place in folders for retired in standing(place)[1]),
        ablations=tuple(a for place in folders for a in swept_ablations(place, TASK)),
        left_out=tuple(sorted({n for row in rows for n in row.manifest.data if n not in known})),
    )
