"""Pairs from documents pass the same leak checks as all others, and records name no path."""

from pathlib import Path

import pytest

from cardiobench.documents.library import read_library
from cardiobench.errors import CardioBenchError
from cardiobench.pairs.build import training_pairs
from cardiobench.pairs.document_text import quotes, read_fingerprint, write_fingerprint
from cardiobench.pairs.documents import chosen_strategies, document_facts, document_pairs
from cardiobench.pairs.near_duplicates import near_duplicates
from cardiobench.pairs.pair import Pair, TrainingPairs
from cardiobench.pairs.subsets import validation_split
from cardiobench.sources.concept import Concept
from cardiobench.sources.split import split_of
from cardiobench.training.recipe import Recipe, parse_recipe

TEST = next(f"HP:{n:07}" for n in range(100) if split_of(f"HP:{n:07}") == "test")
TESTED = {TEST: Concept(id=TEST, name="Wobbly heart valve of the moon")}
QUOTED = "The patient had a wobbly heart valve of the moon"


def made(anchor: str, positive: str, relation: str = "cloze", passage: str = "0.1") -> Pair:
    return Pair(
        anchor=anchor, positive=positive, concept=f"documents:ours/{passage}", relation=relation
    )


def checked(*pairs: Pair, **options: object) -> TrainingPairs:
    return training_pairs(TESTED, (), own=pairs, **options)  # type: ignore[arg-type]


def test_a_test_text_drops_a_pair_as_a_whole_and_as_a_sentence_of_a_paragraph() -> None:
    """In any spelling; the same sentence in a user's own pairs is only looked at as a whole."""
    rest = "Another sentence of enough words here."
    found = checked(
        made("wobbly heart-valve of the moon", "Something else altogether."),
        made("A first sentence.", f"{rest} {QUOTED.upper()}. And more."),
        made("A first sentence.", f"{rest} The patient felt well again at once."),
        held_out_texts=[QUOTED],
    )
    assert found.audit.removed_test_text == 2
    assert found.audit.kept == 1


def test_a_pair_that_joins_the_concepts_of_a_separation_item_is_dropped() -> None:
    """By the texts of the two concepts, since documents know no identifiers."""
    concepts = {
        i: Concept(id=i, name=name)
        for i, name in (("HP:0000003", "Fast pulse"), ("HP:0000005", "Slow pulse"))
    }
    pairs = [made("Fast pulse", "Slow pulse"), made("Fast pulse", "A pulse that is quick")]
    found = training_pairs(concepts, (), own=pairs, separation=[("HP:0000003", "HP:0000005")])
    held_out = sum(split_of(i) == "test" for i in concepts)
    assert found.audit.removed_separation + found.audit.removed_test_text >= 1
    assert found.audit.removed_separation == (1 if not held_out else 0)


def test_near_duplicates_of_test_texts_are_counted() -> None:
    """As for every source."""
    pair = made("A first sentence.", "The patient had a wobbly heart valve of the moons.")
    overlap = near_duplicates([(pair.concept, pair.positive)], {"Task": {"q1": QUOTED}})
    assert overlap.counts["Task"]["near"] == 1


def test_the_audit_counts_documents_and_no_concepts() -> None:
    """Relations are strategies, the source is ``documents``."""
    audit = checked(made("One thing.", "Another thing."), made("CT", "tomography", "abbreviation"))
    assert audit.audit.by_relation == {"abbreviation": 1, "cloze": 1}
    assert audit.audit.by_source == {"documents": 2}
    assert audit.audit.train_concepts == 0
    assert "documents" not in audit.audit.to_json()


def test_validation_never_shares_a_passage_with_training() -> None:
    """Passages are what concepts are elsewhere."""
    pairs = checked(
        *(
            made(f"Sentence {n} {i}.", f"Rest {n} {i}.", passage=f"0.{n}")
            for n in range(50)
            for i in (1, 2)
        )
    )
    train, held_out = validation_split(pairs, 0.3)
    assert train
    assert held_out
    assert {p.concept for p in train}.isdisjoint(p.concept for p in held_out)


def test_documents_become_pairs_and_what_failed_is_said(tmp_path: Path) -> None:
    """The facts for the manifest have the user's name for the text, hashes and counts."""
    (tmp_path / "private-ward.txt").write_text(
        "The ward has twelve beds in all. Each of the beds has a monitor beside it."
    )
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.4")
    recipe = Recipe(
        name="t", sources=("documents",), documents=(str(tmp_path),), text_name="ward-7"
    )
    said: list[str] = []
    pairs, library = document_pairs(recipe, say=said.append, progress=lambda done, total: None)
    assert [(p.relation, p.concept) for p in pairs] == [("neighbours", "documents:ward-7/1.0")]
    assert said[0].startswith("broken.pdf is left out: damaged")
    facts = document_facts(recipe, library)
    assert facts["name"] == "ward-7"
    assert facts["failed"] == 1
    assert "private" not in str(facts)


def test_a_record_says_no_path_and_a_job_does() -> None:
    """The job must find the documents; the record may leave the house."""
    recipe = Recipe(name="t", sources=("documents",), documents=("/home/me/books",))
    assert recipe.to_json()["documents"] == ["/home/me/books"]
    assert "documents" not in recipe.to_record()
    assert Recipe.from_table(recipe.to_record()).sources == ("documents",)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('sources = ["documents"]', "sources names documents, but there are none"),
        ('documents = ["x.txt"]', r'sources = \["hpo", "documents"\]'),
        ('sources = ["documents"]\ndocuments = ["absent/*.epub"]', "matches no document"),
        ('document_strategies = ["clozes"]', "Did you mean 'cloze'"),
        ('text_name = "a/b"', "text_name = 'a/b' stands in records"),
        ("document_limit = 0", "out of range: 1 to 1e"),
    ],
)
def test_a_recipe_whose_documents_mean_nothing_is_refused(text: str, message: str) -> None:
    """Before any work, with the field."""
    with pytest.raises(CardioBenchError, match=message):
        parse_recipe(text, default_name="t", origin="t.toml")


def test_hashes_tell_a_quotation_without_holding_the_text(tmp_path: Path) -> None:
    """Eleven copied words are always found; words in common are not."""
    text = (
        "On admission the patient of the ward was short of breath at rest and could not lie flat "
        "in bed, and the legs were swollen up to the knees on both sides."
    )
    path = tmp_path / "hashes.npy"
    write_fingerprint([text, "A short sentence of just eight words here."], path)
    assert b"admission" not in path.read_bytes()
    hashes = read_fingerprint(path)
    words = text.split()
    for start in range(len(words) - 11):
        copied = " ".join(words[start : start + 11])
        assert quotes(f"The card says: {copied.upper()} and so on.", hashes)
    assert quotes("A SHORT sentence of just eight words here", hashes)
    assert not quotes("The patient of the ward was fine, and the legs were not swollen.", hashes)


def test_a_strategy_of_a_plugin_is_chosen_by_name(tmp_path: Path) -> None:
    """Ours come in one order, whatever the order of names."""
    assert [s.name for s in chosen_strategies(("neighbours", "cloze"))] == [
        s.name for s in chosen_strategies(("cloze", "neighbours"))
    ]
    (tmp_path / "a.txt").write_text("One sentence of five words. Two more words follow it here.")
    library = read_library([str(tmp_path)], chosen_strategies(("cloze",)), limit=10)
    assert library.pairs == ()
