"""How well the items of a task tell models apart."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cardiobench.results.entry import Items
from cardiobench.statistics.resampling import Floats

# Two models always agree or disagree fully about an item: their correlation says nothing.
LEAST_MODELS = 3
_RIGHT = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Discrimination:
    """What the items of a task do over some models.

    Attributes:
        models: how many.
        item_total: mean over items of Pearson's r over models between an item's credit and the mean
            credit of all other items; None with fewer than three models, or if no item varies.
        all_right: share of items that every model gets right (a credit of at least one half).
        none_right: share of items that no model gets right.
    """

    models: int
    item_total: float | None
    all_right: float
    none_right: float

    @property
    def informative(self) -> float:
        """Share of items that some models get right and others do not."""
        return 1 - self.all_right - self.none_right


def discrimination(models: Sequence[Sequence[Items]]) -> Discrimination:
    """Classical item analysis (Lord and Novick, *Statistical Theories of Mental Test Scores*).

    Args:
        models: at least one; of each the items of its seeds, whose credits are averaged.
    """
    credit = np.array([np.mean([credits_of(items) for items in seeds], axis=0) for seeds in models])
    right = credit >= _RIGHT
    return Discrimination(
        models=len(models),
        item_total=_item_total(credit),
        all_right=float(right.all(axis=0).mean()),
        none_right=float((~right).all(axis=0).mean()),
    )


def credits_of(items: Items) -> Floats:
    """What each item is worth, 0 to 1, shape (items,).

    The score of a query; for a pair the share of pairs of the other kind that stand on the right
    side of it, ties half (their mean is the AUROC).
    """
    values = np.asarray(items.values, dtype=np.float64)
    if items.labels is None:
        return values
    similar = np.asarray(items.labels) == 1
    credit = np.empty_like(values)
    for side, sign in ((similar, 1), (~similar, -1)):
        others = np.sort(sign * values[~side])
        own = sign * values[side]
        below = np.searchsorted(others, own, "left") + np.searchsorted(others, own, "right")
        credit[side] = below / (2 * len(others))
    return credit


def _item_total(credit: Floats) -> float | None:
    if len(credit) < LEAST_MODELS:
        return None
    others = (credit.sum(axis=1, keepdims=True) - credit) / max(credit.shape[1] - 1, 1)
    item, total = credit - credit.mean(axis=0), others - others.mean(axis=0)
    scale = np.sqrt((item**2).sum(axis=0) * (total**2).sum(axis=0))
    varies = scale > 1e-12
    if not varies.any():
        return None
    return float(((item * total).sum(axis=0)[varies] / scale[varies]).mean())
