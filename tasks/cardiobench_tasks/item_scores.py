"""The score of every item of one task for one model: what intervals are made from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemScores:
    """Per-item scores in item order.

    Attributes:
        ids: stable identifiers of the n items.
        values: per-item scores whose mean is the main score; where ``labels`` are given, cosines
            whose AUROC is the main score if that is called ``auroc``, else their difference of
            means (label 1 minus label 0).
        clusters: the concepts that each item is about; items that share one are not independent.
        labels: 1 similar, 0 different, or None.
    """

    ids: list[str]
    values: list[float]
    clusters: list[list[str]]
    labels: list[int] | None = None
