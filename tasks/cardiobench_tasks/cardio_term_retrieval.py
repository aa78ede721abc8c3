"""CardioTermRetrieval: the name or a synonym of a held-out concept finds its definition."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from cardiobench.foundation.text import normalise
from cardiobench.sources.concept import Concept
from cardiobench.sources.hpo import read_hpo
from cardiobench.sources.hpo_cardiology import cardiology_areas
from cardiobench.sources.split import split_of
from cardiobench_tasks.catalogue import CARDIO_TERM_RETRIEVAL
from cardiobench_tasks.metadata import task_metadata
from cardiobench_tasks.retrieval import RetrievalTask
from cardiobench_tasks.task_data import Row, Tables


class CardioTermRetrieval(RetrievalTask):
    """Retrieval over HPO's cardiology definitions; main score nDCG@10, Acc@1 is hit_rate_at_1."""

    spec = CARDIO_TERM_RETRIEVAL
    metadata = task_metadata(
        CARDIO_TERM_RETRIEVAL,
        origin="hpo",
        description=(
            "Find the definition of a cardiology concept from its name or an exact synonym. "
            "Queries are concepts held out of CardioBench training; the corpus holds the "
            "definitions of all cardiology concepts, those seen in training as distractors."
        ),
        task_subtypes=["Article retrieval"],
        prompt={"query": "Given a cardiology term, retrieve its definition."},
    )

    def build(self) -> Tables:
        """Make corpus, queries and qrels from HPO."""
        concepts = read_hpo().concepts
        areas = cardiology_areas(concepts)
        return term_tables(concepts, asked=areas, corpus=areas)


def term_tables(
    concepts: Mapping[str, Concept], *, asked: Iterable[str], corpus: Iterable[str]
) -> Tables:
    """Queries from the names of test concepts; the definitions of the corpus; qrels.

    Args:
        concepts: every HPO concept by identifier.
        asked: concepts whose names are asked, if they have a definition; all are in the corpus.
        corpus: concepts whose definitions, if they have one, are searched.
    """
    defined = [concepts[i] for i in corpus if concepts[i].definition]
    by_definition: dict[str, list[str]] = defaultdict(list)
    by_name: dict[str, list[str]] = defaultdict(list)
    for concept in defined:
        by_definition[normalise(concept.definition)].append(concept.id)
        for name in concept.exact_names():
            by_name[normalise(name)].append(concept.id)
    queries: list[Row] = []
    qrels: list[Row] = []
    done: set[str] = set()
    for concept in (concepts[i] for i in asked if concepts[i].definition):
        for number, name in enumerate(concept.exact_names()):
            owners = by_name[normalise(name)]
            # A name shared with a training concept was seen in training; twins ask once.
            if normalise(name) in done or any(split_of(o) != "test" for o in owners):
                continue
            done.add(normalise(name))
            query = {"id": f"{concept.id}-{number}", "text": name}
            queries.append(query)
            relevant = {
                twin
                for owner in owners
                for twin in by_definition[normalise(concepts[owner].definition)]
            }
            qrels += [{"query": query["id"], "document": d} for d in sorted(relevant)]
    documents = [{"id": concept.id, "text": concept.definition} for concept in defined]
    return {"corpus": documents, "queries": queries, "qrels": qrels}
