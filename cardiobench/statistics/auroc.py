"""AUROC of pairs: in one sample, in weighted resamples, and as a mean over items."""

import numpy as np
from numpy.typing import NDArray

MAIN_SCORE = "auroc"
Floats = NDArray[np.float64]


def auroc(similar: Floats, different: Floats) -> float:
    """Chance that a similar item lies above a different one; a tie counts one half.

    Args:
        similar: values, shape (n,).
        different: values, shape (m,).
    """
    return float(_ranks_among(similar, np.sort(different)).mean() / len(different))


def weighted_auroc(
    similar: Floats, different: Floats, similar_weights: Floats, different_weights: Floats
) -> Floats:
    """AUROC in each of r resamples: a weighted Mann-Whitney statistic, exact for whole weights.

    Args:
        similar: values, shape (n,).
        different: values, shape (m,).
        similar_weights: how often each counts, shape (n, r), whole numbers.
        different_weights: the same, shape (m, r).

    Returns:
        Shape (r,); NaN where a side has no weight.
    """
    order = np.argsort(different, kind="stable")
    below = np.zeros((len(different) + 1, different_weights.shape[1]))
    np.cumsum(different_weights[order], axis=0, out=below[1:])
    low = np.searchsorted(different[order], similar, side="left")
    high = np.searchsorted(different[order], similar, side="right")
    doubled: Floats = np.einsum("ij,ij->j", similar_weights, below[low])
    doubled += np.einsum("ij,ij->j", similar_weights, below[high])
    pairs = 2 * similar_weights.sum(axis=0) * below[-1]
    scores: Floats = np.full(len(pairs), np.nan)
    np.divide(doubled, pairs, out=scores, where=pairs > 0)
    return scores


def placements(values: Floats, is_similar: NDArray[np.bool_]) -> Floats:
    """Item values whose difference of means (similar less different) is each model's AUROC.

    Their spread over the items is that of AUROC (DeLong, DeLong and Clarke-Pearson, *Biometrics*
    1988): a similar item has the share of different ones below it, less half the AUROC; a
    different one has half the AUROC less the share of similar ones above it.

    Args:
        values: shape (models, items).
        is_similar: shape (items,).
    """
    placed = np.empty_like(values, dtype=np.float64)
    for row, out in zip(values, placed, strict=True):
        similar, different = row[is_similar], row[~is_similar]
        above = _ranks_among(similar, np.sort(different)) / len(different)
        below = 1.0 - _ranks_among(different, np.sort(similar)) / len(similar)
        half = above.mean() / 2
        out[is_similar], out[~is_similar] = above - half, half - below
    return placed


def _ranks_among(values: Floats, ordered: Floats) -> Floats:
    """How many of the ordered values lie below each value, ties counted one half."""
    low = np.searchsorted(ordered, values, side="left")
    high = np.searchsorted(ordered, values, side="right")
    return np.asarray((low + high) / 2.0)
