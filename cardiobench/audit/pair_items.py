"""The pairs of a task that its main score counts, and the score of a ranking of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cardiobench.errors import CardioBenchError
from cardiobench_tasks.catalogue import TaskSpec

# Figures of a likeness beyond this are noise of the order of sums.
DECIMALS = 6
AUROC = "auroc"


@dataclass(frozen=True, slots=True, kw_only=True)
class PairItems:
    """The n pairs that count, in the order of the task's rows.

    Attributes:
        task: the loaded mteb task.
        first: first texts.
        second: second texts.
        labels: 1 or 0, shape (n,).
        clusters: the concepts that each pair is about.
        rows: row of each pair in the task's data, shape (n,).
        n_rows: rows of the task's data.
        n_items: items that the score is the mean of; pairs with labels are items themselves.
        is_triplets: whether rows come in twos, of which that of label 1 must win.
    """

    task: Any
    first: Sequence[str]
    second: Sequence[str]
    labels: NDArray[np.int64]
    clusters: Sequence[Sequence[str]]
    rows: NDArray[np.int64]
    n_rows: int
    n_items: int
    is_triplets: bool

    def score(self, likeness: NDArray[np.float64]) -> float:
        """Triplet accuracy, or AUROC, of a likeness of the pairs, shape (n,)."""
        cosines = np.zeros(self.n_rows)
        cosines[self.rows] = np.round(likeness, DECIMALS)
        scored = self.task.item_scores({"cosine_scores": cosines.tolist()})
        if self.is_triplets:
            return float(np.mean(scored.values))
        from sklearn.metrics import roc_auc_score

        return float(roc_auc_score(scored.labels, scored.values))


def pair_items(task: Any, spec: TaskSpec) -> PairItems:
    """The pairs of a loaded pair-classification task.

    Raises:
        CardioBenchError: its items are neither labelled pairs nor triplets of two rows.
    """
    data = task.dataset.get("default", task.dataset)[spec.split][:]
    labels = np.asarray(data[task.label_column_name], dtype=np.int64)
    # Row numbers as cosines: what comes back says which rows count.
    probe = task.item_scores({"cosine_scores": [float(row) for row in range(len(labels))]})
    if probe.labels is not None:
        rows = np.asarray(probe.values, dtype=np.int64)
        clusters = list(probe.clusters)
    else:
        rows, clusters = _triplet_rows(spec, data, probe, getattr(task, "item_column", "triplet"))
    return PairItems(
        task=task,
        first=[data[task.input1_column_name][row] for row in rows],
        second=[data[task.input2_column_name][row] for row in rows],
        labels=labels[rows],
        clusters=clusters,
        rows=rows,
        n_rows=len(labels),
        n_items=len(probe.ids),
        is_triplets=probe.labels is None,
    )


def _triplet_rows(
    spec: TaskSpec, data: Any, probe: Any, column: str
) -> tuple[NDArray[np.int64], list[list[str]]]:
    clusters_of = dict(zip(probe.ids, probe.clusters, strict=True))
    names = list(data.get(column, ()))
    rows_of = Counter(name for name in names if name in clusters_of)
    # A triplet is two rows; an item may have several triplets.
    if len(rows_of) != len(clusters_of) or {n % 2 for n in rows_of.values()} != {0}:
        raise CardioBenchError(
            f"{spec.name} cannot be audited: item_scores() gives no labels, so two rows of each "
            f"item must carry its id in a column {column}. docs/audit.md shows both forms."
        )
    rows = [row for row, name in enumerate(names) if name in clusters_of]
    return np.asarray(rows, dtype=np.int64), [clusters_of[names[row]] for row in rows]
