"""The tasks over ICD-10-CM titles and over all of HPO's definitions mean what they say."""

import re
from collections import defaultdict
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cardiobench.errors import DataError
from cardiobench.foundation.text import normalise
from cardiobench.sources.concept import Concept, Synonym
from cardiobench.sources.hpo import carried_file
from cardiobench.sources.icd10cm import CARRIED_NAME, Icd10cm, is_code, read_icd10cm
from cardiobench.sources.packaged import package_file
from cardiobench.sources.split import split_of
from cardiobench_tasks.cardio_code_retrieval import code_tables
from cardiobench_tasks.cardio_term_retrieval import WRONG_DEFINITIONS, restates, term_tables
from cardiobench_tasks.catalogue import (
    CARDIO_CODE_RETRIEVAL,
    CARDIO_CODE_RETRIEVAL_HARD,
    CARDIO_TERM_RETRIEVAL,
    CARDIO_TERM_RETRIEVAL_HARD,
)
from cardiobench_tasks.residual import is_residual
from cardiobench_tasks.task_data import revision_of, task_tables

CODES = (CARDIO_CODE_RETRIEVAL, CARDIO_CODE_RETRIEVAL_HARD)
NEW = (*CODES, CARDIO_TERM_RETRIEVAL_HARD)
EVERY = (*NEW, CARDIO_TERM_RETRIEVAL)


@pytest.fixture(scope="module")
def tables(private_cache: Path) -> dict[str, Any]:
    """The tables of each task, built from the sources."""
    return {spec.name: spec.load().build() for spec in EVERY}


@pytest.fixture(scope="module")
def icd(private_cache: Path) -> Icd10cm:
    return read_icd10cm()


def relevant(tables: Any) -> dict[str, set[str]]:
    """Query text to its relevant documents."""
    text = {query["id"]: query["text"] for query in tables["queries"]}
    found: dict[str, set[str]] = defaultdict(set)
    for row in tables["qrels"]:
        found[text[row["query"]]].add(row["document"])
    return dict(found)


def concept(code: str, name: str, *terms: str) -> Concept:
    synonyms = tuple(Synonym(text=t, scope="EXACT", kind="inclusion") for t in terms)
    return Concept(id=code, name=name, synonyms=synonyms)


def sided(side: str, count: int) -> list[str]:
    """Made-up codes that lie on one side of the split."""
    codes = (f"I{number:02d}.{below}" for number in range(10, 99) for below in range(10))
    return [code for code in codes if split_of(code) == side][:count]


@pytest.mark.parametrize("spec", EVERY, ids=lambda spec: spec.name)
def test_data_is_built_the_same_every_time_and_is_the_pinned_one(
    spec: Any, tables: dict[str, Any]
) -> None:
    """Two builds give the pinned content hash."""
    assert revision_of(tables[spec.name]) == spec.revision
    assert revision_of(spec.load().build()) == spec.revision


@pytest.mark.parametrize("spec", NEW, ids=lambda spec: spec.name)
def test_metadata_is_filled_as_mteb_demands(spec: Any) -> None:
    """mteb's own check passes, the catalogue tells the same story, the source is the true one."""
    metadata = spec.load().metadata
    assert metadata.is_filled()
    assert (metadata.name, metadata.type) == (spec.name, "Retrieval") == (spec.name, spec.type)
    assert (metadata.revision, metadata.main_score) == (spec.revision, "ndcg_at_10")
    assert spec.hard == spec.name.endswith("Hard")
    site = "icd-10-cm" if spec.sources == ("ICD-10-CM",) else "hpo.jax.org"
    assert site in str(metadata.reference)


@pytest.mark.parametrize("spec", NEW, ids=lambda spec: spec.name)
def test_mteb_gets_the_tables(spec: Any, tables: dict[str, Any]) -> None:
    """Corpus, queries and qrels reach mteb under the split that carries the revision."""
    task = spec.load()
    task.load_data()
    data = task.dataset["default"][spec.split]
    assert len(data["corpus"]) == len(tables[spec.name]["corpus"])
    assert list(data["queries"]) == tables[spec.name]["queries"]
    assert set(data["relevant_docs"]) == {query["id"] for query in tables[spec.name]["queries"]}
    assert sum(map(len, data["relevant_docs"].values())) == len(tables[spec.name]["qrels"])


@pytest.mark.parametrize("spec", EVERY, ids=lambda spec: spec.name)
def test_every_query_is_asked_once_and_can_be_answered(spec: Any, tables: dict[str, Any]) -> None:
    """No text twice, no document twice, every answer in the corpus."""
    built = tables[spec.name]
    for table in ("corpus", "queries"):
        assert len({row["id"] for row in built[table]}) == len(built[table])
    assert len({normalise(query["text"]) for query in built["queries"]}) == len(built["queries"])
    documents = {row["id"] for row in built["corpus"]}
    answers = relevant(built)
    assert len(answers) == len(built["queries"])
    assert all(found <= documents for found in answers.values())
    assert all(row["text"] for table in ("corpus", "queries") for row in built[table])


def test_the_corpus_is_the_circulatory_chapter_and_its_congenital_block(
    tables: dict[str, Any], icd: Icd10cm
) -> None:
    """Every title of a code from I or Q20 to Q28, found in the file without an XML parser; once."""
    file = package_file("simple_icd_10_cm", CARRIED_NAME, source="ICD-10-CM")
    text = file.read_text(encoding="utf-8")
    listed = set(re.findall(r"<name>((?:I[0-9]|Q2[0-8])[0-9A-Z.]*)</name>", text))
    corpus = {row["id"] for row in tables["CardioCodeRetrieval"]["corpus"]}
    assert corpus <= listed
    titles = {normalise(icd.concepts[code].name) for code in listed}
    assert len(corpus) == len(titles) == 1_890
    assert {split_of(code) for code in corpus} == {"train", "test"}


def test_the_hard_corpora_are_whole(tables: dict[str, Any], icd: Icd10cm) -> None:
    """All titles of 46,881 codes, each once; all 16,449 definitions of HPO but three wrong ones."""
    titles = [normalise(row["text"]) for row in tables["CardioCodeRetrievalHard"]["corpus"]]
    codes = [c for c in icd.concepts.values() if is_code(c.id)]
    assert len(codes) == 46_881
    assert set(titles) == {normalise(c.name) for c in codes}
    assert len(titles) == len(set(titles)) == 46_138
    stanzas = carried_file("hp.obo").read_text(encoding="utf-8").split("\n\n")
    current = [s for s in stanzas if "\ndef: " in s and "is_obsolete: true" not in s]
    corpus = tables["CardioTermRetrievalHard"]["corpus"]
    assert len(corpus) + len(WRONG_DEFINITIONS) == len(current) == 16_449


@pytest.mark.parametrize("name", ["CardioCodeRetrieval", "CardioTermRetrieval"])
def test_the_hard_task_asks_the_same_of_more_documents(tables: dict[str, Any], name: str) -> None:
    """Same queries; what was relevant stays so, and every other document is a distractor."""
    easy, hard = tables[name], tables[f"{name}Hard"]
    assert hard["queries"] == easy["queries"]
    before, after = relevant(easy), relevant(hard)
    assert all(before[query] <= after[query] for query in before)
    assert {row["id"] for row in easy["corpus"]} < {row["id"] for row in hard["corpus"]}


@pytest.mark.parametrize("spec", CODES, ids=lambda spec: spec.name)
def test_no_text_of_a_training_entry_is_asked(
    spec: Any, tables: dict[str, Any], icd: Icd10cm
) -> None:
    """Titles and terms of the whole list's training side, chapters and blocks included."""
    seen = {
        normalise(text)
        for entry in icd.concepts.values()
        if split_of(entry.id) == "train"
        for text in (entry.name, *(s.text for s in entry.synonyms))
    }
    assert len(seen) > 30_000
    queries = tables[spec.name]["queries"]
    assert len(queries) >= 120
    assert {split_of(query["id"].rpartition("-")[0]) for query in queries} == {"test"}
    assert not seen & {normalise(query["text"]) for query in queries}


@pytest.mark.parametrize("spec", CODES, ids=lambda spec: spec.name)
def test_queries_are_terms_not_titles_nor_instructions(
    spec: Any, tables: dict[str, Any], icd: Icd10cm
) -> None:
    """Each is an inclusion term of its code in other words than the titles that answer it."""
    answers = relevant(tables[spec.name])
    for query in tables[spec.name]["queries"]:
        code = query["id"].rpartition("-")[0]
        assert query["text"] in {s.text for s in icd.concepts[code].synonyms}
        own = normalise(icd.concepts[code].name)
        assert own in {normalise(icd.concepts[c].name) for c in answers[query["text"]]}
        titles = {normalise(icd.concepts[c].name) for c in answers[query["text"]]}
        assert normalise(query["text"]) not in titles
    texts = set(answers)
    assert "Any condition in I00 with unspecified type of heart involvement" not in texts
    assert {"Wolff-Parkinson-White syndrome", "Stage D heart failure"} <= texts


@pytest.mark.parametrize("spec", CODES, ids=lambda spec: spec.name)
def test_no_residual_class_is_the_only_answer(spec: Any, tables: dict[str, Any]) -> None:
    """Stable angina is filed under "Other forms of angina pectoris": not asked."""
    answers = relevant(tables[spec.name])
    titles = {row["id"]: row["text"] for row in tables[spec.name]["corpus"]}
    assert "Stable angina" not in answers
    for found in answers.values():
        assert any(not is_residual(titles[code]) for code in found)


def test_a_definition_that_restates_the_name_is_not_asked(tables: dict[str, Any]) -> None:
    """Nor are concepts with a wrong definition, or vessels of the face."""
    assert restates("Any structural abnormality of the left atrium.", "Abnormal left atrium")
    assert not restates("Inflammation of the myocardium.", "Myocarditis")
    asked = {query["id"].rpartition("-")[0] for query in tables["CardioTermRetrieval"]["queries"]}
    assert not asked & WRONG_DEFINITIONS
    texts = {row["text"] for row in tables["CardioTermRetrieval"]["queries"]}
    assert "Abnormal coronary artery morphology" not in texts
    assert "Abnormal facial artery morphology" not in texts


def test_codes_that_share_a_term_are_all_relevant(icd: Icd10cm) -> None:
    """Over the whole list, three codes bear one term of ruptured membranes; it is asked once."""
    every = [code for code in icd.concepts if is_code(code)]
    answers = relevant(code_tables(icd.concepts, asked=every, corpus=every))
    term = "Premature rupture of membranes before 37 completed weeks of gestation"
    assert {"O42.01", "O42.11"} <= answers[term]


def test_the_rules_by_hand() -> None:
    """One shared term, one term of a training code, one title, one instruction."""
    first, second, third, parent = sided("test", 4)
    (seen,) = sided("train", 1)
    entries = [
        concept(first, "Rhythm", "Palpitations", "Fluttering", f"Conditions in {third}", "RHYTHM."),
        concept(second, "Beats", "palpitations", "Thumping"),
        concept(third, "Pulse", "Throbbing"),
        concept(parent, "pulse"),
        concept(seen, "Flutter", "Thumping", "Trembling"),
        concept(third[:3], "Category"),
    ]
    concepts = {entry.id: entry for entry in entries}
    built = code_tables(concepts, asked=sorted(concepts), corpus=[first, second, third, parent])
    assert relevant(built) == {
        "Palpitations": {first, second},
        "Fluttering": {first},
        "Throbbing": {third},
    }
    apart = code_tables(concepts, asked=[first], corpus=[first])
    assert relevant(apart) == {"Palpitations": {first}, "Fluttering": {first}}


def test_concepts_of_one_definition_or_name_are_all_relevant() -> None:
    """HPO has no such twins today; another release may."""
    first, second, third, fourth = sided("test", 4)
    (seen,) = sided("train", 1)
    entries = [
        Concept(id=first, name="Stenosis", definition="A narrowing."),
        Concept(id=second, name="Stricture", definition="A  narrowing"),
        Concept(id=third, name="stenosis", definition="A tightness."),
        Concept(id=fourth, name="Dilatation", definition="A widening."),
        Concept(id=seen, name="dilatation", definition="A widening."),
    ]
    concepts = {entry.id: entry for entry in entries}
    hard = relevant(term_tables(concepts, asked=[first, third, fourth], corpus=concepts))
    assert hard == {"Stenosis": {first, second, third}}


@pytest.mark.parametrize("spec", NEW, ids=lambda spec: spec.name)
def test_a_damaged_cache_file_is_rebuilt(
    spec: Any, tables: dict[str, Any], private_cache: Path
) -> None:
    """A cached table that does not hash to the pinned revision is never believed."""
    task_tables(spec, spec.load().build)
    (cached,) = (private_cache / "tasks").glob(f"{spec.name}-{spec.revision[:16]}*")
    whole = cached.read_bytes()
    cached.write_bytes(whole.replace(b"stenosis", b"fitness!"))
    assert cached.read_bytes() != whole
    built: list[int] = []

    def build() -> Any:
        built.append(1)
        return tables[spec.name]

    assert task_tables(spec, build) == tables[spec.name]
    assert built == [1]
    assert cached.read_bytes() == whole


def test_another_release_than_the_pinned_is_refused_with_its_remedy(
    tables: dict[str, Any],
) -> None:
    """The pip command names the package that carries the list."""
    changed = dict(tables["CardioCodeRetrieval"])
    changed["queries"] = changed["queries"][1:]
    spec = replace(CARDIO_CODE_RETRIEVAL, revision="f" * 40)
    with pytest.raises(DataError, match=r"pip install -c constraints\.txt simple-icd-10-cm"):
        task_tables(spec, lambda: changed)
