"""CardioSeparation: related against unrelated cardiology concepts, matched on shared wording."""

from cardiobench.sources.cardiology import cardiology_areas
from cardiobench.sources.hpo import read_hpo
from cardiobench.sources.hpo_annotations import diseases_by_phenotype
from cardiobench.split import split_of
from cardiobench_tasks.catalogue import CARDIO_SEPARATION
from cardiobench_tasks.metadata import task_metadata
from cardiobench_tasks.separation import SeparationTask, separation_rows
from cardiobench_tasks.separation_pairs import build_separation
from cardiobench_tasks.task_data import Tables


class CardioSeparation(SeparationTask):
    """Pair classification over HPO's cardiology concepts; main score ``separation``."""

    spec = CARDIO_SEPARATION
    metadata = task_metadata(
        CARDIO_SEPARATION,
        origin="hpo",
        description=(
            "Are related cardiology concepts (HPO siblings) closer than unrelated ones? Each "
            "similar pair is matched with a different pair of equal TF-IDF overlap by words, word "
            "pairs and characters, so that shared wording alone scores about 0. The unmatched "
            "stratum, the exposure of the concepts in training and the areas are reported too."
        ),
        task_subtypes=["Scientific Reranking"],
        prompt="Retrieve cardiology concepts related to the given one.",
    )

    def build(self) -> Tables:
        """Make the pairs from HPO and its annotations."""
        concepts = read_hpo().concepts
        areas = cardiology_areas(concepts)
        pairs = build_separation(concepts, areas, diseases_by_phenotype())
        rows = separation_rows(pairs, areas, lambda concept: int(split_of(concept) == "train"))
        return {"pairs": rows}
