"""Unlike pairs made of the very texts of the like ones, that look exactly as alike."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# An unlike pair may differ from the like pair in its place by this much (Euclidean, over the
# square roots of all views: near nothing in common, a little is a lot).
CALIPER = 0.45
# What it costs to leave a pair out: more than any change of partners could save.
_LEFT_OUT = 20.0
_FORBIDDEN = 1e4
# Costs are whole numbers, so that every machine finds the same assignment.
_SCALE = 1e5
_STEPS = 8
_STEP_SIZE = 20.0

Pairing = list[tuple[int, int]]


def exchange_partners(
    likeness: NDArray[np.float32], allowed: NDArray[np.bool_], names: NDArray[np.int64]
) -> Pairing:
    """Exchange the second members of like pairs, so that unlike pairs come out.

    Like pair k is (x_k, y_k). The answer is a permutation of the like pairs that are kept: (i, j)
    makes the unlike pair (x_i, y_j). Each text so stands on both sides equally often, and which
    texts a side has says nothing about it. This is an assignment problem, solved exactly (Crouse,
    *IEEE Trans. Aerosp. Electron. Syst.* 2016, as scipy has it); a pair that is assigned to itself
    is left out. Multipliers on the summed differences of the views keep the two sides level.

    Args:
        likeness: how alike x_i and y_j look in v views, shape (n, n, v), in [0, 1].
        allowed: whether x_i and y_j are unlike, shape (n, n).
        names: a number for the unordered pair of concepts of x_i and y_j, shape (n, n); no pair of
            concepts is made twice.

    Returns:
        (i, j) of the kept pairs, in the order of i.
    """
    rooted = np.sqrt(likeness)
    own = np.arange(len(likeness))
    distance = np.sqrt(((rooted - rooted[own, own][:, None, :]) ** 2).sum(axis=2))
    usable = _within_reach(allowed & (distance <= CALIPER))
    grid = np.ix_(usable, usable)
    tilt = (likeness - likeness[own, own][:, None, :])[grid].astype(np.float64)
    cost, possible = distance[grid].astype(np.float64), (allowed & (distance <= CALIPER))[grid]
    multipliers, best, least = np.zeros(likeness.shape[2]), Pairing(), np.inf
    for step in range(_STEPS):
        pairing = _assign(cost + tilt @ multipliers, possible, names[grid])
        if not pairing:
            break
        rows, columns = np.array(pairing).T
        mean = tilt[rows, columns].mean(axis=0)
        if np.abs(mean).max() < least and len(pairing) >= len(best):
            best, least = pairing, np.abs(mean).max()
        # Rounded, so that the last bits of a sum decide nothing.
        multipliers = np.round(multipliers + _STEP_SIZE / (1 + step / 4) * mean, 3)
    return [(int(usable[i]), int(usable[j])) for i, j in best]


def _within_reach(possible: NDArray[np.bool_]) -> NDArray[np.intp]:
    """The pairs that can take part: some partner for x and for y, among those that can."""
    possible = possible & ~np.eye(len(possible), dtype=np.bool_)
    kept = np.arange(len(possible))
    while True:
        block = possible[np.ix_(kept, kept)]
        alive = block.any(axis=0) & block.any(axis=1)
        if alive.all():
            return kept
        kept = kept[alive]


def _assign(
    cost: NDArray[np.float64], possible: NDArray[np.bool_], names: NDArray[np.int64]
) -> Pairing:
    """The cheapest permutation that makes no pair of concepts twice."""
    from scipy.optimize import linear_sum_assignment

    possible = possible & ~np.eye(len(cost), dtype=np.bool_)
    prices = np.rint(np.minimum(cost, _LEFT_OUT - 1) * _SCALE)
    table = np.where(possible, prices, _FORBIDDEN * _SCALE)
    np.fill_diagonal(table, _LEFT_OUT * _SCALE)
    while True:
        rows, columns = linear_sum_assignment(table)
        rows, columns = rows[rows != columns], columns[rows != columns]
        _, first = np.unique(names[rows, columns], return_index=True)
        if len(first) == len(rows):
            return list(zip(rows.tolist(), columns.tolist(), strict=True))
        again = np.setdiff1d(np.arange(len(rows)), first)
        table[rows[again], columns[again]] = _FORBIDDEN * _SCALE


def exchange_nearest(
    options: Sequence[Sequence[int]],
    costs: Sequence[Sequence[float]],
    members: Sequence[tuple[str, str]],
) -> Pairing:
    """As :func:`exchange_partners`, where each pair has few options that are given.

    Args:
        options: for each pair (x_i, y_i), the pairs j whose y_j may go with x_i.
        costs: what each option costs, in [0, 20).
        members: x_i and y_i; no x gets the same y twice.

    Returns:
        (i, j) of the kept pairs, in the order of i.
    """
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import min_weight_full_bipartite_matching

    count, own = len(members), np.arange(len(members))
    rows = np.repeat(own, [len(partners) for partners in options])
    columns = np.array([j for partners in options for j in partners], dtype=np.int64)
    # Zero would mean "no option" in a sparse table.
    prices = 1.0 + np.rint(
        np.array([distance for distances in costs for distance in distances]) * _SCALE
    )
    number = {y: k for k, y in enumerate(sorted({y for _, y in members}))}
    second = np.array([number[y] for _, y in members])
    alive = rows != columns
    while True:
        graph = csr_array(
            (
                np.concatenate([prices[alive], np.full(count, _LEFT_OUT * _SCALE)]),
                (np.concatenate([rows[alive], own]), np.concatenate([columns[alive], own])),
            ),
            shape=(count, count),
        )
        order, partner = min_weight_full_bipartite_matching(graph)
        pairing = [(int(i), int(j)) for i, j in zip(order, partner, strict=True) if i != j]
        made: set[tuple[str, str]] = set()
        for i, j in pairing:
            pair = (members[i][0], members[j][1])
            if pair in made:
                alive &= (rows != i) | (second[columns] != second[j])
            made.add(pair)
        if len(made) == len(pairing):
            return sorted(pairing)
