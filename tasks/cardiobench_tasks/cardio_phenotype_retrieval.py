"""CardioPhenotypeRetrieval: a disease's name finds its cardiac and vascular findings."""

from collections import defaultdict

from cardiobench.foundation.text import normalise
from cardiobench.sources.hpo import read_hpo
from cardiobench.sources.hpo_annotations import read_annotations
from cardiobench.sources.hpo_cardiology import cardiology_areas
from cardiobench.sources.split import split_of
from cardiobench_tasks.catalogue import CARDIO_PHENOTYPE_RETRIEVAL
from cardiobench_tasks.metadata import task_metadata
from cardiobench_tasks.retrieval import RetrievalTask
from cardiobench_tasks.task_data import Tables

# A disease with fewer findings says too little about a ranking.
MIN_FINDINGS = 3


class CardioPhenotypeRetrieval(RetrievalTask):
    """Retrieval of graded findings over the names of HPO's cardiology concepts."""

    spec = CARDIO_PHENOTYPE_RETRIEVAL
    metadata = task_metadata(
        CARDIO_PHENOTYPE_RETRIEVAL,
        origin="hpo",
        description=(
            "Find a disease's cardiac and vascular findings from its name. Relevance is graded by "
            "how many patients show the finding: 3 for 80% or more, 2 for 30% or more, 1 for less "
            "or where the annotation does not say. Diseases are held out of CardioBench training."
        ),
        task_subtypes=["Article retrieval"],
        prompt={"query": "Given a disease, retrieve its cardiovascular findings."},
    )

    def build(self) -> Tables:
        """Make corpus, queries and graded qrels from HPO and its annotations."""
        concepts = read_hpo().concepts
        areas = cardiology_areas(concepts)
        # Databases name one disease alike; its annotations then belong together.
        names: dict[str, str] = {}
        owners: dict[str, set[str]] = defaultdict(set)
        grades: dict[str, dict[str, int]] = defaultdict(dict)
        for row in read_annotations():
            grade = grade_of(row.frequency)
            if row.phenotype_id in areas and grade:
                key = normalise(row.disease_name)
                names.setdefault(key, row.disease_name)
                owners[key].add(row.disease_id)
                best = max(grade, grades[key].get(row.phenotype_id, 0))
                grades[key][row.phenotype_id] = best
        asked = [
            key
            for key in sorted(names)
            if len(grades[key]) >= MIN_FINDINGS
            and all(split_of(disease) == "test" for disease in owners[key])
        ]
        queries = [{"id": min(owners[key]), "text": names[key]} for key in asked]
        qrels = [
            {"query": min(owners[key]), "document": phenotype, "grade": grade}
            for key in asked
            for phenotype, grade in sorted(grades[key].items())
        ]
        corpus = [{"id": i, "text": concepts[i].name} for i in areas]
        return {"corpus": corpus, "queries": queries, "qrels": qrels}


def grade_of(frequency: float | None) -> int:
    """Relevance of a finding from the share of patients who show it: 0 (never) to 3."""
    if frequency is None:
        return 1
    if frequency <= 0:
        return 0
    return 3 if frequency >= 0.8 else 2 if frequency >= 0.3 else 1
