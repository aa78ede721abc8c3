"""CardioTermRetrieval: the name or a synonym of a held-out concept finds its definition."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from cardiobench.foundation.text import normalise
from cardiobench.sources.concept import Concept
from cardiobench.sources.hpo import read_hpo
from cardiobench.sources.hpo_cardiology import cardiology_areas
from cardiobench.sources.ontology import Ontology
from cardiobench.sources.split import split_of
from cardiobench_tasks.catalogue import CARDIO_TERM_RETRIEVAL
from cardiobench_tasks.metadata import task_metadata
from cardiobench_tasks.retrieval import RetrievalTask
from cardiobench_tasks.task_data import Row, Tables

# Left out whole: HPO gives them the definition of something else, or no definition at all.
WRONG_DEFINITIONS = frozenset(
    {
        "HP:0011593",  # left arch with Kommerell's diverticulum: how a vascular ring is completed
        "HP:0011539",  # ambiguous atrial situs: a common atrium
        "HP:0001667",  # right ventricular hypertrophy: the sign of one disease on a chest film
    }
)
# Vessels of the face are no cardiology.
FACE_ROOTS = ("HP:3000024", "HP:3000049")  # facial artery, greater palatine artery
# What a definition says of any finding.
_EMPTY = (
    "a abnormal abnormalities abnormality abnormally an and any anomaly anomalies are as at be by "
    "characterized complete condition congenital defect defined disease disorder for form from "
    "function functional in increase is it its morphology no of on onset or path physiology "
    "presence present presenting properties referring refers structural structure that the these "
    "this to type which with"
)
_EMPTY_WORDS = frozenset(_EMPTY.split())


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
        wanted = asked_concepts(concepts)
        return term_tables(concepts, asked=wanted, corpus=wanted)


def asked_concepts(concepts: Mapping[str, Concept]) -> list[str]:
    """The cardiology concepts whose names are asked, in identifier order."""
    left_out = WRONG_DEFINITIONS | Ontology(concepts).below(FACE_ROOTS)
    return [i for i in cardiology_areas(concepts) if i not in left_out]


def restates(definition: str, name: str) -> bool:
    """Whether a definition says no more than the name: all words of weight stand in both.

    Words count as one that begin with the same four letters ("valve", "valvular").

    >>> restates("Any structural abnormality of the left atrium.", "Abnormal left atrium")
    True
    """
    own = {word[:4] for word in normalise(name).split()}
    return all(w in _EMPTY_WORDS or w[:4] in own for w in normalise(definition).split())


def term_tables(
    concepts: Mapping[str, Concept], *, asked: Iterable[str], corpus: Iterable[str]
) -> Tables:
    """Queries from the names of test concepts; the definitions of the corpus; qrels.

    A concept whose definition only restates one of its names is not asked.

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
            if any(restates(concept.definition, known) for known in concept.exact_names()):
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
