"""Choosing unlike pairs that look exactly as alike as the like ones."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# A control may differ from its case by this much (Euclidean, over four cosines).
CALIPER = 0.12
# No text or concept may stand for too much of a side.
MAX_USES = 6


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
    uses: Counter[str] = Counter()
    taken: set[tuple[str, str]] = set()
    balance = np.zeros(cases.shape[1])
    matched: list[tuple[int, int]] = []
    for case in np.argsort(-cases.sum(axis=1), kind="stable"):
        near = [
            index
            for index in sorted(tree.query_ball_point(cases[case], CALIPER))
            if control_members[index] not in taken
            and all(uses[member] < MAX_USES for member in control_members[index])
        ]
        if not near:
            continue
        tilt = np.abs(balance + cases[case] - controls[near])
        # Rounding keeps the choice the same where sums differ in the last bit.
        best = int(np.argmin(np.round(tilt.sum(axis=1), 6)))
        balance += cases[case] - controls[near[best]]
        taken.add(control_members[near[best]])
        uses.update(control_members[near[best]])
        matched.append((int(case), near[best]))
    return sorted(matched)
