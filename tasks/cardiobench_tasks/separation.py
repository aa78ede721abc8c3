"""The separation task: one mteb class behind every specialty's separation task."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import numpy as np
from mteb import TaskMetadata
from numpy.typing import ArrayLike, NDArray

from cardiobench.sources.concept import Concept
from cardiobench.sources.hpo import read_hpo
from cardiobench.sources.hpo_annotations import diseases_by_phenotype
from cardiobench.sources.icd10cm import read_icd10cm
from cardiobench.sources.split import split_of
from cardiobench_tasks.catalogue import TaskSpec
from cardiobench_tasks.item_scores import ItemScores
from cardiobench_tasks.metadata import HPO_CITATION, ICD10CM_CITATION, task_metadata
from cardiobench_tasks.pair_task import PairTask
from cardiobench_tasks.separation_pairs import ConceptPair, build_separation
from cardiobench_tasks.specialty import Areas, Specialty
from cardiobench_tasks.task_data import Row, Tables, dataset_columns

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


class SeparationTask(PairTask):
    """Pair classification with AUROC as main score; separation stands beside it.

    mteb's own pair metrics are computed on the matched stratum; the unmatched stratum, the
    exposure of the concepts in training and the areas appear as further keys. Columns: ``id``,
    ``sentence1``, ``sentence2``, ``labels`` (1 similar, 0 different), ``stratum``, ``exposure``
    (how many of the two concepts are on the training side of the split: 0, 1 or 2), ``source``
    (``hpo`` or ``icd10cm``) and ``area`` (of the first concept).
    """

    specialty: ClassVar[Specialty]

    def build(self) -> Tables:
        """Make the pairs from HPO, its annotations and ICD-10-CM."""
        return {"pairs": separation_rows(self.specialty)}

    def item_scores(self, predictions: Any) -> ItemScores:
        """Cosines and labels of the matched pairs, from mteb's predictions for the split."""
        rows = dataset_columns((self.dataset or {})[self.spec.split])
        kept = [k for k, stratum in enumerate(rows["stratum"]) if stratum == MATCHED]
        return ItemScores(
            ids=[rows["id"][k] for k in kept],
            values=[predictions["cosine_scores"][k] for k in kept],
            labels=[rows["labels"][k] for k in kept],
            clusters=[[rows["concept1"][k], rows["concept2"][k]] for k in kept],
        )

    def _compute_metrics(self, similarity_scores: Any, labels: list[int]) -> dict[str, float]:
        rows = dataset_columns((self.dataset or {})[self.spec.split])
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
        sources = np.asarray(rows["source"])
        for source in sorted(set(sources)):
            yield f"source_{source}", matched & (sources == source)
        areas = np.asarray(rows["area"])
        for area in sorted(set(areas) - {""}):
            yield f"area_{area}", matched & (areas == area)


def separation_metadata(spec: TaskSpec, field: str) -> TaskMetadata:
    """mteb metadata of one specialty's separation task; ``field`` names the specialty."""
    return task_metadata(
        spec,
        origin="hpo",
        description=(
            f"Are related {field} concepts (siblings in HPO or ICD-10-CM) closer than unrelated "
            "ones? Each similar pair is matched with a different pair of equal TF-IDF overlap by "
            "words, word pairs and characters, so that shared wording alone scores about 0. The "
            "unmatched stratum, the source, the area and the exposure of the concepts in training "
            "are reported too."
        ),
        bibtex_citation=HPO_CITATION + ICD10CM_CITATION,
        task_subtypes=["Scientific Reranking"],
        prompt=f"Retrieve {field} concepts related to the given one.",
    )


def separation_rows(specialty: Specialty) -> list[Row]:
    """The rows of one specialty, from HPO and from ICD-10-CM.

    Matched before unmatched, HPO before ICD-10-CM, similar before different; ids in that order.
    """
    hpo, icd10cm = read_hpo().concepts, read_icd10cm().concepts
    sources: list[tuple[str, Mapping[str, Concept], Areas, Mapping[str, frozenset[str]]]] = [
        ("hpo", hpo, specialty.hpo_areas(hpo), diseases_by_phenotype()),
        ("icd10cm", icd10cm, specialty.icd10cm_areas(icd10cm), {}),
    ]
    prose = [concept.definition for concept in hpo.values() if concept.definition]
    rows: list[Row] = []
    for source, concepts, areas, diseases in sources:
        pairs = build_separation(concepts, specialty, areas, diseases, prose)
        sides: list[tuple[str, int, list[ConceptPair]]] = [
            (MATCHED, SIMILAR_LABEL, pairs.similar),
            (MATCHED, DIFFERENT_LABEL, pairs.different),
            (UNMATCHED, SIMILAR_LABEL, pairs.unmatched_similar),
            (UNMATCHED, DIFFERENT_LABEL, pairs.unmatched_different),
        ]
        rows += [
            {
                "id": f"{stratum}-{source}-{label}-{number:04d}",
                "sentence1": pair.text1,
                "sentence2": pair.text2,
                "labels": label,
                "stratum": stratum,
                "source": source,
                "exposure": sum(split_of(c) == "train" for c in (pair.concept1, pair.concept2)),
                # An area without a name of its own is an identifier, of no use to a reader.
                "area": areas[pair.concept1] if areas[pair.concept1].islower() else "",
                "concept1": pair.concept1,
                "concept2": pair.concept2,
            }
            for stratum, label, side in sides
            for number, pair in enumerate(side)
        ]
    return sorted(rows, key=lambda row: row["stratum"] != MATCHED)
