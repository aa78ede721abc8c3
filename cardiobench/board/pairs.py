"""Which differences between competitors are real: on one task, over the suite, over its tasks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cardiobench.board.competitors import Competitor
from cardiobench.board.ranks import kind_weights, reference
from cardiobench.board.rows import RowKey
from cardiobench.results.entry import Items
from cardiobench.statistics.comparisons import (
    LEVEL,
    Comparison,
    compare,
    compare_suite,
    holm,
    holm_of,
    letter_groups,
)
from cardiobench.statistics.contenders import Contenders
from cardiobench.statistics.estimates import same_items
from cardiobench.statistics.resampling import Floats
from cardiobench.statistics.seeds import SeedPool
from cardiobench_tasks.catalogue import SUITE

# Pairs grow with the square of the rows: only the best so many are tested against each other.
TESTED = 50


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SuitePairs:
    """Comparisons over the whole suite; published competitors are compared among themselves.

    Attributes:
        tested: the best published ones that hold the same items, best first.
        difference: mean standardised difference, row minus column, shape (tested, tested).
        p_holm: of their pairs, corrected over all pairs.
        own: others, which move none of them.
        own_difference: own minus tested, shape (own, tested).
        own_p: of these pairs, corrected over all of them, shape (own, tested).
    """

    tested: list[Competitor]
    difference: Floats
    p_holm: Floats
    own: list[Competitor] = field(default_factory=list)
    own_difference: Floats = field(default_factory=lambda: np.zeros((0, 0)))
    own_p: Floats = field(default_factory=lambda: np.ones((0, 0)))


def task_pairs(
    task: str, competitors: Sequence[Competitor], pool: SeedPool
) -> tuple[list[Competitor], Comparison | None]:
    """The best published competitors that hold the same items of a task, and their comparison.

    Args:
        task: its name.
        competitors: with its result, best first.
        pool: how far seeds stray.
    """
    tested = _alike(reference(competitors), [task])[:TESTED]
    if len(tested) < 2:
        return tested, None
    return tested, compare(_items(tested, task), _contenders(tested, pool), task)


def suite_pairs(ranked: Sequence[Competitor], pool: SeedPool) -> SuitePairs:
    """Comparisons of competitors with the whole suite, best first."""
    names = [spec.name for spec in SUITE]
    published = reference(ranked)
    tested = _alike(published, names)[:TESTED]
    own = [line for line in ranked if line not in published]
    own = _alike([*tested[:1], *own], names)[1:] if tested else []
    both = [*tested, *own]
    if len(both) < 2:
        alone = np.zeros((len(tested), len(tested)))
        return SuitePairs(tested=tested, difference=alone, p_holm=alone + 1)
    items = {name: _items(both, name) for name in names}
    compared = compare_suite(items, _contenders(both, pool), kind_weights())
    count = len(tested)
    own_p = compared.p[count:, :count]
    return SuitePairs(
        tested=tested,
        difference=compared.difference[:count, :count],
        p_holm=holm(compared.p[:count, :count]),
        own=own,
        own_difference=compared.difference[count:, :count],
        own_p=holm_of(own_p.ravel()).reshape(own_p.shape),
    )


def letters_of(tested: Sequence[Competitor], p: Floats) -> dict[RowKey, str]:
    """Letters of each; two that share one cannot be told apart."""
    return dict(zip((line.key for line in tested), letter_groups(p, LEVEL), strict=True))


def tasks_won(
    tasks: Mapping[str, tuple[Sequence[Competitor], Comparison]],
    pairs: Sequence[tuple[Competitor, Competitor]],
) -> list[tuple[list[str], list[str]]]:
    """For each pair the tasks on which the first is better, and those on which the second is.

    Holm's correction is over all tasks of all pairs that are asked about.

    Args:
        tasks: by name, those tested and their comparison.
        pairs: competitors to compare.
    """
    tests = []
    for at, (one, other) in enumerate(pairs):
        for name, (tested, comparison) in tasks.items():
            places = {competitor.key: k for k, competitor in enumerate(tested)}
            if one.key in places and other.key in places:
                cell = places[one.key], places[other.key]
                tests.append((at, name, comparison.p[cell], comparison.difference[cell]))
    corrected = holm_of(np.array([p for _, _, p, _ in tests]))
    outcome: list[tuple[list[str], list[str]]] = [([], []) for _ in pairs]
    for (at, name, _, difference), p in zip(tests, corrected, strict=True):
        if p < LEVEL:
            outcome[at][0 if difference > 0 else 1].append(name)
    return outcome


def _alike(competitors: Sequence[Competitor], tasks: Sequence[str]) -> list[Competitor]:
    """Those whose rows hold the same items of some tasks as the first one's."""
    return [
        line
        for line in competitors
        if all(
            same_items(competitors[0].rows[0].items[task], row.items[task])
            for row in line.rows
            for task in tasks
        )
    ]


def _items(competitors: Sequence[Competitor], task: str) -> list[Items]:
    return [row.items[task] for line in competitors for row in line.rows]


def _contenders(competitors: Sequence[Competitor], pool: SeedPool) -> Contenders:
    members, count = [], 0
    for line in competitors:
        members.append(range(count, count + len(line.rows)))
        count += len(line.rows)
    return Contenders(members, [line.is_trained for line in competitors], pool)
