"""CardioTermRetrievalHard: the queries of CardioTermRetrieval over all of HPO's definitions."""

from cardiobench.sources.hpo import read_hpo
from cardiobench_tasks.cardio_term_retrieval import WRONG_DEFINITIONS, asked_concepts, term_tables
from cardiobench_tasks.catalogue import CARDIO_TERM_RETRIEVAL_HARD
from cardiobench_tasks.metadata import task_metadata
from cardiobench_tasks.retrieval import RetrievalTask
from cardiobench_tasks.task_data import Tables


class CardioTermRetrievalHard(RetrievalTask):
    """Retrieval over every definition of HPO; main score nDCG@10, Acc@1 is hit_rate_at_1."""

    spec = CARDIO_TERM_RETRIEVAL_HARD
    metadata = task_metadata(
        CARDIO_TERM_RETRIEVAL_HARD,
        origin="hpo",
        description=(
            "Find the definition of a cardiology concept from its name or an exact synonym, among "
            "the definitions of all of HPO. The queries are those of CardioTermRetrieval: concepts "
            "held out of CardioBench training. Concepts with the same definition are all relevant."
        ),
        task_subtypes=["Article retrieval"],
        prompt={"query": "Given a cardiology term, retrieve its definition."},
    )

    def build(self) -> Tables:
        """Make corpus, queries and qrels from HPO."""
        concepts = read_hpo().concepts
        corpus = [i for i in concepts if i not in WRONG_DEFINITIONS]
        return term_tables(concepts, asked=asked_concepts(concepts), corpus=corpus)
