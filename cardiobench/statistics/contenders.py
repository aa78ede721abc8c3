"""What is compared: single models, or recipes with all their seeds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cardiobench.statistics.resampling import Floats
from cardiobench.statistics.seeds import NO_SEEDS, SeedPool


@dataclass(frozen=True, slots=True, eq=False)
class Contenders:
    """Models gathered into what is compared.

    Attributes:
        members: positions of each contender's models among all models.
        trained: whether another seed would have given other models.
        pool: how far seeds stray.
    """

    members: Sequence[Sequence[int]]
    trained: Sequence[bool]
    pool: SeedPool = NO_SEEDS

    @property
    def shares(self) -> Floats:
        """One over the number of seeds, or 0 where nothing was trained, shape (contenders,)."""
        pairs = zip(self.members, self.trained, strict=True)
        return np.array([1 / len(members) if trained else 0.0 for members, trained in pairs])

    def means(self, values: Floats) -> Floats:
        """Means over the models of each contender, shape (contenders, ...)."""
        return np.array([values[list(members)].mean(axis=0) for members in self.members])


def each_alone(models: int) -> Contenders:
    """Every model for itself, without seeds."""
    return Contenders([[k] for k in range(models)], [False] * models)
