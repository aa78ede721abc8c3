"""Whether the kinds of similarity that a pair task stores can be of one and the same model."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cardiobench.sharing.submission.recompute import COSINES

# By how much a dot product of 32-bit unit vectors may miss their cosine; measured: 4e-7.
UNIT = 1e-4
_LEAST_DISTANCE = 1e-2
# Manhattan over Euclidean distance is near a constant: the logarithm's standard deviation was
# measured as 0.014 with 384 dimensions and 0.039 with 32, and differs by label by less than 0.01.
_SPREAD_BY_ROOT = 2.0
_LABEL_SHIFT = 0.03

Floats = NDArray[np.float64]


def similarities_of(predictions: Mapping[str, Sequence[float]], function: str) -> Floats | None:
    """What a model's own similarity is, out of the other lists; None for a function unknown here.

    Args:
        predictions: mteb's five lists of a pair task.
        function: the ``similarity_fn_name`` of model_meta.json.
    """
    named = {
        "cosine": (COSINES, 1),
        "dot": ("dot_scores", 1),
        "euclidean": ("euclidean_distances", -1),
        "manhattan": ("manhattan_distances", -1),
    }
    if function not in named:
        return None
    key, sign = named[function]
    return sign * np.asarray(predictions[key], dtype=np.float64)


def is_unit(predictions: Mapping[str, Sequence[float]], tolerance: float = UNIT) -> bool:
    """Whether the embeddings have length 1: every dot product is the cosine."""
    cosines, dots = (np.asarray(predictions[key]) for key in (COSINES, "dot_scores"))
    return bool((np.abs(cosines - dots) <= tolerance).all())


def wrong_with_pairs(
    predictions: Mapping[str, Sequence[float]],
    function: str,
    dimension: int,
    *,
    tolerance: float,
    unit: bool | None,
) -> Iterator[str]:
    """Where the lists of a pair task contradict each other.

    For unit vectors the dot product is the cosine, and the squared Euclidean distance 2 - 2 cos.
    For others the dot product has the cosine's sign, and no distance is shorter than the
    difference of two lengths whose product is dot / cos. A Manhattan distance lies between the
    Euclidean one and sqrt(dimension) times it.

    Args:
        predictions: five lists of one length.
        function: the ``similarity_fn_name`` of model_meta.json.
        dimension: length of an embedding.
        tolerance: how far a cosine may be off.
        unit: whether the model's embeddings are known to have length 1; None: not known.
    """
    lists: dict[str, Any] = {k: np.asarray(v, dtype=np.float64) for k, v in predictions.items()}
    cosines, dots = lists[COSINES], lists["dot_scores"]
    euclidean, manhattan = lists["euclidean_distances"], lists["manhattan_distances"]
    own = similarities_of(predictions, function)
    scale = max(1.0, float(np.abs(dots).max()), float(euclidean.max() ** 2))
    if own is None or not (np.abs(lists["similarity_scores"] - own) <= tolerance * scale).all():
        yield f"similarity_scores are not the {function} that model_meta.json names"
    if (euclidean < 0).any() or (manhattan < 0).any():
        yield "a distance below 0"
        return
    if unit or (unit is None and is_unit(predictions, tolerance)):
        if not (np.abs(dots - cosines) <= tolerance).all():
            yield "dot_scores are not the cosines, although the embeddings have length 1"
        if not (np.abs(euclidean**2 - (2 - 2 * cosines)) <= 4 * tolerance).all():
            yield "euclidean_distances are not sqrt(2 - 2 cos), although embeddings have length 1"
    else:
        yield from _wrong_lengths(cosines, dots, euclidean)
    yield from _wrong_manhattan(euclidean, manhattan, dimension)


def _wrong_lengths(cosines: Floats, dots: Floats, euclidean: Floats) -> Iterator[str]:
    """Two lengths a and b give dot = ab cos and squared distance = a^2 + b^2 - 2 dot >= 2ab - 2dot.

    Left out where the cosine is too small to divide by.
    """
    clear = np.abs(cosines) > 1e-3
    product = dots[clear] / cosines[clear]
    if (product < 0).any():
        yield "dot_scores have another sign than the cosines"
        return
    least = 2 * product - 2 * dots[clear]
    slack = 1e-3 * np.maximum(1.0, product)
    if (euclidean[clear] ** 2 < least - slack).any():
        yield "euclidean_distances are shorter than cosines and dot_scores allow"


def _wrong_manhattan(euclidean: Floats, manhattan: Floats, dimension: int) -> Iterator[str]:
    slack = 1e-3 * euclidean + 1e-4
    most = np.sqrt(dimension) if dimension > 1 else np.inf
    if (manhattan < euclidean - slack).any() or (manhattan > most * (euclidean + slack)).any():
        yield f"manhattan_distances that no {dimension} dimensions have beside euclidean_distances"


def odd_manhattan(
    predictions: Mapping[str, Sequence[float]], labels: Sequence[int], dimension: int
) -> str | None:
    """What is odd about Manhattan distances: they stray from the Euclidean ones, or by label.

    Nothing but the model ties them exactly, so these are signs and no proof.
    """
    euclidean = np.asarray(predictions["euclidean_distances"], dtype=np.float64)
    manhattan = np.asarray(predictions["manhattan_distances"], dtype=np.float64)
    apart = (euclidean > _LEAST_DISTANCE) & (manhattan > 0)
    similar = np.asarray(labels)[apart] == 1
    if dimension < 2 or similar.all() or not similar.any():
        return None
    share = np.log(manhattan[apart] / euclidean[apart])
    shift = float(share[similar].mean() - share[~similar].mean())
    if float(share.std()) > _SPREAD_BY_ROOT / np.sqrt(dimension):
        return "manhattan_distances stray far from euclidean_distances"
    if abs(shift) > _LABEL_SHIFT:
        return f"manhattan_distances beside euclidean_distances differ by label ({shift:+.3f})"
    return None


def wrong_lists(
    stored: Mapping[str, Sequence[float]], again: Mapping[str, Sequence[float]], tolerance: float
) -> Iterator[str]:
    """Lists of a pair task, the cosines apart, that differ from those of a re-run.

    A dot product is off by a share of its size, a squared distance by up to four times a cosine;
    distances are compared squared, since near 0 their root magnifies.

    Args:
        stored: what an entry holds of some pairs.
        again: what the model gives for the same pairs.
        tolerance: how far a cosine may be off.
    """
    for key, values in stored.items():
        if key == COSINES:
            continue
        ours, theirs = (np.asarray(v, dtype=np.float64) for v in (again[key], values))
        if (ours >= 0).all() and "distances" in key:
            ours, theirs = ours**2, theirs * np.abs(theirs)
        scale = max(1.0, float(np.abs(ours).max()))
        worst = float(np.abs(ours - theirs).max())
        if not worst <= 4 * tolerance * scale:
            yield f"{key} of items encoded again are not what is stored (worst: {worst:.2g})"
