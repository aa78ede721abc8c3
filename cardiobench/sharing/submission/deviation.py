"""Whether differences between stored and re-run similarities are noise: it knows no labels."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Shares of the tolerance of a single similarity. Noise fills it in few items, a budget in all.
_RMS = 0.35
_TOWARDS = 0.05
# Standard errors beyond which a mean towards the labels is no chance: 1 in 3.5 million.
_SIGMAS = 5.0


@dataclass(frozen=True, slots=True)
class Deviations:
    """Stored less re-run similarities of a sample.

    Attributes:
        items: largest difference of each item, shape (items,).
        towards: mean difference of each item, counted positive where it helps the score, shape
            (items,); NaN for an item without both kinds.
        root_mean_square: over all similarities.
    """

    items: Floats
    towards: Floats
    root_mean_square: float

    def wrong(self, tolerance: float) -> Iterator[str]:
        """What no noise of this size does.

        Args:
            tolerance: how far a single similarity may be off on other hardware.
        """
        beyond = int((~(self.items <= tolerance)).sum())
        if beyond:
            yield (
                f"{beyond} of {len(self.items)} items encoded again are not what is stored "
                f"(worst: {self.items.max():.2g}, allowed: {tolerance:g})"
            )
        if not self.root_mean_square <= _RMS * tolerance:
            yield (
                f"items encoded again differ by {self.root_mean_square:.2g} in the root mean "
                f"square (allowed: {_RMS * tolerance:.2g})"
            )
        known = self.towards[np.isfinite(self.towards)]
        if len(known) < 2:
            return
        mean = float(known.mean())
        error = float(known.std(ddof=1)) / math.sqrt(len(known))
        if mean > _TOWARDS * tolerance and mean > _SIGMAS * error:
            yield (
                f"stored similarities are moved towards their labels, by {mean:.2g} in the mean "
                f"of {len(known)} items (chance: {error:.1g}); noise knows no labels"
            )


def pair_deviations(
    stored: Sequence[float], again: Sequence[float], labels: Sequence[int]
) -> Deviations:
    """Of pairs: a similar one gains by a higher cosine, a different one by a lower."""
    apart = np.asarray(stored, dtype=np.float64) - np.asarray(again, dtype=np.float64)
    signs = np.where(np.asarray(labels) == 1, 1.0, -1.0)
    return Deviations(np.abs(apart), apart * signs, float(np.sqrt((apart**2).mean())))


def query_deviations(
    queries: Sequence[tuple[dict[str, float], dict[str, float], set[str]]],
) -> Deviations:
    """Of queries: one gains by higher scores of relevant documents than of others.

    Args:
        queries: stored scores, scores again (of at least the same documents), relevant documents.
    """
    items, towards, squares, count = [], [], 0.0, 0
    for stored, again, relevant in queries:
        apart = {document: score - again[document] for document, score in stored.items()}
        last = min(stored.values())
        left_out = [score - last for document, score in again.items() if document not in stored]
        items.append(max([*map(abs, apart.values()), *left_out]))
        good = [value for document, value in apart.items() if document in relevant]
        rest = [value for document, value in apart.items() if document not in relevant]
        both = bool(good) and bool(rest)
        towards.append(sum(good) / len(good) - sum(rest) / len(rest) if both else math.nan)
        squares += sum(value**2 for value in apart.values())
        count += len(apart)
    return Deviations(np.array(items), np.array(towards), math.sqrt(squares / count))
