"""CardioQARetrieval: a clinician's or patient's question finds the passage that answers it."""

from typing import Any

from cardiobench_tasks.catalogue import CARDIO_QA_RETRIEVAL
from cardiobench_tasks.metadata import task_metadata
from cardiobench_tasks.retrieval import RetrievalTask, stratum_means
from cardiobench_tasks.task_data import Tables, written_rows


class CardioQARetrieval(RetrievalTask):
    """Retrieval over short passages on all of cardiology; main score nDCG@10.

    Queries carry ``style`` (``clinician`` or ``patient``) and ``area``; nDCG@10 of each is a
    further score.
    """

    spec = CARDIO_QA_RETRIEVAL
    metadata = task_metadata(
        CARDIO_QA_RETRIEVAL,
        origin="written",
        description=(
            "Find the passage that answers a cardiology question, half as a clinician asks, half "
            "as a patient asks, among passages with several on the same topic. Areas from "
            "arrhythmia to drugs, devices, imaging, procedures, emergencies, prevention, "
            "paediatric and obstetric cardiology. Written by language models and read a second "
            "time by others against a checklist; no clinician has reviewed it; not for clinical "
            "decisions."
        ),
        task_subtypes=["Question Answering Retrieval"],
        domains=["Medical", "Written", "Constructed"],
        prompt={"query": "Given a cardiology question, retrieve the passage that answers it."},
    )

    def build(self) -> Tables:
        """Make corpus, queries and qrels from the text that comes with the package."""
        questions = written_rows("qa_questions")
        return {
            "corpus": [
                {"id": row["id"], "text": row["text"]} for row in written_rows("qa_passages")
            ],
            "queries": [
                {key: row[key] for key in ("id", "text", "style", "area")} for row in questions
            ],
            "qrels": [
                {"query": row["id"], "document": passage}
                for row in questions
                for passage in row["relevant"]
            ],
        }

    def task_specific_scores(
        self,
        scores: dict[str, dict[str, float]],
        qrels: Any,
        results: dict[str, dict[str, float]],
        hf_split: str,
        hf_subset: str,
    ) -> dict[str, float]:
        """nDCG@10 by style and by area, means over their queries; extends mteb's public hook."""
        queries = self.dataset[hf_subset][hf_split]["queries"]
        return stratum_means(queries, scores, {"style": "", "area": "area_"})
