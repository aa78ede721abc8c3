"""Triplets as pairs: is an anchor closer to the right of two candidates than to the wrong one?"""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cardiobench_tasks.item_scores import ItemScores
from cardiobench_tasks.pair_task import PairTask
from cardiobench_tasks.task_data import Row, Tables, dataset_columns, written_rows

# Cosines closer than this are a tie: 32-bit embeddings do not tell them apart.
TIE = 1e-6


def triplet_wins(right: ArrayLike, wrong: ArrayLike) -> NDArray[np.float64]:
    """Which triplets are right: 1 if the right candidate is closer, 0 if the wrong one, 0.5 a tie.

    Args:
        right: cosine of anchor and right candidate of each triplet, shape (n,), float.
        wrong: cosine of anchor and wrong candidate of each triplet, shape (n,), float.

    Raises:
        ValueError: a cosine is NaN or infinite, or there is no triplet.
    """
    difference = np.asarray(right, dtype=np.float64) - np.asarray(wrong, dtype=np.float64)
    if not np.isfinite(difference).all():
        raise ValueError("embeddings gave NaN or infinite cosines, so no triplet can be scored")
    if not len(difference):
        raise ValueError("triplet accuracy needs at least one triplet")
    return np.where(np.abs(difference) <= TIE, 0.5, (difference > 0).astype(np.float64))


class TripletTask(PairTask):
    """Triplets as pairs; the main score is the share of right items, ties one half (chance 0.5).

    Rows alternate: (anchor, right candidate) with label 1, then (anchor, wrong candidate) with
    label 0. Columns: ``id``, ``sentence1``, ``sentence2``, ``labels``, ``triplet`` and those of
    the subclass. Every stratum has a score ``accuracy_{name}`` and ``margin_{name}``.

    Attributes:
        file: the triplets, ``data/{file}.jsonl``.
        sides: keys of the right and of the wrong candidate.
        columns: further keys that rows carry.
        strata: column to the prefix of the names of its strata.
        item_column: column with the item that a row belongs to.
        cluster_column: column that items share if they are not independent.
        triplets_per_item: successive triplets that make one item.
    """

    file: ClassVar[str]
    sides: ClassVar[tuple[str, str]] = ("positive", "negative")
    columns: ClassVar[tuple[str, ...]]
    strata: ClassVar[Mapping[str, str]]
    item_column: ClassVar[str] = "triplet"
    cluster_column: ClassVar[str] = "triplet"
    triplets_per_item: ClassVar[int] = 1

    def build(self) -> Tables:
        """Make the pairs from the triplets that come with the package."""
        return {
            "pairs": [
                {
                    "id": f"{row['id']}-{side}",
                    "sentence1": row["anchor"],
                    "sentence2": row[side],
                    "labels": label,
                    "triplet": row["id"],
                    **{column: row[column] for column in self.columns},
                }
                for row in self.rows()
                for side, label in zip(self.sides, (1, 0), strict=True)
            ]
        }

    def rows(self) -> list[Row]:
        """The triplets, with the columns of the task."""
        return written_rows(self.file)

    def item_scores(self, predictions: Any) -> ItemScores:
        """Which items that count are right (1, 0.5 or 0), from mteb's predictions."""
        kept = self.counted()
        ids, clusters = (
            [value for value, counts in zip(self.column(name), kept, strict=True) if counts]
            for name in (self.item_column, self.cluster_column)
        )
        right, wrong = self._sides(predictions["cosine_scores"])
        return ItemScores(
            ids=ids,
            values=triplet_wins(right, wrong)[kept].tolist(),
            clusters=[[cluster] for cluster in clusters],
        )

    def counted(self) -> NDArray[np.bool_]:
        """Which of the n items the main score counts, shape (n,)."""
        return np.ones(len(self.column(self.item_column)), dtype=np.bool_)

    def members(self) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Names of the strata, each with the items that it holds, shape (n,)."""
        kept = self.counted()
        for column, prefix in self.strata.items():
            values = np.asarray(self.column(column))
            for value in sorted(set(values[kept].tolist())):
                yield f"{prefix}{value}", kept & (values == value)

    def column(self, name: str) -> list[str]:
        """One value an item."""
        columns = dataset_columns((self.dataset or {})[self.spec.split])
        return columns[name][:: 2 * self.triplets_per_item]

    def _sides(self, cosines: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Mean cosine of each item's anchors with their right, and with their wrong candidates."""
        by_item = np.asarray(cosines, dtype=np.float64).reshape(-1, self.triplets_per_item, 2)
        right, wrong = by_item.mean(axis=1).T
        return right, wrong

    def _compute_metrics(self, similarity_scores: Any, labels: list[int]) -> dict[str, float]:
        right, wrong = self._sides(similarity_scores["cosine_scores"])
        wins, margins, kept = triplet_wins(right, wrong), right - wrong, self.counted()
        scores = {self.spec.main_score: wins[kept].mean(), "margin": margins[kept].mean()}
        for name, members in self.members():
            scores[f"accuracy_{name}"] = wins[members].mean()
            scores[f"margin_{name}"] = margins[members].mean()
        rows = np.repeat(kept, 2 * self.triplets_per_item)
        pairs = {
            key: np.asarray(values)[rows].tolist() for key, values in similarity_scores.items()
        }
        stock = super()._compute_metrics(pairs, np.asarray(labels)[rows].tolist())  # type: ignore[arg-type]
        return {**stock, **{key: float(value) for key, value in scores.items()}}
