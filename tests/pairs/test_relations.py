"""Relations: what each ties together, and what it leaves out."""

import pytest

from cardiobench.pairs.relations import DEFAULT_RELATIONS, RELATIONS, Link, Terms, links, source_of
from cardiobench.sources.concept import Concept, Synonym
from cardiobench.sources.hpo import read_hpo
from cardiobench.sources.icd10cm import read_icd10cm


def of(concept: Concept, relation: str, terms: Terms | None = None) -> list[Link]:
    return list(links(concept, relation, terms or Terms(concepts={})))


def exact(*texts: str, kind: str = "") -> tuple[Synonym, ...]:
    return tuple(Synonym(text=text, scope="EXACT", kind=kind) for text in texts)


@pytest.fixture(scope="module")
def hpo() -> Terms:
    return Terms(concepts=read_hpo().concepts)


@pytest.fixture(scope="module")
def icd() -> Terms:
    return Terms(concepts=read_icd10cm().concepts)


def test_every_relation_has_a_name_and_says_what_it_is():
    """The default ones stand first, so that their order in a training set is fixed."""
    assert tuple(RELATIONS)[: len(DEFAULT_RELATIONS)] == DEFAULT_RELATIONS
    assert all(relation.__doc__ for relation in RELATIONS.values())


def test_synonyms_are_paired_two_by_two():
    """Three exact synonyms give three pairs, the name is in none; a related one gives nothing."""
    related = (Synonym(text="X", scope="RELATED"),)
    concept = Concept(id="X:1", name="N", synonyms=(*exact("A", "B", "C"), *related))
    assert of(concept, "synonym-synonym") == [Link("A", "B"), Link("A", "C"), Link("B", "C")]


def test_a_child_is_paired_with_its_parent(hpo):
    """Mitral regurgitation is an abnormal mitral valve physiology, as HPO has it."""
    concept = hpo.concepts["HP:0001653"]
    found = of(concept, "is-a", hpo)
    assert {link.other for link in found} == set(concept.parents)
    assert {link.anchor for link in found} == {"Mitral regurgitation"}
    assert all(link.positive == hpo.concepts[link.other].name for link in found)


def test_siblings_are_never_positives(hpo):
    """No is-a link joins two concepts below one parent, in all of HPO; nor does a made-up one."""
    joined = [
        (concept, hpo.concepts[link.other])
        for concept in hpo.concepts.values()
        for link in of(concept, "is-a", hpo)
    ]
    assert len(joined) > 20_000
    assert not any(set(child.parents) & set(parent.parents) for child, parent in joined)
    top, parent = Concept(id="X:0", name="Top"), Concept(id="X:1", name="P", parents=("X:0",))
    child = Concept(id="X:2", name="C", parents=("X:0", "X:1"))
    made = Terms(concepts={c.id: c for c in (top, parent, child)})
    assert of(child, "is-a", made) == [Link("C", "Top", "X:0")]


def test_inclusion_terms_lead_to_the_title_and_are_no_synonyms(icd):
    """I21.4 lists how clinicians write it; two cases of one code do not mean the same."""
    code = icd.concepts["I21.4"]
    found = of(code, "inclusion-term", icd)
    assert Link("Nontransmural myocardial infarction NOS", code.name) in found
    assert len(found) == len(code.synonyms) > 0
    for relation in ("synonym-name", "synonym-synonym", "synonym-definition"):
        assert of(code, relation, icd) == []


def test_a_code_is_paired_with_the_title_above_only_where_that_says_more(icd):
    """A title that spells out its parent's words teaches no more than shared wording."""
    found = {
        link.other: link for i in ("I21", "I21.4") for link in of(icd.concepts[i], *HIERARCHY, icd)
    }
    assert found["I20-I25"].positive == "Ischemic heart diseases"
    parent = Concept(id="I98", name="Angina")
    child = Concept(id="I98.0", name="Unstable angina", parents=("I98",))
    made = Terms(concepts={"I98": parent, "I98.0": child})
    assert of(child, "code-hierarchy", made) == []


HIERARCHY = ("code-hierarchy",)


def test_each_source_has_its_own_hierarchy(hpo, icd):
    """HPO gives no code-hierarchy and ICD no is-a."""
    assert of(hpo.concepts["HP:0001653"], "code-hierarchy", hpo) == []
    assert of(icd.concepts["I21.4"], "is-a", icd) == []


def test_a_disease_is_paired_with_its_findings(hpo):
    """Findings that the release lacks are passed over; other concepts give nothing."""
    disease = Concept(id="OMIM:154700", name="Marfan syndrome")
    findings = {"OMIM:154700": ["HP:0001653", "HP:9999999"]}
    terms = Terms(concepts={**hpo.concepts, disease.id: disease}, findings=findings)
    expected = [Link("Marfan syndrome", "Mitral regurgitation", "HP:0001653")]
    assert of(disease, "disease-phenotype", terms) == expected
    assert of(hpo.concepts["HP:0001653"], "disease-phenotype", terms) == []


@pytest.mark.parametrize("relation", RELATIONS)
def test_a_concept_that_has_only_a_name_gives_nothing(relation):
    """No link has an empty side."""
    assert of(Concept(id="X:1", name="Name"), relation) == []


@pytest.mark.parametrize(
    ("concept", "source"),
    [
        ("HP:0001653", "hpo"),
        ("I21.4", "icd10cm"),
        ("I20-I25", "icd10cm"),
        ("chapter 9", "icd10cm"),
        ("OMIM:154700", "hpo-annotations"),
        ("ORPHA:558", "hpo-annotations"),
        ("DECIPHER:1", "hpo-annotations"),
        ("mine.jsonl:3", "mine.jsonl"),
    ],
)
def test_the_source_is_read_off_the_identifier(concept, source):
    """And a user's row names its file."""
    assert source_of(concept) == source
