"""CardioPhenotypeRetrieval: which findings belong to a disease, among equally common ones?"""

from collections.abc import Mapping
from typing import Any

from cardiobench.sources.hpo import read_hpo
from cardiobench.sources.hpo_annotations import read_annotations
from cardiobench.sources.hpo_cardiology import cardiology_areas
from cardiobench_tasks.catalogue import CARDIO_PHENOTYPE_RETRIEVAL
from cardiobench_tasks.disease_findings import DiseaseFindings, choose_findings
from cardiobench_tasks.item_scores import ItemScores
from cardiobench_tasks.metadata import task_metadata
from cardiobench_tasks.retrieval import RetrievalTask
from cardiobench_tasks.task_data import Tables


class CardioPhenotypeRetrieval(RetrievalTask):
    """Ranking of a disease's candidates; main score ``findings_auroc`` (chance 0.5).

    Each query has as many wrong candidates as right ones, and each finding is wrong as often as it
    is right: a list that ignores the disease gains nothing.
    """

    spec = CARDIO_PHENOTYPE_RETRIEVAL
    metadata = task_metadata(
        CARDIO_PHENOTYPE_RETRIEVAL,
        origin="hpo",
        description=(
            "Tell a disease's cardiac and vascular findings from those of other diseases, by its "
            "name. Every finding is wrong as often as it is right, wrong ones are about as common "
            "among training diseases as the right ones, and none shares the root of a word with "
            "the disease's name. Findings above or below an annotated one, or annotated to a "
            "disease of the same family, are never wrong. Score: the share of pairs of a right and "
            "a wrong finding in the right order, mean over diseases. Diseases are held out of "
            "CardioBench training."
        ),
        task_subtypes=["Article retrieval"],
        prompt={"query": "Given a disease, retrieve its cardiovascular findings."},
    )

    def build(self) -> Tables:
        """Make corpus, queries, qrels and candidates from HPO and its annotations."""
        concepts = read_hpo().concepts
        areas = cardiology_areas(concepts)
        chosen = choose_findings(DiseaseFindings(concepts, areas, read_annotations()))
        used = sorted({finding for c in chosen for finding in (*c.right, *c.wrong)})
        return {
            "corpus": [{"id": i, "text": concepts[i].name} for i in used],
            "queries": [{"id": c.disease, "text": c.name} for c in chosen],
            "qrels": [{"query": c.disease, "document": i} for c in chosen for i in c.right],
            # In the order of identifiers, which says nothing: ties gain nothing either.
            "candidates": [
                {"query": c.disease, "documents": sorted((*c.right, *c.wrong))} for c in chosen
            ],
        }

    def item_scores(self, predictions: Any) -> ItemScores:
        """AUROC of each disease's candidates, from mteb's predictions for the split."""
        data = self.dataset["default"][self.spec.split]
        ids = sorted(data["relevant_docs"])
        return ItemScores(
            ids=ids,
            values=[candidates_auroc(predictions[i], data["relevant_docs"][i]) for i in ids],
            clusters=[[i] for i in ids],
        )

    def task_specific_scores(
        self,
        scores: dict[str, dict[str, float]],
        qrels: Any,
        results: dict[str, dict[str, float]],
        hf_split: str,
        hf_subset: str,
    ) -> dict[str, float]:
        """The main score, mean over diseases; extends mteb's public hook."""
        values = [candidates_auroc(results[query], right) for query, right in qrels.items()]
        return {"findings_auroc": sum(values) / len(values)}


def candidates_auroc(similarity: Mapping[str, float], right: Mapping[str, int]) -> float:
    """Share of pairs of a right and a wrong candidate in the right order; a tie counts one half.

    Args:
        similarity: of each candidate to the query.
        right: the right candidates.
    """
    wrong = [value for document, value in similarity.items() if document not in right]
    pairs = [(similarity[document], value) for document in right for value in wrong]
    return sum(1.0 if r > w else 0.5 if r == w else 0.0 for r, w in pairs) / len(pairs)
