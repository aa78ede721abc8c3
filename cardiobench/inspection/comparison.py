"""Two models on the same items: how far apart, whether that is chance, and which items differ."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cardiobench.board.ranks import kind_weights
from cardiobench.errors import CardioBenchError
from cardiobench.inspection.items import Item, items_of, tables_of
from cardiobench.inspection.model import Model
from cardiobench.results.entry import Items
from cardiobench.statistics.comparisons import LEVEL, compare, compare_suite, holm_of
from cardiobench.statistics.contenders import Contenders
from cardiobench.statistics.estimates import CONFIDENCE, same_items, score_of, values_of
from cardiobench.statistics.resampling import RESAMPLES, Floats, design_of, replicates
from cardiobench.statistics.seeds import SeedPool
from cardiobench_tasks.catalogue import SUITE, TaskSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """Two models on one task.

    Attributes:
        spec: the task.
        n: number of items.
        scores: of the first and of the second model.
        difference: first minus second.
        low: lower end of its 95% interval, paired by item.
        high: upper end.
        p: of the paired sign-flip test.
        p_holm: the same, corrected over all tasks that are compared.
    """

    spec: TaskSpec
    n: int
    scores: tuple[float, float]
    difference: float
    low: float
    high: float
    p: float
    p_holm: float

    @property
    def ahead(self) -> int | None:
        """0 or 1: who is better; None where they cannot be told apart."""
        if self.p_holm >= LEVEL or not self.difference:
            return None
        return 0 if self.difference > 0 else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """An item that one of two models solves and the other does not.

    Attributes:
        solved_by: 0 or 1.
        sides: the item as either model left it.
    """

    solved_by: int
    sides: tuple[Item, Item]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparing:
    """Two models, task by task.

    Attributes:
        models: who.
        tasks: the tasks that both have.
        suite_p: of the test over the whole suite, if both have it.
        suite_ahead: 0 or 1: who is better over the suite; None where that is not known.
        flips: items that differ, of a single task that was asked for; else None.
    """

    models: tuple[Model, Model]
    tasks: Sequence[Difference]
    suite_p: float | None = None
    suite_ahead: int | None = None
    flips: Sequence[Flip] | None = None


def comparing(
    one: Model, other: Model, tasks: Sequence[TaskSpec], pool: SeedPool, *, flips: bool = False
) -> Comparing:
    """Compare two models on the tasks that both have.

    A recipe counts with all its seeds, and other seeds of it are reckoned with; a model that is
    named by itself is taken as it is.

    Args:
        one: the first.
        other: the second.
        tasks: those to compare on.
        pool: how far seeds stray.
        flips: whether to tell the items that differ; for a single task.

    Raises:
        CardioBenchError: it is one model twice, or they were not scored on the same items.
    """
    if one.entries == other.entries:
        raise CardioBenchError(f"{one.name} is compared with itself. Name another model.")
    who = _contenders(one, other, pool)
    items = {spec.name: _same(one, other, spec) for spec in tasks}
    tested = [_tested(one, other, spec, items[spec.name], who) for spec in tasks]
    corrected = holm_of(np.array([p for *_, p in tested]))
    done = [
        Difference(
            spec=spec,
            n=len(items[spec.name][0].ids),
            scores=scores,
            difference=scores[0] - scores[1],
            low=low,
            high=high,
            p=p,
            p_holm=float(holm),
        )
        for spec, (scores, low, high, p), holm in zip(tasks, tested, corrected, strict=True)
    ]
    suite_p, ahead = _suite(items, who)
    found = _flips(one, other, tasks[0]) if flips else None
    return Comparing(
        models=(one, other), tasks=done, suite_p=suite_p, suite_ahead=ahead, flips=found
    )


def _contenders(one: Model, other: Model, pool: SeedPool) -> Contenders:
    members = [range(len(one.rows)), range(len(one.rows), len(one.rows) + len(other.rows))]
    return Contenders(members, [one.is_recipe, other.is_recipe], pool)


def _same(one: Model, other: Model, spec: TaskSpec) -> list[Items]:
    """The items of both, seed by seed."""
    both = [*one.items(spec.name), *other.items(spec.name)]
    if not all(same_items(both[0], items) for items in both):
        raise CardioBenchError(
            f"{spec.name}: {one.name} and {other.name} were scored on other items. "
            "Type: cardiobench run"
        )
    return both


def _tested(
    one: Model, other: Model, spec: TaskSpec, items: list[Items], who: Contenders
) -> tuple[tuple[float, float], float, float, float]:
    """Scores of both, the ends of the interval of their difference, and p."""
    result = compare(items, who, spec.name)
    drawn = who.means(replicates(design_of(items[0]), values_of(items)))
    for k, model in enumerate((one, other)):
        if model.is_recipe:
            drawn[k] += who.pool.noise(model.name, spec.name, len(model.rows), RESAMPLES)
    low, high = np.quantile(drawn[0] - drawn[1], [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    scores = _means(items, who)
    return scores, float(low), float(high), float(result.p[0, 1])


def _means(items: Sequence[Items], who: Contenders) -> tuple[float, float]:
    one, other = who.means(np.array([score_of(single) for single in items]))
    return float(one), float(other)


def _suite(items: dict[str, list[Items]], who: Contenders) -> tuple[float | None, int | None]:
    """p over the whole suite, kinds of task weighing alike, and who is better."""
    suite = {spec.name: items[spec.name] for spec in SUITE if spec.name in items}
    if len(suite) < len(SUITE):
        return None, None
    result = compare_suite(suite, who, kind_weights())
    p, difference = float(result.p[0, 1]), float(result.difference[0, 1])
    return p, (0 if difference > 0 else 1) if p < LEVEL else None


def _flips(one: Model, other: Model, spec: TaskSpec) -> list[Flip]:
    """Items that most seeds of one solve and most seeds of the other do not, clearest first."""
    tables = tables_of(spec)
    sides = []
    for model in (one, other):
        seeds = [
            items_of(spec, tables, entry, items)
            for entry, items in zip(model.entries, model.items(spec.name), strict=True)
        ]
        solved: Floats = np.mean([[item.solved for item in seed] for seed in seeds], axis=0)
        sides.append((seeds[0], solved > 0.5))
    (first, first_solved), (second, second_solved) = sides
    flips = [
        Flip(solved_by=0 if first_solved[k] else 1, sides=(first[k], second[k]))
        for k in np.flatnonzero(first_solved != second_solved)
    ]
    return sorted(flips, key=lambda f: -abs(f.sides[0].margin - f.sides[1].margin))
