"""What a board ranks: single models, and recipes with all their seeds."""

import re
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cardiobench.board.rows import PUBLISHED, RawRow, Row, RowKey
from cardiobench.board.seeds import recipes_of
from cardiobench.results.entry import Manifest
from cardiobench.statistics.estimates import CONFIDENCE, RANK_RESAMPLES, Estimate
from cardiobench.statistics.resampling import Floats
from cardiobench.statistics.seeds import SeedPool, pool_of
from cardiobench_tasks.catalogue import SUITE

_SEED = re.compile(r"[-_]?seed[-_]?\d+$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Competitor:
    """One line of the board.

    Attributes:
        name: of the model, or what the names of a recipe's rows have in common.
        rows: its entries; several for the seeds of one recipe.
        estimates: mean main score over the seeds, with an interval over items and seeds.
        resampled: the same in 1,000 resamples of items and seeds, float64, shape (1000,).
    """

    name: str
    rows: tuple[Row, ...]
    estimates: Mapping[str, Estimate]
    resampled: Mapping[str, Floats]

    @property
    def key(self) -> RowKey:
        """What tells competitors apart: the key of the first row."""
        return self.rows[0].key

    @property
    def manifest(self) -> Manifest:
        """Identity and provenance of the first row."""
        return self.rows[0].manifest

    @property
    def origin(self) -> str:
        """Published, or of this folder."""
        return self.rows[0].origin

    @property
    def title(self) -> str:
        """The name, with the number of seeds if there are several."""
        return f"{self.name} ({len(self.rows)} seeds)" if len(self.rows) > 1 else self.name

    @property
    def is_floor(self) -> bool:
        """Whether it is a baseline, which shows what a score is worth and has no place."""
        return self.manifest.model.kind == "baseline"

    @property
    def is_trained(self) -> bool:
        """Whether another seed would have given another model."""
        return self.manifest.training is not None

    @property
    def missing(self) -> list[str]:
        """Tasks of the suite without a result; a competitor that misses one has no place."""
        return [spec.name for spec in SUITE if spec.name not in self.estimates]

    def score(self, task: str, key: str) -> float | None:
        """Mean over the seeds of one of mteb's scores; None where a row lacks it."""
        scores = [row.scores.get(task, {}).get(key) for row in self.rows]
        numbers = [float(score) for score in scores if isinstance(score, int | float)]
        return statistics.fmean(numbers) if len(numbers) == len(scores) else None

    def seed_spread(self, task: str) -> float | None:
        """Standard deviation of the main score over the seeds; None with a single one."""
        if len(self.rows) < 2:
            return None
        return statistics.stdev(row.estimates[task].value for row in self.rows)

    def kind_mean(self, group: str) -> float | None:
        """Mean main score over the suite's tasks of one kind, or None if one is missing."""
        names = [spec.name for spec in SUITE if spec.group == group]
        if not names or any(name not in self.estimates for name in names):
            return None
        return statistics.fmean(self.estimates[name].value for name in names)


def competitors_of(rows: Sequence[Row]) -> tuple[list[Competitor], SeedPool]:
    """The competitors of a board's rows by name, and how far seeds stray.

    Seeds are pooled over published recipes if there are any, so that own rows move nobody.
    """
    recipes = recipes_of(sorted(rows, key=lambda row: row.key))
    pool = pool_of([_scores(group) for group in reference_of(recipes) if len(group) > 1])
    return [_competitor(group, pool) for group in recipes], pool


def reference_of(recipes: Sequence[Sequence[Row]]) -> list[Sequence[Row]]:
    """The published ones, or all if none is."""
    published = [group for group in recipes if group[0].origin == PUBLISHED]
    return published or list(recipes)


def _scores(group: Sequence[Row]) -> list[dict[str, float]]:
    return [{name: single.value for name, single in row.estimates.items()} for row in group]


def _competitor(group: Sequence[Row], pool: SeedPool) -> Competitor:
    shared = sorted(set.intersection(*(set(row.estimates) for row in group)))
    name = line_name(group)
    if group[0].manifest.training is None:
        (row,) = group
        return Competitor(name=name, rows=(row,), estimates=row.estimates, resampled=row.resampled)
    resampled = {
        task: np.mean([row.resampled[task] for row in group], axis=0)
        + pool.noise(name, task, len(group), RANK_RESAMPLES)
        for task in shared
    }
    estimates = {task: _estimate(group, task, resampled[task], pool) for task in shared}
    return Competitor(name=name, rows=tuple(group), estimates=estimates, resampled=resampled)


def _estimate(group: Sequence[Row], task: str, resampled: Floats, pool: SeedPool) -> Estimate:
    """The mean over seeds; its error joins those over items and over seeds."""
    singles = [row.estimates[task] for row in group]
    value = statistics.fmean(single.value for single in singles)
    items = statistics.fmean(single.standard_error for single in singles)
    if len(group) == 1 and task not in pool.freedom:
        return singles[0]
    low, high = np.quantile(resampled, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(
        value=value,
        low=float(min(low, value)),
        high=float(max(high, value)),
        n=singles[0].n,
        standard_error=(items**2 + pool.spread(task) ** 2 / len(group)) ** 0.5,
    )


def line_name(rows: Sequence[RawRow]) -> str:
    """The name of a line: the row's, or what the names of a recipe's rows have in common."""
    names = [row.manifest.model.name for row in rows]
    stems = {_SEED.sub("", name) for name in names}
    return stems.pop() if len(names) > 1 and len(stems) == 1 else names[0]
