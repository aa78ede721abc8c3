"""The separation task: one mteb class behind every specialty's separation task."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from mteb.abstasks.pair_classification import AbsTaskPairClassification
from numpy.typing import ArrayLike, NDArray

from cardiobench_tasks.catalogue import TaskSpec
from cardiobench_tasks.item_scores import ItemScores
from cardiobench_tasks.separation_pairs import ConceptPair, SeparationPairs
from cardiobench_tasks.task_data import Row, Tables, column_dataset, task_tables

MATCHED = "matched"
UNMATCHED = "unmatched"
SIMILAR_LABEL = 1
DIFFERENT_LABEL = 0


def separation_scores(
    cosines: ArrayLike, labels: ArrayLike, *, prefix: str = ""
) -> dict[str, float]:
    """Separation and what it hides, from the cosines of similar and different pairs.

    Separation is mean cosine of similar pairs minus mean cosine of different pairs (Young and
    Matthews, arXiv:2511.19739), in [-2, 2]. It grows when a model merely stretches its cosines, so
    scale-free companions stand beside it: AUROC in [0, 1] (chance 0.5) and Cohen's d with the
    pooled SD.

    Args:
        cosines: cosine of each pair, shape (n,), float.
        labels: 1 for similar, 0 for different, shape (n,), int.
        prefix: put before every key.

    Returns:
        ``separation``, ``auroc``, ``cohens_d``, and mean and SD (n - 1) of either side; only the
        separation and the means of a side that has one pair.

    Raises:
        ValueError: a cosine is NaN or infinite, or one side is empty.
    """
    values: NDArray[np.float64] = np.asarray(cosines, dtype=np.float64)
    is_similar: NDArray[np.bool_] = np.asarray(labels) == SIMILAR_LABEL
    if not np.isfinite(values).all():
        raise ValueError("embeddings gave NaN or infinite cosines, so no separation can be scored")
    similar, different = values[is_similar], values[~is_similar]
    if not len(similar) or not len(different):
        raise ValueError("separation needs at least one similar and one different pair")
    scores = {
        "separation": similar.mean() - different.mean(),
        "mean_similar": similar.mean(),
        "mean_different": different.mean(),
    }
    if len(similar) > 1 and len(different) > 1:
        scores |= _spread(similar, different, is_similar, values)
    return {prefix + key: float(value) for key, value in scores.items()}


def _spread(
    similar: NDArray[np.float64],
    different: NDArray[np.float64],
    is_similar: NDArray[np.bool_],
    values: NDArray[np.float64],
) -> dict[str, float]:
    from sklearn.metrics import roc_auc_score

    n_similar, n_different = len(similar), len(different)
    variance = (n_similar - 1) * similar.var(ddof=1) + (n_different - 1) * different.var(ddof=1)
    pooled = np.sqrt(variance / (n_similar + n_different - 2))
    return {
        "auroc": float(roc_auc_score(is_similar, values)),
        # Constant embeddings have no spread; no effect can be claimed for them.
        "cohens_d": float((similar.mean() - different.mean()) / pooled) if pooled > 0 else 0.0,
        "sd_similar": float(similar.std(ddof=1)),
        "sd_different": float(different.std(ddof=1)),
    }


class SeparationTask(AbsTaskPairClassification):
    """Pair classification with separation as main score.

    mteb's own pair metrics are computed on the matched stratum; the unmatched stratum, the
    exposure of the concepts in training and the areas appear as further keys. Columns: ``id``,
    ``sentence1``, ``sentence2``, ``labels`` (1 similar, 0 different), ``stratum``, ``exposure``
    (how many of the two concepts are on the training side of the split: 0, 1 or 2) and ``area``
    (of the first concept).
    """

    spec: ClassVar[TaskSpec]

    def build(self) -> Tables:
        """Make the task's tables from the sources."""
        raise NotImplementedError

    def load_data(self, num_proc: int | None = None, **kwargs: Any) -> None:
        """Build the pairs, or take them from the cache, at the pinned revision."""
        if self.data_loaded:
            return
        rows = task_tables(self.spec, self.build)["pairs"]
        self.dataset = {self.spec.split: column_dataset(rows)}
        self.data_loaded = True

    def item_scores(self, predictions: Any) -> ItemScores:
        """Cosines and labels of the matched pairs, from mteb's predictions for the split."""
        rows = (self.dataset or {})[self.spec.split]
        kept = [k for k, stratum in enumerate(rows["stratum"]) if stratum == MATCHED]
        return ItemScores(
            ids=[rows["id"][k] for k in kept],
            values=[predictions["cosine_scores"][k] for k in kept],
            labels=[rows["labels"][k] for k in kept],
            clusters=[[rows["concept1"][k], rows["concept2"][k]] for k in kept],
        )

    def _compute_metrics(self, similarity_scores: Any, labels: list[int]) -> dict[str, float]:
        rows = (self.dataset or {})[self.spec.split]
        cosines = np.asarray(similarity_scores["cosine_scores"], dtype=np.float64)
        marks = np.asarray(labels)
        strata = dict(self._strata(rows))
        matched = strata.pop("")
        scores = separation_scores(cosines[matched], marks[matched])
        for name, members in strata.items():
            if len(set(marks[members])) == 2:
                scores |= separation_scores(cosines[members], marks[members], prefix=f"{name}_")
        kept = {
            key: np.asarray(values)[matched].tolist() for key, values in similarity_scores.items()
        }
        return {**super()._compute_metrics(kept, marks[matched].tolist()), **scores}  # type: ignore[arg-type]

    @staticmethod
    def _strata(rows: Any) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        matched = np.asarray(rows["stratum"]) == MATCHED
        yield "", matched
        yield UNMATCHED, ~matched
        exposure = np.asarray(rows["exposure"])
        for seen, name in enumerate(("neither", "one", "both")):
            yield f"exposure_{name}", matched & (exposure == seen)
        areas = np.asarray(rows["area"])
        for area in sorted(set(areas)):
            yield f"area_{area}", matched & (areas == area)

    def _save_task_predictions(
        self,
        predictions: Any,
        model: Any,
        prediction_folder: Path,
        hf_split: str,
        hf_subset: str,
    ) -> None:
        """Keep cosines only: the other four lists follow from them or are not reported here."""
        kept = {"cosine_scores": predictions["cosine_scores"]}
        super()._save_task_predictions(kept, model, prediction_folder, hf_split, hf_subset)


def separation_rows(pairs: SeparationPairs, area_of: dict[str, str], exposure_of: Any) -> list[Row]:
    """The task's rows: similar before different, matched before unmatched, ids in that order."""
    sides: list[tuple[str, int, list[ConceptPair]]] = [
        (MATCHED, SIMILAR_LABEL, pairs.similar),
        (MATCHED, DIFFERENT_LABEL, pairs.different),
        (UNMATCHED, SIMILAR_LABEL, pairs.unmatched_similar),
        (UNMATCHED, DIFFERENT_LABEL, pairs.unmatched_different),
    ]
    return [
        {
            "id": f"{stratum}-{label}-{number:04d}",
            "sentence1": pair.text1,
            "sentence2": pair.text2,
            "labels": label,
            "stratum": stratum,
            "exposure": exposure_of(pair.concept1) + exposure_of(pair.concept2),
            "area": area_of[pair.concept1],
            "concept1": pair.concept1,
            "concept2": pair.concept2,
        }
        for stratum, label, side in sides
        for number, pair in enumerate(side)
    ]
