"""CardioCodeRetrievalHard: the queries of CardioCodeRetrieval over all of ICD-10-CM."""

from cardiobench.sources.icd10cm import is_code, read_icd10cm
from cardiobench_tasks.cardio_code_retrieval import circulatory_codes, code_tables
from cardiobench_tasks.catalogue import CARDIO_CODE_RETRIEVAL_HARD
from cardiobench_tasks.metadata import task_metadata
from cardiobench_tasks.retrieval import RetrievalTask
from cardiobench_tasks.task_data import Tables


class CardioCodeRetrievalHard(RetrievalTask):
    """Retrieval over the titles of every code of the tabular list; main score nDCG@10."""

    spec = CARDIO_CODE_RETRIEVAL_HARD
    metadata = task_metadata(
        CARDIO_CODE_RETRIEVAL_HARD,
        origin="icd10cm",
        description=(
            "Find the title of an ICD-10-CM code from an inclusion term, as a clinician writes "
            "it, among the titles of all codes of the tabular list. The queries are those of "
            "CardioCodeRetrieval: terms of circulatory codes held out of CardioBench training. "
            "Codes of one title are one document; codes that share the term are all relevant."
        ),
        task_subtypes=["Article retrieval"],
        prompt={"query": "Given a clinical term, retrieve the title of its ICD-10-CM code."},
    )

    def build(self) -> Tables:
        """Make corpus, queries and qrels from the tabular list."""
        concepts = read_icd10cm().concepts
        every = filter(is_code, concepts)
        return code_tables(concepts, asked=circulatory_codes(concepts), corpus=every)
