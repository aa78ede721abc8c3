"""Reading a board's folder: its rows, and what stands beside them."""

from collections.abc import Iterable
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


def left_out(rows: Iterable[RawRow]) -> list[str]:
    """Tasks that rows have results of but nobody supplies any more, by name."""
    known = known_tasks()
    return sorted({name for row in rows for name in row.manifest.data if name not in known})


def board_rows(output: Path) -> list[Row]:
    """Rows of a run folder beside the published ones; the published folder alone has only those."""
    published = published_folder()
    if published is None or published.resolve() == output.resolve():
        return read_rows(output, PUBLISHED if published else OWN)
    return assessed(_read_all(output, OWN) + _read_all(published, PUBLISHED))


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What stands in a board's folder beside its ranked entries.

    Attributes:
        retired: withdrawn and superseded entries.
        ablations: of sweep reports.
    """

    retired: tuple[Retired, ...] = ()
    ablations: tuple[Ablation, ...] = ()


NOTHING = Beside()


def beside_of(folder: Path) -> Beside:
    """What stands beside the rows of a run folder and of the published board.

    Raises:
        CardioBenchError: a record or a sweep's report cannot be read.
    """
    published = published_folder()
    folders = {place.resolve() for place in (folder, published) if place is not None}
    listed = sorted(folders)
    return Beside(
        retired=tuple(retired for place in listed for retired in standing(place)[1]),
        ablations=tuple(a for place in listed for a in swept_ablations(place, TASK)),
    )
