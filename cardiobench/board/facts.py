"""All that the pages of a board say, computed once from its rows."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cardiobench.board.figures.catalogue import Drawn
from cardiobench.board.ranks import Places, Rank, places_of, ranked
from cardiobench.board.read import BoardData
from cardiobench.board.rows import Row, RowKey
from cardiobench.errors import CardioBenchError
from cardiobench.statistics.comparisons import (
    LEVEL,
    Comparison,
    compare,
    compare_suite,
    letter_groups,
)
from cardiobench.statistics.estimates import same_items
from cardiobench.statistics.resampling import Floats
from cardiobench_tasks.catalogue import CATALOGUE, SUITE, SUITE_NAME, TaskSpec

# Pairs grow with the square of the rows: only the best so many are tested against each other.
TESTED = 50
NO_ROWS = "No finished entries to show. Type: cardiobench run"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """One task on the board.

    Attributes:
        spec: the task.
        rows: rows with its result, by score, best first.
        ranks: their places.
        n: number of items.
        tested: the best of them that hold the same items, in order.
        pairs: their comparisons, or None if there is only one.
        letters: of the tested; two rows that share one cannot be told apart.
        strata: label of each stratum to its key in mteb's result, by label.
    """

    spec: TaskSpec
    rows: list[Row]
    ranks: dict[RowKey, Rank]
    n: int
    tested: list[Row]
    pairs: Comparison | None
    letters: dict[RowKey, str]
    strata: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What pages are written from.

    Attributes:
        rows: scored rows, by mean rank over the suite, best first.
        timed: the same and those with a speed only.
        mean_ranks: over the suite.
        ranks: places by mean rank.
        tasks: with results, in the catalogue's order, then those of plugins.
        suite_tested: the best rows with results on the whole suite.
        suite_p: Holm-corrected p-values of their pairs over the suite.
        letters: of those rows.
        mixed: whether rows come from more than one place.
        data: what it was made from.
        figures: by name.
    """

    rows: list[Row]
    timed: list[Row]
    mean_ranks: dict[RowKey, float]
    ranks: dict[RowKey, Rank]
    tasks: list[TaskFacts]
    suite_tested: list[Row]
    suite_p: Floats
    letters: dict[RowKey, str]
    mixed: bool
    data: BoardData
    figures: Mapping[str, Drawn] = field(default_factory=dict)

    @property
    def suite(self) -> list[TaskFacts]:
        """The tasks that count in ranks."""
        return [facts for facts in self.tasks if facts.spec in SUITE]

    def name(self, row: Row) -> dict[str, str]:
        """The cells that name a row."""
        cells = {"model": row.manifest.model.name}
        return {**cells, "from": row.origin} if self.mixed else cells


def board_of(data: BoardData) -> Board:
    """Rank and compare the rows.

    Raises:
        CardioBenchError: there are no rows.
    """
    rows = data.rows
    if not rows:
        raise CardioBenchError(NO_ROWS)
    scored = ranked(row for row in rows if row.manifest.model.kind != "speed-only")
    speed_only = sorted((r for r in rows if r.manifest.model.kind == "speed-only"), key=_key)
    supplied = {spec.name: spec for row in scored for spec in row.supplied}
    known = (*CATALOGUE, *(supplied[name] for name in sorted(supplied)))
    places = places_of(scored)
    tested, p = _suite_pairs(scored)
    return Board(
        rows=scored,
        timed=[*scored, *speed_only],
        mean_ranks=places.mean_ranks,
        ranks=places.suite,
        tasks=[_task_facts(spec, scored, places) for spec in known if spec.name in places.tasks],
        suite_tested=tested,
        suite_p=p,
        letters=_letters(tested, p),
        mixed=len({row.origin for row in rows}) > 1,
        data=data,
    )


def suite_version() -> str:
    """The suite's name and the first digits of a hash over its tasks' data revisions."""
    revisions = "\n".join(f"{spec.name} {spec.revision}" for spec in SUITE)
    return f"{SUITE_NAME}, data {hashlib.sha256(revisions.encode()).hexdigest()[:12]}"


def _key(row: Row) -> RowKey:
    return row.key


def _have(rows: Sequence[Row], task: str) -> list[Row]:
    return [row for row in rows if task in row.estimates]


def _task_facts(spec: TaskSpec, rows: Sequence[Row], places: Places) -> TaskFacts:
    shown = sorted(_have(rows, spec.name), key=lambda r: (-r.estimates[spec.name].value, r.key))
    first = shown[0]
    alike = [r for r in shown if same_items(first.items[spec.name], r.items[spec.name])]
    tested = alike[:TESTED]
    pairs = compare([row.items[spec.name] for row in tested]) if len(tested) > 1 else None
    return TaskFacts(
        spec=spec,
        rows=shown,
        ranks=places.tasks[spec.name],
        n=first.estimates[spec.name].n,
        tested=tested,
        pairs=pairs,
        letters=_letters(tested, pairs.p_holm) if pairs else {},
        strata=_strata(spec, shown),
    )


def _strata(spec: TaskSpec, rows: Sequence[Row]) -> dict[str, str]:
    keys = {key for row in rows for key in row.scores[spec.name]} if spec.strata else set()
    by_label = {match[1]: key for key in keys if (match := re.fullmatch(spec.strata, key))}
    return dict(sorted(by_label.items()))


def _suite_pairs(rows: Sequence[Row]) -> tuple[list[Row], Floats]:
    """The best rows that hold the same items of every task, and p-values of their pairs."""
    names = [spec.name for spec in SUITE]
    whole = [row for row in rows if all(name in row.items for name in names)]
    tested = [
        row
        for row in whole
        if all(same_items(whole[0].items[name], row.items[name]) for name in names)
    ][:TESTED]
    if len(tested) < 2:
        return tested, np.ones((len(tested), len(tested)))
    return tested, compare_suite({name: [row.items[name] for row in tested] for name in names})


def _letters(rows: Sequence[Row], p: Floats) -> dict[RowKey, str]:
    return dict(zip((row.key for row in rows), letter_groups(p, LEVEL), strict=True))
