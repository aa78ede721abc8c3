"""Training pairs leak nothing into the tests, and the audit says what was removed."""

import dataclasses
import itertools
import os
import subprocess
import sys

import pytest

from cardiobench.pairs import RELATIONS, Pair, TrainingPairs, concept_pairs, training_pairs
from cardiobench.sources.cardiology import cardiology_areas
from cardiobench.sources.concept import Concept, Synonym
from cardiobench.sources.hpo import read_hpo
from cardiobench.sources.hpo_annotations import diseases_by_phenotype
from cardiobench.sources.ontology import Ontology
from cardiobench.split import Split, split_of
from cardiobench.text import normalise
from cardiobench_tasks.separation_pairs import ConceptPairs

HASH = """
from cardiobench.pairs import training_pairs
from cardiobench.sources.cardiology import cardiology_areas
from cardiobench.sources.hpo import read_hpo
concepts = read_hpo().concepts
print(training_pairs(concepts, set(cardiology_areas(concepts))).sha256)
"""


def texts(concept: Concept) -> set[str]:
    """The normal form of every text of a concept, synonyms of any scope among them."""
    found = [concept.name, concept.definition, concept.comment]
    found += [synonym.text for synonym in concept.synonyms]
    return {normalise(text) for text in found if text}


@pytest.fixture(scope="module")
def concepts() -> dict[str, Concept]:
    return read_hpo().concepts


@pytest.fixture(scope="module")
def wanted(concepts: dict[str, Concept]) -> list[str]:
    return list(cardiology_areas(concepts))


@pytest.fixture(scope="module")
def separation(concepts: dict[str, Concept]) -> set[tuple[str, str]]:
    """Every pair that the separation task could draw from, similar and different."""
    areas = cardiology_areas(concepts)
    candidates = ConceptPairs(Ontology(concepts), areas, diseases_by_phenotype())
    similar, different = candidates.similar(), candidates.different()
    assert len(similar) > 400
    assert len(different) > 400
    return {*similar, *different}


@pytest.fixture(scope="module")
def real(
    concepts: dict[str, Concept], wanted: list[str], separation: set[tuple[str, str]]
) -> TrainingPairs:
    """The pairs of a real training."""
    return training_pairs(concepts, wanted, separation=separation)


def on(side: Split, count: int) -> list[str]:
    """Made-up identifiers on one side of the split."""
    numbered = (f"X:{number:04d}" for number in itertools.count())
    return list(itertools.islice((i for i in numbered if split_of(i) == side), count))


def made(identifier: str, name: str, *synonyms: str, **fields: str) -> Concept:
    exact = tuple(Synonym(text=text, scope="EXACT") for text in synonyms)
    return Concept(id=identifier, name=name, synonyms=exact, **fields)


def build(*made_concepts: Concept, **options: object) -> TrainingPairs:
    by_id = {concept.id: concept for concept in made_concepts}
    return training_pairs(by_id, by_id, **options)  # type: ignore[arg-type]


def anchors(found: TrainingPairs) -> list[tuple[str, str]]:
    return [(pair.anchor, pair.positive) for pair in found.pairs]


def test_a_concept_gives_its_four_relations():
    """Names, definition and comment, each pair under the relation it came from."""
    concept = made("X:1", "MR", "Mitral leak", definition="Backflow.", comment="Common.")
    assert list(concept_pairs(concept, RELATIONS)) == [
        Pair(anchor="MR", positive="Backflow.", concept="X:1", relation="name-definition"),
        Pair(anchor="Mitral leak", positive="MR", concept="X:1", relation="synonym-name"),
        Pair(
            anchor="Mitral leak", positive="Backflow.", concept="X:1", relation="synonym-definition"
        ),
        Pair(anchor="Backflow.", positive="Common.", concept="X:1", relation="definition-comment"),
    ]


def test_a_text_that_a_concept_lacks_gives_no_pair():
    """No pair has an empty side."""
    assert list(concept_pairs(made("X:1", "MR"), RELATIONS)) == []
    only_comment = made("X:1", "MR", comment="Common.")
    assert list(concept_pairs(only_comment, RELATIONS)) == []


def test_only_exact_synonyms_become_pairs():
    """A related or broader term does not mean the same."""
    scopes = ("EXACT", "RELATED", "BROAD", "NARROW")
    synonyms = tuple(Synonym(text=scope.title(), scope=scope) for scope in scopes)
    concept = Concept(id="X:1", name="Name", synonyms=synonyms)
    assert [pair.anchor for pair in concept_pairs(concept, RELATIONS)] == ["Exact"]


@pytest.mark.parametrize("relation", RELATIONS)
def test_relations_can_be_chosen(concepts, wanted, relation):
    """A recipe that names one relation trains on that one alone, the same pairs as among all."""
    one = training_pairs(concepts, wanted, relations=[relation])
    assert one.pairs
    assert {pair.relation for pair in one.pairs} == {relation}
    assert one.audit.by_relation == {relation: len(one.pairs)}
    known = {pair for pair in training_pairs(concepts, wanted).pairs if pair.relation == relation}
    assert known <= set(one.pairs)


def test_no_training_pair_is_about_a_test_concept(real):
    """Disjoint by concept; and there is enough to train on."""
    assert {split_of(pair.concept) for pair in real.pairs} == {"train"}
    assert len(real.pairs) > 1500
    assert set(real.audit.by_relation) == set(RELATIONS)


def test_no_training_text_is_a_text_of_a_test_concept(real, concepts, wanted):
    """Disjoint by normalised text, related synonyms and comments of test concepts included."""
    held_out: set[str] = set().union(*(texts(concepts[i]) for i in wanted if split_of(i) == "test"))
    assert len(held_out) > 800
    seen = {normalise(t) for pair in real.pairs for t in (pair.anchor, pair.positive)}
    assert seen & held_out == set()
    assert real.audit.removed_test_text > 0


def test_no_training_pair_joins_a_separation_pair(real, concepts, separation):
    """For every pair that the task could draw: no text of one trained towards one of the other."""
    owners: dict[str, set[str]] = {}
    for concept in {concept for tested in separation for concept in tested}:
        for text in texts(concepts[concept]):
            owners.setdefault(text, set()).add(concept)
    joined: set[tuple[str, str]] = set()
    for pair in real.pairs:
        anchor = owners.get(normalise(pair.anchor), set())
        positive = owners.get(normalise(pair.positive), set())
        joined |= {*itertools.product(anchor, positive), *itertools.product(positive, anchor)}
    assert len(joined) > 300
    assert joined & separation == set()


def test_every_training_text_belongs_to_its_concept(real, concepts):
    """Both sides are texts of the concept that the pair names, and they differ."""
    for pair in real.pairs:
        own = texts(concepts[pair.concept])
        anchor, positive = normalise(pair.anchor), normalise(pair.positive)
        assert anchor in own
        assert positive in own
        assert anchor != positive


def test_no_two_texts_are_paired_twice(real):
    """In either order: a repeated pair would be its own false negative in a batch."""
    keys = [frozenset((normalise(p.anchor), normalise(p.positive))) for p in real.pairs]
    assert len(set(keys)) == len(keys)


def test_the_audit_adds_up(real):
    """What was built is what was removed and what was kept; relations sum to the whole."""
    audit = real.audit
    removed = audit.removed_test_text + audit.removed_separation + audit.removed_repeated
    assert audit.built == removed + audit.kept
    assert audit.kept == len(real.pairs) == sum(audit.by_relation.values())
    assert audit.train_concepts == len({pair.concept for pair in real.pairs})
    assert audit.to_json() == dataclasses.asdict(audit)


def test_a_text_shared_with_a_test_concept_is_removed_and_counted():
    """The same name up to case and punctuation, on the test side as a related synonym only."""
    (train,), (test,) = on("train", 1), on("test", 1)
    held_out = Concept(
        id=test, name="LVOT gradient", synonyms=(Synonym(text="aortic stenosis", scope="RELATED"),)
    )
    mine = made(train, "Valve narrowing", "Aortic-Stenosis.", definition="Narrow.")
    free = build(mine)
    assert ("Aortic-Stenosis.", "Valve narrowing") in anchors(free)
    assert free.audit.removed_test_text == 0
    found = build(mine, held_out)
    assert anchors(found) == [("Valve narrowing", "Narrow.")]
    assert found.audit.removed_test_text == 2
    assert (found.audit.built, found.audit.kept) == (3, 1)


def test_a_pair_that_joins_a_separation_pair_is_removed_and_counted():
    """Two training concepts share a synonym; once they are a test pair, it trains nothing."""
    first, second, third = on("train", 3)
    mine = [
        made(first, "Mitral stenosis", "Mitral obstruction", definition="Narrow."),
        made(second, "Mitral atresia", "mitral obstruction", definition="Closed."),
        made(third, "Cor triatriatum", "Triatrial heart", definition="Three atria."),
    ]
    free = build(*mine)
    assert ("Mitral obstruction", "Mitral stenosis") in anchors(free)
    assert ("mitral obstruction", "Mitral atresia") in anchors(free)
    assert free.audit.removed_separation == 0
    for tested in ((first, second), (second, first)):
        found = build(*mine, separation=[tested])
        assert anchors(found) == [
            ("Mitral stenosis", "Narrow."),
            ("Mitral atresia", "Closed."),
            ("Cor triatriatum", "Three atria."),
            ("Triatrial heart", "Cor triatriatum"),
            ("Triatrial heart", "Three atria."),
        ]
        assert found.audit.removed_separation == 4
        assert found.audit.built == 4 + found.audit.kept
    assert build(*mine, separation=[(first, third)]).pairs == free.pairs


def test_a_separation_pair_does_not_remove_the_pairs_of_its_own_concepts():
    """Both concepts may be seen in training, as in the study; only joining them is a leak."""
    first, second = on("train", 2)
    mine = [made(first, "A", definition="Alpha."), made(second, "B", definition="Beta.")]
    found = build(*mine, separation=[(first, second)])
    assert anchors(found) == [("A", "Alpha."), ("B", "Beta.")]
    assert found.audit.removed_separation == 0


def test_repeated_pairs_are_removed_and_counted():
    """Two concepts with the same name and definition train once; so do swapped names."""
    first, second, third, fourth = on("train", 4)
    twins = build(made(first, "A", definition="Same."), made(second, "a", definition="same"))
    assert anchors(twins) == [("A", "Same.")]
    assert twins.audit.removed_repeated == 1
    swapped = build(made(third, "One", "Two"), made(fourth, "Two", "One"))
    assert anchors(swapped) == [("Two", "One")]
    assert swapped.audit.removed_repeated == 1


def test_a_text_is_never_paired_with_itself():
    """A synonym that differs from the name in form only teaches nothing."""
    (train,) = on("train", 1)
    found = build(made(train, "T-wave inversion", "T wave inversion", definition="Upside down."))
    assert anchors(found) == [
        ("T-wave inversion", "Upside down."),
    ]
    assert found.audit.built == 3
    assert found.audit.removed_repeated == 2


def test_the_order_of_the_input_does_not_matter(concepts, wanted, real, separation):
    """The same concepts give the same pairs in the same order, and so the same hash."""
    again = training_pairs(
        concepts, [*reversed(wanted), *wanted[:5]], separation=sorted(separation)
    )
    assert again == real
    assert again.sha256 == real.sha256
    assert len(real.sha256) == 64


def test_the_hash_is_the_same_in_every_process(concepts, wanted):
    """Python's own hash seed has no say."""
    expected = training_pairs(concepts, wanted).sha256
    for seed in ("1", "2"):
        done = subprocess.run(
            [sys.executable, "-c", HASH],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        assert done.stdout.strip() == expected


def test_the_hash_tells_other_pairs_apart(real):
    """Any changed text, or another order, is another training set."""
    first, *rest = real.pairs
    changed = dataclasses.replace(real, pairs=(dataclasses.replace(first, anchor="x"), *rest))
    reordered = dataclasses.replace(real, pairs=(*rest, first))
    assert len({real.sha256, changed.sha256, reordered.sha256}) == 3
