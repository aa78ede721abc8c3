"""How two texts come to mean, or describe, the same: one small generator per relation."""

import dataclasses
import itertools
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from cardiobench.foundation.text import normalise
from cardiobench.sources.concept import Concept

INCLUSION = "inclusion"


class Link(NamedTuple):
    """Two texts that a relation ties.

    Attributes:
        anchor: the first text.
        positive: the second text.
        other: the second concept, where the relation joins two; else ``""``.
    """

    anchor: str
    positive: str
    other: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What relations are drawn from.

    Attributes:
        concepts: every concept of every loaded source by identifier; parents are among them.
            Diseases are concepts that have a name only.
        findings: disease identifier to the phenotypes to pair it with, sorted.
    """

    concepts: Mapping[str, Concept]
    findings: Mapping[str, Collection[str]] = field(default_factory=dict)


Relation = Callable[[Concept, Terms], Iterator[Link]]


def is_coded(concept_id: str) -> bool:
    """Whether an identifier is ICD's: a code, block or chapter; all others have a prefix."""
    return ":" not in concept_id


def source_of(concept_id: str) -> str:
    """The source of a concept, from its identifier: ``"HP:0001645"`` gives ``"hpo"``.

    Users' own pairs are named ``FILE:ROW``, and their file is their source; pairs from documents
    are ``documents:NAME/...``.
    """
    if is_coded(concept_id):
        return "icd10cm"
    prefix = concept_id.rpartition(":")[0]
    annotated = ("OMIM", "ORPHA", "DECIPHER")
    return "hpo" if prefix == "HP" else "hpo-annotations" if prefix in annotated else prefix


def name_definition(concept: Concept, terms: Terms) -> Iterator[Link]:
    """The name and the definition."""
    yield Link(concept.name, concept.definition)


def synonym_name(concept: Concept, terms: Terms) -> Iterator[Link]:
    """Each exact synonym and the name."""
    for synonym in _synonyms(concept):
        yield Link(synonym, concept.name)


def synonym_definition(concept: Concept, terms: Terms) -> Iterator[Link]:
    """Each exact synonym and the definition."""
    for synonym in _synonyms(concept):
        yield Link(synonym, concept.definition)


def definition_comment(concept: Concept, terms: Terms) -> Iterator[Link]:
    """The definition and the editors' comment."""
    yield Link(concept.definition, concept.comment)


def synonym_synonym(concept: Concept, terms: Terms) -> Iterator[Link]:
    """Two exact synonyms. ICD's inclusion terms are cases of a code, not synonyms of each other."""
    for first, second in itertools.combinations(_synonyms(concept), 2):
        yield Link(first, second)


def is_a(concept: Concept, terms: Terms) -> Iterator[Link]:
    """A child's name and its parent's. A parent that is also a sibling is passed over."""
    if not is_coded(concept.id):
        for parent in _parents(concept, terms):
            if not set(parent.parents) & set(concept.parents):
                yield Link(concept.name, parent.name, parent.id)


def inclusion_term(concept: Concept, terms: Terms) -> Iterator[Link]:
    """An ICD inclusion term, which is how clinicians write it, and the code's title."""
    for synonym in concept.synonyms:
        if synonym.kind == INCLUSION:
            yield Link(synonym.text, concept.name)


def code_hierarchy(concept: Concept, terms: Terms) -> Iterator[Link]:
    """An ICD title and the title above it, unless the first already spells out the second.

    ``"Acute tubulo-interstitial nephritis"`` says nothing of ``"Renal tubulo-interstitial
    diseases"``; ``"Unstable angina with hypertension"`` below ``"Unstable angina"`` says it all.
    """
    if is_coded(concept.id):
        own = set(normalise(concept.name).split())
        for parent in _parents(concept, terms):
            if not set(normalise(parent.name).split()) <= own:
                yield Link(concept.name, parent.name, parent.id)


def disease_phenotype(concept: Concept, terms: Terms) -> Iterator[Link]:
    """A disease's name and the name of a finding that patients show."""
    for phenotype in terms.findings.get(concept.id, ()):
        if phenotype in terms.concepts:
            yield Link(concept.name, terms.concepts[phenotype].name, phenotype)


# In this order the pairs of a concept stand in a training set.
RELATIONS: dict[str, Relation] = {
    "name-definition": name_definition,
    "synonym-name": synonym_name,
    "synonym-definition": synonym_definition,
    "definition-comment": definition_comment,
    "synonym-synonym": synonym_synonym,
    "is-a": is_a,
    "inclusion-term": inclusion_term,
    "code-hierarchy": code_hierarchy,
    "disease-phenotype": disease_phenotype,
}
# What a recipe trains on unless it says otherwise: the texts of one concept.
DEFAULT_RELATIONS: tuple[str, ...] = (
    "name-definition",
    "synonym-name",
    "synonym-definition",
    "definition-comment",
)


def links(concept: Concept, relation: str, terms: Terms) -> Iterator[Link]:
    """The links of one concept under one relation, without those that lack a text."""
    return (link for link in RELATIONS[relation](concept, terms) if link.anchor and link.positive)


def _synonyms(concept: Concept) -> list[str]:
    synonyms = tuple(s for s in concept.synonyms if s.kind != INCLUSION)
    return list(dataclasses.replace(concept, synonyms=synonyms).exact_names()[1:])


def _parents(concept: Concept, terms: Terms) -> list[Concept]:
    return [terms.concepts[parent] for parent in concept.parents if parent in terms.concepts]
