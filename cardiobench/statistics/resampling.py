"""Resamples of the concepts behind a task's items, the same for every model and every task.

An item counts as often as the product of its concepts' draws (pigeonhole bootstrap: Owen, *Annals
of Applied Statistics* 2007; Owen and Eckles 2012, with Poisson draws). A concept's draws follow
from its name alone, so it counts alike in every task that asks about it.

Values are put on a grid of 2**-26 (relative to the largest), and draws are whole numbers: every sum
is then exact in float64, so neither the BLAS library nor the other models change a digit.
"""

import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np
from numpy.typing import NDArray

from cardiobench.results.entry import Items
from cardiobench.statistics.auroc import MAIN_SCORE as AUROC
from cardiobench.statistics.auroc import weighted_auroc

RESAMPLES = 10_000
_CHUNK = 1_000
_GRID_BITS = 26

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Side:
    """Items of one task that are averaged together, gathered by their concepts into units.

    Attributes:
        items: positions of the items, unit by unit, int, shape (items,).
        starts: where each unit begins in ``items``, int, shape (units,).
        members: concepts of each unit, int, shape (units, most concepts of an item); one past the
            last concept stands for none.
    """

    items: NDArray[np.intp]
    starts: NDArray[np.intp]
    members: NDArray[np.intp]

    @property
    def sizes(self) -> Floats:
        """Items of each unit, shape (units,)."""
        return np.diff(self.starts, append=len(self.items)).astype(np.float64)

    def unit_sums(self, grid: Floats) -> Floats:
        """Sums over each unit's items, shape (models, units), of values (models, items)."""
        sums: Floats = np.add.reduceat(grid[:, self.items], self.starts, axis=1)
        return sums

    def weights(self, draws: NDArray[np.uint8]) -> Floats:
        """How often each unit counts, shape (units, resamples), from :func:`draws`."""
        product = draws[self.members[:, 0]].astype(np.float64)
        for column in self.members.T[1:]:
            product *= draws[column]
        return product


@dataclass(frozen=True, slots=True, eq=False)
class Design:
    """What resampling needs to know of a task's items, whoever was scored on them.

    Attributes:
        concepts: names of the distinct concepts, sorted.
        sides: one, or (similar, different) where the score compares the two.
        ranked: whether the score is the AUROC of the two sides, not their difference of means.
    """

    concepts: tuple[str, ...]
    sides: tuple[Side, ...]
    ranked: bool = False


def design_of(items: Items) -> Design:
    """The design of a task's items."""
    concepts = tuple(sorted({name for cluster in items.clusters for name in cluster}))
    number = {name: position for position, name in enumerate(concepts)}
    rows = [sorted(number[name] for name in cluster) for cluster in items.clusters]
    members = np.asarray(list(zip_longest(*rows, fillvalue=len(concepts))), dtype=np.intp).T
    if items.labels is None:
        return Design(concepts, (_side(members, np.arange(len(rows))),))
    similar = np.asarray(items.labels) == 1
    sides = tuple(_side(members, np.flatnonzero(chosen)) for chosen in (similar, ~similar))
    return Design(concepts, sides, ranked=items.main_score == AUROC)


def _side(members: NDArray[np.intp], positions: NDArray[np.intp]) -> Side:
    units, unit_of = np.unique(members[positions], axis=0, return_inverse=True)
    order = np.argsort(unit_of.ravel(), kind="stable")
    starts = np.searchsorted(unit_of.ravel()[order], np.arange(len(units)))
    return Side(items=positions[order], starts=starts, members=units)


def draws(concepts: Sequence[str], count: int = RESAMPLES) -> NDArray[np.uint8]:
    """Poisson(1) draws of each concept, uint8, shape (concepts + 1, count); the last row is 1.

    By inversion on a table of 65,536 steps, which is exact to 8e-6 and holds on every machine.
    Fewer draws are the first of more.
    """
    masses = [math.exp(-1) / math.factorial(k) for k in range(12)]
    steps = np.rint(np.cumsum(masses) * 65536).astype(int)
    table = np.repeat(np.arange(12, dtype=np.uint8), np.diff(steps, prepend=0))

    def draw(generator: np.random.Generator) -> NDArray[np.uint8]:
        counts: NDArray[np.uint8] = table[np.frombuffer(generator.bytes(2 * count), "<u2")]
        return counts

    return _by_concept("poisson", concepts, count, draw)


def signs(concepts: Sequence[str]) -> NDArray[np.int8]:
    """Random signs, -1 or 1, of each concept, int8, shape (concepts + 1, 10000); the last is 1."""

    def draw(generator: np.random.Generator) -> NDArray[np.uint8]:
        return np.unpackbits(np.frombuffer(generator.bytes(RESAMPLES // 8), np.uint8))

    bits = _by_concept("sign", concepts, RESAMPLES, draw)
    return bits.astype(np.int8) * np.int8(2) - np.int8(1)


def _by_concept(
    purpose: str,
    concepts: Sequence[str],
    count: int,
    draw: Callable[[np.random.Generator], NDArray[np.integer]],
) -> NDArray[np.uint8]:
    counts = np.ones((len(concepts) + 1, count), dtype=np.uint8)
    for row, name in zip(counts, concepts, strict=False):
        key = hashlib.sha256(f"{purpose}\0{name}".encode()).digest()[:16]
        row[:] = draw(np.random.Generator(np.random.Philox(key=int.from_bytes(key, "little"))))
    return counts


def on_grid(values: Floats) -> tuple[Floats, float]:
    """Values as whole numbers (kept as float64), and what one of them is worth."""
    largest = float(np.abs(values).max(initial=0.0))
    step = 2.0 ** (math.ceil(math.log2(max(largest, 1.0))) - _GRID_BITS)
    return np.rint(values / step), step


def replicates(design: Design, values: Floats, count: int = RESAMPLES) -> Floats:
    """The score of each model in each resample.

    Args:
        design: of the items.
        values: per-item scores, shape (models, items).
        count: how many resamples, the first of them; at most 10,000.

    Returns:
        Means, differences of the two sides' means, or AUROCs, shape (models, count).
    """
    grid, step = on_grid(values)
    drawn = draws(design.concepts, count)
    if design.ranked:
        return _ranked_replicates(design, grid, drawn)
    sums = [side.unit_sums(grid) for side in design.sides]
    scores = np.zeros((len(values), count))
    for start in range(0, count, _CHUNK):
        chunk = slice(start, min(start + _CHUNK, count))
        for side, total, sign in zip(design.sides, sums, (1, -1), strict=False):
            weights = side.weights(drawn[:, chunk])
            size = side.sizes @ weights
            # A resample that drew nothing says nothing; only very few concepts can give one.
            means = total @ weights
            means[:, size == 0] = total.sum(axis=1, keepdims=True)
            means /= np.where(size == 0, len(side.items), size) * (sign / step)
            scores[:, chunk] += means
    return scores


def _ranked_replicates(design: Design, grid: Floats, drawn: NDArray[np.uint8]) -> Floats:
    """AUROC of each model in each resample, shape (models, resamples).

    Computed anew in each, so that both sides vary: placement values of the whole sample would hold
    the other side fixed. One sort a model serves all its resamples.
    """
    similar, different = design.sides
    scores = np.empty((len(grid), drawn.shape[1]))
    # A resample that drew nothing on a side says what the whole sample says.
    once_each = [np.ones((len(side.items), 1)) for side in design.sides]
    for start in range(0, drawn.shape[1], _CHUNK):
        chunk = slice(start, start + _CHUNK)
        weights = [
            np.repeat(side.weights(drawn[:, chunk]), side.sizes.astype(int), axis=0)
            for side in design.sides
        ]
        for row, out in zip(grid, scores, strict=True):
            above, below = row[similar.items], row[different.items]
            anew = weighted_auroc(above, below, *weights)
            out[chunk] = np.where(np.isnan(anew), weighted_auroc(above, below, *once_each), anew)
    return scores
