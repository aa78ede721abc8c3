"""Which items are encoded again: those where a forgery pays most, and others by chance."""

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# A sample of the default size holds a changed item with this probability if so many are changed.
PROBABILITY, SHARE = 0.95, 0.05


def sample_size(share: float = SHARE, probability: float = PROBABILITY) -> int:
    """Items to draw so that one of a changed share is among them with a probability.

    Args:
        share: of the items that were changed, in (0, 1).
        probability: that at least one is drawn, in (0, 1).
    """
    return math.ceil(math.log1p(-probability) / math.log1p(-share))


@dataclass(frozen=True, slots=True)
class Sample:
    """How much is encoded again: at most ``size`` pairs or queries a task, chosen by ``seed``."""

    size: int | None
    seed: int

    def choose(self, task: str, among: Sequence[Any], size: int | None = None) -> list[Any]:
        """A random part in its old order; all of it where no size is set."""
        limit = self.size if size is None else size
        if limit is None or len(among) <= limit:
            return list(among)
        # Numbers, not secrets: whoever knows the seed may repeat the choice.
        chosen = random.Random(f"{self.seed}-{task}").sample(range(len(among)), limit)  # noqa: S311
        return [among[k] for k in sorted(chosen)]

    def choose_by_gain(
        self, task: str, among: Sequence[Any], gains: Mapping[Any, float]
    ) -> list[Any]:
        """Half the sample where most was gained over the base, on top of a whole random one.

        So the random part keeps its probability, and a forgery of few items is where one looks.

        Args:
            task: the task.
            among: items in their order.
            gains: item to gain; items without one are drawn by chance alone.
        """
        drawn = self.choose(task, among)
        if self.size is None or not gains:
            return drawn
        best = sorted(gains, key=lambda item: -gains[item])[: -(-self.size // 2)]
        kept = {*drawn, *best}
        return [item for item in among if item in kept]
