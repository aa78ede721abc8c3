"""Reading a board's folder: its rows, and what stands beside them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from cardiobench.board.ablation import Ablation, swept_ablations
from cardiobench.board.assess import assessed
from cardiobench.board.rows import (
    OWN,
    PUBLISHED,
    UNVERIFIED,
    RawRow,
    Row,
    content_hash,
    says_the_same,
)
from cardiobench.board.separation import TASK
from cardiobench.evaluation.medical import medical_scores
from cardiobench.evaluation.speed import read_speed
from cardiobench.evaluation.variants import read_deviation
from cardiobench.results.entry import Entry, published_folder
from cardiobench.results.records import verification_mark
from cardiobench.results.withdrawals import Retired, standing
from cardiobench_tasks.catalogue import CARDIO_SEPARATION, CATALOGUE, TaskSpec

# Everywhere below: ``supplied`` are the tasks of plugins, beside those of the catalogue.


def read_row(entry: Entry, origin: str, supplied: Iterable[TaskSpec] = ()) -> Row:
    """Read an entry; tasks that are unknown, or of another data revision, are left out."""
    return assessed([read_raw_row(entry, origin, _known(supplied))])[0]


def read_rows(root: Path, origin: str, supplied: Iterable[TaskSpec] = ()) -> list[Row]:
    """The rows of every finished entry below a leaderboard or run folder that is not retired."""
    return assessed(_read_all(root, origin, _known(supplied)))


def _known(supplied: Iterable[TaskSpec]) -> dict[str, TaskSpec]:
    return {spec.name: spec for spec in (*CATALOGUE, *supplied)}


def _read_all(root: Path, origin: str, known: Mapping[str, TaskSpec]) -> list[RawRow]:
    """Rows without statistics."""
    return [read_raw_row(entry, origin, known) for entry in standing(root)[0]]


def read_raw_row(entry: Entry, origin: str, known: Mapping[str, TaskSpec]) -> RawRow:
    """An entry without statistics; tasks that are not known by name are left out."""
    manifest = entry.manifest()
    tasks = [spec for spec in known.values() if manifest.data.get(spec.name) == spec.revision]
    items = {spec.name: entry.items(spec.name) for spec in tasks}
    return RawRow(
        manifest=manifest,
        origin=origin,
        content=content_hash(items),
        scores={spec.name: entry.scores(spec.name) for spec in tasks},
        items=items,
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
        timings: of this folder, of models whose scores are among the published rows.
        retired: withdrawn and superseded entries.
        ablations: of sweep reports.
        left_out: tasks that entries have results of but nobody supplies any more, by name.
    """

    rows: tuple[Row, ...]
    timings: tuple[Row, ...] = ()
    retired: tuple[Retired, ...] = ()
    ablations: tuple[Ablation, ...] = ()
    left_out: tuple[str, ...] = ()


def read_board(folder: Path, supplied: Iterable[TaskSpec] = ()) -> BoardData:
    """The data of a folder's board: its rows, and beside a run's own the published ones.

    A folder with a verified entry is a published board wherever it lies, and stands alone. A run's
    row that says what a published one says is not listed again: it lends its timings only.

    Raises:
        CardioBenchError: an entry, a record or a sweep's report cannot be read.
    """
    published, known = published_folder(), _known(supplied)
    own = _read_all(folder, OWN, known)
    verified = any(not row.verified.startswith(UNVERIFIED) for row in own)
    folders, timings = [folder], list[RawRow]()
    if published is None:
        raw = own
    elif verified or published.resolve() == folder.resolve():
        raw = [replace(row, origin=PUBLISHED) for row in own]
    else:
        raw, timings = _beside(own, _read_all(published, PUBLISHED, known))
        folders.append(published)
    rows, score = assessed(raw), CARDIO_SEPARATION.main_score
    places = sorted({place.resolve() for place in folders})
    return BoardData(
        rows=tuple(rows),
        timings=tuple(assessed(timings)),
        retired=tuple(retired for place in places for retired in standing(place)[1]),
        ablations=tuple(a for place in places for a in swept_ablations(place, TASK, score)),
        left_out=tuple(sorted({n for row in rows for n in row.manifest.data if n not in known})),
    )


def _beside(
    own: Sequence[RawRow], published: Sequence[RawRow]
) -> tuple[list[RawRow], list[RawRow]]:
    """Own and published rows, none of them twice; and own timings of published models."""
    listed = {row.key[:2]: row for row in published}
    kept, timings = [], []
    for row in own:
        twin = listed.get(row.key[:2])
        if twin is None or not says_the_same(row, twin):
            kept.append(row)
        elif row.speed is not None:
            timings.append(replace(row, scores={}, items={}))
    return [*kept, *published], timings
