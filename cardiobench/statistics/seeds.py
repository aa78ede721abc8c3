"""What another training seed would change, from the spread over the seeds that were run.

Seeds are few, so their variance is pooled over all recipes (one-way analysis of variance) and
carries its degrees of freedom: the mean of S seeds strays by ``s / sqrt(S)`` times Student's t.
Deviations of one seed are kept together over tasks, since a lucky seed may be so everywhere.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from cardiobench.statistics.resampling import RESAMPLES, Floats

_STEPS = 65536


@dataclass(frozen=True, slots=True, eq=False)
class SeedPool:
    """Deviations of single seeds from the mean of their recipe.

    Attributes:
        deviations: by task, float64, shape (seeds,); 0 where a recipe lacks the task.
        freedom: by task, seeds less recipes; a task is missing where nobody has two seeds.
    """

    deviations: Mapping[str, Floats] = field(default_factory=dict)
    freedom: Mapping[str, int] = field(default_factory=dict)

    def spread(self, task: str) -> float:
        """Standard deviation over seeds; 0 where it is not known."""
        return float(self.spread_of({task: np.ones(1)})[0]) if task in self.freedom else 0.0

    def spread_of(self, weights: Mapping[str, Floats]) -> Floats:
        """Standard deviation over seeds of weighted sums of scores, shape as the weights'.

        Args:
            weights: by task, shape (sums,); tasks without known spread count as 0.
        """
        known = {task: weight for task, weight in weights.items() if task in self.freedom}
        if not known:
            return np.zeros(max(len(weight) for weight in weights.values()))
        sums = sum(weight[:, None] * self.deviations[task] for task, weight in known.items())
        return np.asarray(np.sqrt((np.asarray(sums) ** 2).sum(axis=1) / self._least(known)))

    def student(self, tasks: Sequence[str], count: int = RESAMPLES) -> Floats:
        """Draws of Student's t with the tasks' degrees of freedom, shape (count,)."""
        known = [task for task in tasks if task in self.freedom]
        if not known:
            return np.zeros(count)
        freedom = self._least(known)
        return np.asarray(_normal("seed test", 1, count)[0] / _scale(freedom, count))

    def noise(self, name: str, task: str, seeds: int, count: int) -> Floats:
        """How far the mean of some seeds strays on a task, shape (count,); 0 if not known.

        The same name gives the same seeds' draws on every task.
        """
        if task not in self.freedom:
            return np.zeros(count)
        deviations, freedom = self.deviations[task], self.freedom[task]
        strays = deviations @ _normal(f"seeds of {name}", len(deviations), count)
        return np.asarray(strays / np.sqrt(freedom * seeds) / _scale(freedom, count))

    def _least(self, tasks: Sequence[str] | Mapping[str, Floats]) -> int:
        return min(self.freedom[task] for task in tasks)


NO_SEEDS = SeedPool()


def pool_of(recipes: Sequence[Sequence[Mapping[str, float]]]) -> SeedPool:
    """The pooled deviations of recipes, each with the scores by task of its seeds."""
    several = [seeds for seeds in recipes if len(seeds) > 1]
    tasks = sorted({task for seeds in several for scores in seeds for task in scores})
    deviations: dict[str, Floats] = {}
    freedom: dict[str, int] = {}
    for task in tasks:
        parts = []
        for seeds in several:
            shared = all(task in scores for scores in seeds)
            values = np.array([scores[task] if shared else 0.0 for scores in seeds])
            parts.append(values - values.mean())
            freedom[task] = freedom.get(task, 0) + (len(seeds) - 1 if shared else 0)
        deviations[task] = np.concatenate(parts)
    return SeedPool(deviations, {task: count for task, count in freedom.items() if count})


def _scale(freedom: int, count: int) -> Floats:
    """Root of a chi-squared over its degrees of freedom, shape (count,)."""
    return np.asarray(np.sqrt((_normal("seed variance", freedom, count) ** 2).mean(axis=0)))


def _normal(purpose: str, rows: int, count: int) -> Floats:
    """Standard normal draws, shape (rows, count), by inversion, the same on every machine."""
    from scipy.special import ndtri

    drawn = np.empty((rows, count))
    for row in range(rows):
        key = hashlib.sha256(f"{purpose}\0{row}".encode()).digest()[:16]
        generator = np.random.Generator(np.random.Philox(key=int.from_bytes(key, "little")))
        drawn[row] = np.frombuffer(generator.bytes(2 * count), "<u2")
    return np.asarray(ndtri((drawn + 0.5) / _STEPS))
