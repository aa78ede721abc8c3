"""CardioCodeRetrieval: a clinician's term finds the title of its ICD-10-CM code."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from cardiobench.foundation.text import normalise
from cardiobench.sources.concept import Concept
from cardiobench.sources.icd10cm import is_code, read_icd10cm
from cardiobench.sources.ontology import Ontology
from cardiobench.sources.split import split_of
from cardiobench_tasks.catalogue import CARDIO_CODE_RETRIEVAL
from cardiobench_tasks.metadata import task_metadata
from cardiobench_tasks.residual import is_residual
from cardiobench_tasks.retrieval import RetrievalTask
from cardiobench_tasks.task_data import Row, Tables

# Diseases of the circulatory system, and its congenital malformations.
CIRCULATORY_ROOTS = ("chapter 9", "Q20-Q28")
_CATEGORY = re.compile(r"\b[A-Z][0-9][0-9A-Z]\b")


class CardioCodeRetrieval(RetrievalTask):
    """Retrieval over the titles of the circulatory codes; main score nDCG@10.

    Only the title of the code that the tabular list gives is relevant: a title just above or below
    it in the hierarchy is wrong, as it would be in coding. Codes of one title are one document.
    """

    spec = CARDIO_CODE_RETRIEVAL
    metadata = task_metadata(
        CARDIO_CODE_RETRIEVAL,
        origin="icd10cm",
        description=(
            "Find the title of an ICD-10-CM code from an inclusion term, as a clinician writes "
            "it. The corpus holds the titles of chapter 9 and Q20-Q28; queries are terms of codes "
            "held out of CardioBench training and name no residual class. Codes of one title are "
            "one document; codes that share the term are all relevant."
        ),
        task_subtypes=["Article retrieval"],
        prompt={"query": "Given a clinical term, retrieve the title of its ICD-10-CM code."},
    )

    def build(self) -> Tables:
        """Make corpus, queries and qrels from the tabular list."""
        concepts = read_icd10cm().concepts
        codes = circulatory_codes(concepts)
        return code_tables(concepts, asked=codes, corpus=codes)


def circulatory_codes(concepts: Mapping[str, Concept]) -> list[str]:
    """The codes of chapter 9 and of Q20-Q28, in code order."""
    return sorted(filter(is_code, Ontology(concepts).below(CIRCULATORY_ROOTS)))


def code_tables(
    concepts: Mapping[str, Concept], *, asked: Iterable[str], corpus: Iterable[str]
) -> Tables:
    """Queries from the inclusion terms of test codes; the titles of the corpus; qrels.

    Left out are terms that are also a text of a training entry or the title of an answer, terms
    that only residual classes answer ("Other forms of angina pectoris" says nothing of stable
    angina), and coder's instructions such as "Any condition in I00", which no clinician writes.
    Codes of one title are one document, under the first of them.

    Args:
        concepts: every ICD-10-CM concept by identifier: where else a term stands is looked up here.
        asked: the codes whose terms are asked.
        corpus: the codes whose titles are searched.
    """
    owners: dict[str, set[str]] = defaultdict(set)
    for concept in concepts.values():
        for text in (concept.name, *(s.text for s in concept.synonyms)):
            owners[normalise(text)].add(concept.id)
    by_title: dict[str, str] = {}
    for code in corpus:
        by_title.setdefault(normalise(concepts[code].name), code)
    documents = [{"id": code, "text": concepts[code].name} for code in by_title.values()]
    queries: list[Row] = []
    qrels: list[Row] = []
    done: set[str] = set()
    for code in asked:
        for number, term in enumerate(concepts[code].synonyms):
            key = normalise(term.text)
            titles = {normalise(concepts[owner].name) for owner in owners[key]}
            seen = any(split_of(owner) == "train" for owner in owners[key])
            vague = all(is_residual(title) for title in titles)
            if seen or vague or key in titles or key in done or _names_a_code(term.text, concepts):
                continue
            done.add(key)
            query = {"id": f"{code}-{number}", "text": term.text}
            queries.append(query)
            relevant = sorted(by_title[title] for title in titles if title in by_title)
            qrels += [{"query": query["id"], "document": twin} for twin in relevant]
    return {"corpus": documents, "queries": queries, "qrels": qrels}


def _names_a_code(text: str, concepts: Mapping[str, Concept]) -> bool:
    """Whether a text refers to a category of the list."""
    return any(category in concepts for category in _CATEGORY.findall(text))
