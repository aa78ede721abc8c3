"""Spread over training seeds, apart from the spread over items."""

import json
import statistics
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from cardiobench.board.rows import RawRow, Row

R = TypeVar("R", bound=RawRow)


@dataclass(frozen=True, slots=True, kw_only=True)
class SeedSpread:
    """One task's scores of one architecture and recipe with several seeds.

    Attributes:
        task: name of the task.
        mean: mean score over the seeds.
        seed_sd: standard deviation over the seeds (n - 1).
        item_error: root mean square of the standard errors over items.
    """

    task: str
    mean: float
    seed_sd: float
    item_error: float


def recipes_of(rows: Sequence[R]) -> list[list[R]]:
    """The rows, those that differ in nothing but their training seed together, by seed."""
    groups: dict[Hashable, list[R]] = {}
    for row in rows:
        training = row.manifest.training
        made: Hashable = row.key
        if training is not None:
            recipe = json.dumps([training.recipe, training.pairs_sha256], sort_keys=True)
            made = (row.manifest.model.architecture, recipe, row.origin)
        groups.setdefault(made, []).append(row)
    recipes: list[list[R]] = []
    for group in groups.values():
        # The same seed twice is no second seed: each such row stands for itself.
        distinct = len({_seed(row) for row in group}) == len(group)
        recipes += [sorted(group, key=_seed)] if distinct else [[row] for row in group]
    return recipes


def same_but_seed(rows: Sequence[Row]) -> list[list[Row]]:
    """Groups of two or more adapted rows that differ in nothing but their training seed."""
    return [group for group in recipes_of(rows) if len(group) > 1]


def seed_spreads(group: Sequence[Row]) -> list[SeedSpread]:
    """The spread of each task that all rows of a group have.

    The two spreads are kept apart because they answer different questions: would other items, or
    another seed, change the score (Bouthillier et al., *MLSys* 2021, on sources of variance)?
    """
    shared = set.intersection(*(set(row.estimates) for row in group))
    spreads = []
    for task in sorted(shared):
        estimates = [row.estimates[task] for row in group]
        scores = [estimate.value for estimate in estimates]
        spreads.append(
            SeedSpread(
                task=task,
                mean=statistics.fmean(scores),
                seed_sd=statistics.stdev(scores),
                item_error=statistics.fmean(e.standard_error**2 for e in estimates) ** 0.5,
            )
        )
    return spreads


def _seed(row: RawRow) -> int:
    return row.manifest.training.seed if row.manifest.training else -1
