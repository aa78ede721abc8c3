"""Choosing unlike pairs that look exactly as alike as the like ones."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# A control may differ from its case by this much (Euclidean, over eight cosines).
CALIPER = 0.22
# No text or concept may stand for too much of a side.
MAX_USES = 8


def match_pairs(
    cases: NDArray[np.float64],
    controls: NDArray[np.float64],
    control_members: Sequence[tuple[str, str]],
) -> list[tuple[int, int]]:
    """Give each case the control that keeps the running totals level, without replacement.

    Greedy caliper matching (Rosenbaum and Rubin, 1985), hardest case first, where among the
    controls inside the caliper the one is taken that leaves the summed difference of the two sides
    smallest: errors cancel instead of adding up.

    Args:
        cases: covariates of the cases, shape (n, k), float64.
        controls: covariates of the candidate controls, shape (m, k), float64.
        control_members: the two concepts of each control; a concept serves in at most
            ``MAX_USES`` controls, a pair of concepts in one.

    Returns:
        (case index, control index) of every case that found a control, in case order.
    """
    from scipy.spatial import cKDTree

    tree = cKDTree(controls)
    number = {
        name: k for k, name in enumerate(sorted({m for pair in control_members for m in pair}))
    }
    members = np.array([[number[a], number[b]] for a, b in control_members], dtype=np.int64)
    uses = np.zeros(len(number), dtype=np.int64)
    free = np.ones(len(controls), dtype=np.bool_)
    balance = np.zeros(cases.shape[1])
    matched: list[tuple[int, int]] = []
    for case in np.argsort(-cases.sum(axis=1), kind="stable"):
        near = np.asarray(tree.query_ball_point(cases[case], CALIPER), dtype=np.int64)
        near = np.sort(near[free[near]])
        if not len(near):
            continue
        tilt = np.abs(balance + cases[case] - controls[near])
        # Rounding keeps the choice the same where sums differ in the last bit.
        best = int(near[np.argmin(np.round(tilt.sum(axis=1), 6))])
        balance += cases[case] - controls[best]
        free[best] = False
        uses[members[best]] += 1
        for spent in members[best][uses[members[best]] >= MAX_USES]:
            free[(members == spent).any(axis=1)] = False
        matched.append((int(case), best))
    return sorted(matched)
