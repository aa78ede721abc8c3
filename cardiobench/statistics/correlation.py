"""How a score goes with size, dimension or speed over models."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

LEAST = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Correlation:
    """Correlation over models, with two-sided p-values.

    Attributes:
        n: number of models.
        pearson: Pearson's r, [-1, 1].
        pearson_p: its p-value, of normal data (exact beta distribution).
        spearman: Spearman's rho, [-1, 1].
        spearman_p: its p-value (Student's t with n - 2 degrees of freedom).
    """

    n: int
    pearson: float
    pearson_p: float
    spearman: float
    spearman_p: float


def correlate(scores: Sequence[float], sizes: Sequence[float]) -> Correlation | None:
    """Both coefficients by scipy, or None with fewer than four models or equal values.

    Pearson, *Proc. R. Soc.* 1895; Spearman, *Am. J. Psychol.* 1904.
    """
    from scipy.stats import pearsonr, spearmanr

    if len(scores) < LEAST or np.ptp(scores) == 0 or np.ptp(sizes) == 0:
        return None
    straight, ranks = pearsonr(scores, sizes), spearmanr(scores, sizes)
    return Correlation(
        n=len(scores),
        pearson=float(straight.statistic),
        pearson_p=float(straight.pvalue),
        spearman=float(ranks.statistic),
        spearman_p=float(ranks.pvalue),
    )
