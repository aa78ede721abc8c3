"""All that the pages of a board say, computed once from its data."""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cardiobench.board.competitors import Competitor, competitors_of
from cardiobench.board.figures.catalogue import Drawn
from cardiobench.board.pairs import SuitePairs, letters_of, suite_pairs, task_pairs
from cardiobench.board.ranks import Places, Rank, places_of
from cardiobench.board.read import BoardData
from cardiobench.board.rows import PUBLISHED, Row, RowKey
from cardiobench.errors import CardioBenchError
from cardiobench.statistics.comparisons import Comparison
from cardiobench.statistics.seeds import SeedPool
from cardiobench_tasks.catalogue import CATALOGUE, SUITE, SUITE_NAME, TaskSpec

NO_ROWS = "No finished entries to show. Type: cardiobench run"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFacts:
    """One task on the board.

    Attributes:
        spec: the task.
        competitors: with its result, by score, best first.
        floors: baselines with its result, by score, best first.
        ranks: places of the competitors.
        n: number of items.
        tested: the best published of them that hold the same items, in order.
        pairs: their comparisons, or None if there is only one.
        letters: of the tested; two that share one cannot be told apart.
        strata: label of each stratum to its key in mteb's result, by label.
    """

    spec: TaskSpec
    competitors: list[Competitor]
    floors: list[Competitor]
    ranks: dict[RowKey, Rank]
    n: int
    tested: list[Competitor]
    pairs: Comparison | None
    letters: dict[RowKey, str]
    strata: dict[str, str]

    @property
    def shown(self) -> list[Competitor]:
        """All with a result, baselines last."""
        return [*self.competitors, *self.floors]


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """What pages are written from.

    Attributes:
        competitors: with the whole suite, by mean rank, best first.
        unranked: with a part of the suite, by name.
        floors: baselines, by name.
        timed: all rows, and those with a speed only.
        places: of the competitors.
        tasks: with results, in the catalogue's order, then those of plugins.
        pairs: comparisons over the whole suite.
        letters: of the competitors that were compared.
        pool: how far seeds stray.
        mixed: whether rows come from more than one place.
        data: what it was made from.
        figures: by name.
    """

    competitors: list[Competitor]
    unranked: list[Competitor]
    floors: list[Competitor]
    timed: list[Row]
    places: Places
    tasks: list[TaskFacts]
    pairs: SuitePairs
    letters: dict[RowKey, str]
    pool: SeedPool
    mixed: bool
    data: BoardData
    figures: Mapping[str, Drawn] = field(default_factory=dict)

    @property
    def shown(self) -> list[Competitor]:
        """All with scores: ranked, unranked, baselines."""
        return [*self.competitors, *self.unranked, *self.floors]

    @property
    def rows(self) -> list[Row]:
        """The scored rows, in the order of their competitors."""
        return [row for line in self.shown for row in line.rows]

    @property
    def suite(self) -> list[TaskFacts]:
        """The tasks that count in ranks."""
        return [facts for facts in self.tasks if facts.spec in SUITE]


def board_of(data: BoardData) -> Board:
    """Place and compare what the rows are of.

    Raises:
        CardioBenchError: there are no rows.
    """
    if not data.rows:
        raise CardioBenchError(NO_ROWS)
    scored = [row for row in data.rows if row.manifest.model.kind != "speed-only"]
    untried = [row for row in data.rows if row.manifest.model.kind == "speed-only"]
    everyone, pool = competitors_of(scored)
    places = places_of(everyone)
    ranked = sorted(
        (line for line in everyone if line.key in places.suite),
        key=lambda line: (places.mean_ranks[line.key], line.origin != PUBLISHED, line.key),
    )
    floors = [line for line in everyone if line.is_floor]
    unranked = [line for line in everyone if not line.is_floor and line.missing]
    pairs = suite_pairs(ranked, pool)
    supplied = {spec.name: spec for row in scored for spec in row.supplied}
    known = (*CATALOGUE, *(supplied[name] for name in sorted(supplied)))
    tasks = [
        _task_facts(spec, everyone, places, pool)
        for spec in known
        if any(spec.name in line.estimates for line in everyone)
    ]
    ordered = [row for line in [*ranked, *unranked, *floors] for row in line.rows]
    return Board(
        competitors=ranked,
        unranked=unranked,
        floors=floors,
        timed=[*ordered, *sorted(untried, key=lambda row: row.key)],
        places=places,
        tasks=tasks,
        pairs=pairs,
        letters=letters_of(pairs.tested, pairs.p_holm),
        pool=pool,
        mixed=len({row.origin for row in data.rows}) > 1,
        data=data,
    )


def suite_version() -> str:
    """The suite's name and the first digits of a hash over its tasks' data revisions."""
    revisions = "\n".join(f"{spec.name} {spec.revision}" for spec in SUITE)
    return f"{SUITE_NAME}, data {hashlib.sha256(revisions.encode()).hexdigest()[:12]}"


def _task_facts(
    spec: TaskSpec, everyone: Sequence[Competitor], places: Places, pool: SeedPool
) -> TaskFacts:
    with_result = sorted(
        (line for line in everyone if spec.name in line.estimates),
        key=lambda line: (-line.estimates[spec.name].value, line.key),
    )
    competitors = [line for line in with_result if not line.is_floor]
    tested, pairs = task_pairs(spec.name, competitors, pool)
    return TaskFacts(
        spec=spec,
        competitors=competitors,
        floors=[line for line in with_result if line.is_floor],
        ranks=places.tasks.get(spec.name, {}),
        n=with_result[0].estimates[spec.name].n,
        tested=tested,
        pairs=pairs,
        letters=letters_of(tested, pairs.p_holm) if pairs else {},
        strata=_strata(spec, [row for line in with_result for row in line.rows]),
    )


def _strata(spec: TaskSpec, rows: Sequence[Row]) -> dict[str, str]:
    keys = {key for row in rows for key in row.scores[spec.name]} if spec.strata else set()
    by_label = {match[1]: key for key in keys if (match := re.fullmatch(spec.strata, key))}
    return dict(sorted(by_label.items()))
