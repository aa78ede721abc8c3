"""Training pairs leak nothing into the tests, and the audit says what was removed."""

import dataclasses
import itertools
import os
import subprocess
import sys

import pytest

from cardiobench.errors import CardioBenchError, StageError
from cardiobench.foundation.text import normalise
from cardiobench.pairs.build import RELATIONS, concept_pairs, training_pairs
from cardiobench.pairs.leaks import LeakChecks
from cardiobench.pairs.negatives import Negatives
from cardiobench.pairs.pair import OWN, Pair, TrainingPairs
from cardiobench.pairs.relations import RELATIONS as ALL_RELATIONS
from cardiobench.pairs.relations import Terms
from cardiobench.pairs.selection import SOURCES, concept_counts, gather, recipe_pairs
from cardiobench.pairs.test_texts import separation_items, written_texts
from cardiobench.sources.concept import Concept, Synonym
from cardiobench.sources.hpo import read_hpo
from cardiobench.sources.hpo_annotations import diseases_by_phenotype
from cardiobench.sources.hpo_cardiology import cardiology_areas
from cardiobench.sources.ontology import Ontology
from cardiobench.sources.split import Split, split_of
from cardiobench.training.recipe import Recipe, load_recipe
from cardiobench_tasks.separation_pairs import ConceptPairs
from cardiobench_tasks.specialty import CARDIOLOGY

HASH = """
from cardiobench.pairs.build import training_pairs
from cardiobench.sources.hpo_cardiology import cardiology_areas
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
    candidates = ConceptPairs(Ontology(concepts), CARDIOLOGY, areas, diseases_by_phenotype())
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
    removed += audit.removed_test_concept
    assert audit.built == removed + audit.kept
    assert audit.kept == len(real.pairs) == sum(audit.by_relation.values())
    assert audit.kept == sum(audit.by_source.values())
    assert audit.train_concepts == len({pair.concept for pair in real.pairs})
    left_out = {"hub_commits": {}, "documents": {}}
    assert {**left_out, **audit.to_json()} == dataclasses.asdict(audit)


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


# Everything: all relations of all sources.


@pytest.fixture(scope="module")
def items() -> set[tuple[str, str]]:
    """The separation tasks' items as they are."""
    return separation_items("medicine")


@pytest.fixture(scope="module")
def everything(items: set[tuple[str, str]]) -> TrainingPairs:
    """Cardiology, with sibling negatives."""
    recipe = Recipe(name="t", relations=tuple(ALL_RELATIONS), sources=SOURCES, negatives="siblings")
    return recipe_pairs(recipe, separation=items, held_out_texts=written_texts())


@pytest.fixture(scope="module")
def loaded() -> dict[str, Concept]:
    """Every concept of every source."""
    return dict(gather(SOURCES, "cardiology").terms.concepts)


def all_texts(found: TrainingPairs) -> set[str]:
    sides = (text for p in found.pairs for text in (p.anchor, p.positive, p.negative) if text)
    return {normalise(text) for text in sides}


def test_the_quick_recipe_takes_both_vocabularies_and_stays_small(concepts, wanted, items):
    """Minutes of training: some 2,600 pairs of HPO and ICD-10-CM, a subset of what they give."""
    quick = recipe_pairs(load_recipe("quick"), separation=items)
    assert 2_400 < len(quick.pairs) < 2_800
    assert set(quick.audit.by_source) == {"hpo", "icd10cm"}
    assert sum(quick.audit.by_source.values()) == len(quick.pairs)


def test_other_sources_hold_texts_out_of_a_recipe_on_hpo_alone(concepts, wanted, items):
    """A text that is a test text in ICD-10-CM or of a disease is none to train on in HPO."""
    alone = recipe_pairs(Recipe(name="t"), separation=items)
    loose = training_pairs(concepts, wanted, separation=items)
    kept = {(p.anchor, p.positive) for p in alone.pairs}
    assert kept < {(p.anchor, p.positive) for p in loose.pairs}
    assert alone.audit.removed_test_text > loose.audit.removed_test_text
    assert alone.audit.by_source == {"hpo": len(alone.pairs)}
    assert all(
        set(p.to_json()) == {"anchor", "positive", "concept", "relation"} for p in alone.pairs
    )


def test_cardiology_gives_twenty_thousand_pairs_and_every_relation(everything):
    """The counts that docs/pairs.md states are of this order."""
    assert len(everything.pairs) >= 20_000
    assert set(everything.audit.by_relation) == set(ALL_RELATIONS)
    assert set(everything.audit.by_source) == set(SOURCES)
    audit = everything.audit
    removed = audit.removed_test_text + audit.removed_separation + audit.removed_repeated
    assert audit.built == removed + audit.removed_test_concept + audit.kept


def test_no_source_leaks_a_text_of_another(everything, loaded):
    """A text of a test concept of any source, in scope or not, is no anchor, positive, negative."""
    held_out: set[str] = set().union(
        *(texts(concept) for concept in loaded.values() if split_of(concept.id) == "test")
    )
    assert len(held_out) > 30_000
    assert all_texts(everything) & held_out == set()
    assert all_texts(everything) & {normalise(text) for text in written_texts()} == set()
    for pair in everything.pairs:
        assert split_of(pair.concept) == "train"
        assert not pair.other or split_of(pair.other) == "train"


def test_no_relation_and_no_negative_joins_a_separation_item(everything, loaded, items):
    """Neither by concept nor by text, in any relation."""
    owners: dict[str, set[str]] = {}
    for concept in {concept for tested in items for concept in tested if concept in loaded}:
        for text in texts(loaded[concept]):
            owners.setdefault(text, set()).add(concept)
    both_ways = items | {(second, first) for first, second in items}
    for pair in everything.pairs:
        assert (pair.concept, pair.other) not in both_ways
        anchor = owners.get(normalise(pair.anchor), set())
        for text in (pair.positive, pair.negative):
            joined = set(itertools.product(anchor, owners.get(normalise(text), set())))
            assert joined & both_ways == set()


def test_the_same_phrase_in_two_sources_is_one_text():
    """An ICD title on the test side takes the HPO synonym of a training concept with it."""
    hpo = next(i for i in (f"HP:{n:07d}" for n in range(99)) if split_of(i) == "train")
    code = next(i for i in (f"I{n}" for n in range(10, 99)) if split_of(i) == "test")
    mine = made(hpo, "Mitral leak", "Mitral insufficiency", definition="Backflow.")
    title = made(code, "Mitral (valve) insufficiency")
    same = made(code, "Mitral-insufficiency")
    assert len(training_pairs({hpo: mine, code: title}, [hpo]).pairs) == 3
    found = training_pairs({hpo: mine, code: same}, [hpo])
    assert anchors(found) == [("Mitral leak", "Backflow.")]
    assert found.audit.removed_test_text == 2


def test_two_concepts_of_a_pair_must_both_be_training_concepts():
    """A child on the training side gives no pair with a parent on the test side."""
    (test,), (train, parent) = on("test", 1), on("train", 2)
    child = Concept(id=train, name="Child", parents=tuple(sorted((test, parent))))
    above = {test: made(test, "Held out"), parent: made(parent, "Parent")}
    found = training_pairs({train: child, **above}, [train], relations=["is-a"])
    assert anchors(found) == [("Child", "Parent")]
    assert found.pairs[0].other == parent
    assert found.audit.removed_test_concept == 1
    joined = training_pairs(
        {train: child, **above}, [train], relations=["is-a"], separation=[(parent, train)]
    )
    assert joined.pairs == ()
    assert joined.audit.removed_separation == 1


def test_users_pairs_pass_the_same_checks():
    """By text alone: test texts, written texts and separation items; and the rest stays."""
    (test,), (first, second) = on("test", 1), on("train", 2)
    made_concepts = [made(test, "Aortic stenosis"), made(first, "A"), made(second, "B")]

    def own(anchor: str, positive: str, negative: str = "") -> Pair:
        return Pair(
            anchor=anchor, positive=positive, negative=negative, concept="f:1", relation=OWN
        )

    brought = [
        own("AORTIC stenosis!", "narrow valve"),
        own("narrow", "wide", "aortic stenosis"),
        own("a", "b"),
        own("a", "kept", "b"),
        own("Written question?", "answer"),
        own("heart attack", "myocardial infarction"),
        own("myocardial infarction", "Heart attack"),
    ]
    found = build(
        *made_concepts,
        separation=[(first, second)],
        held_out_texts=["written question"],
        own=brought,
    )
    assert anchors(found) == [("heart attack", "myocardial infarction")]
    audit = found.audit
    assert (audit.removed_test_text, audit.removed_separation) == (3, 2)
    assert (audit.removed_repeated, audit.by_source, audit.train_concepts) == (1, {"f": 1}, 0)


def test_negatives_come_from_siblings_and_are_never_right(everything, loaded):
    """Not the concept itself, nothing above or below it, no finding of the disease, no equal text.

    Most are texts of siblings or cousins.
    """
    ontology = Ontology(loaded)
    findings = gather(SOURCES, "cardiology").terms.findings
    owners: dict[str, set[str]] = {}
    for concept in loaded.values():
        for text in texts(concept):
            owners.setdefault(text, set()).add(concept.id)
    for pair in everything.pairs[:3000] + everything.pairs[-3000:]:
        mine = {i for i in (pair.concept, pair.other) if i} | set(findings.get(pair.concept, ()))
        near = set().union(*(ontology.ancestors(i) | ontology.descendants(i) for i in mine))
        assert pair.negative
        assert not owners[normalise(pair.negative)] & near
        assert normalise(pair.negative) not in (normalise(pair.anchor), normalise(pair.positive))
    kinds = everything.audit.negatives
    assert sum(kinds.values()) == len(everything.pairs)
    assert kinds["sibling"] + kinds["cousin"] > 0.9 * len(everything.pairs)


def test_a_negative_is_of_the_kind_of_the_positive():
    """A definition stands against the sibling's definition, a name against its name."""
    top, mine, other = on("train", 3)
    by_id = {
        top: made(top, "Top"),
        mine: Concept(id=mine, name="Mine", definition="My text.", parents=(top,)),
        other: Concept(id=other, name="Other", definition="Its text.", parents=(top,)),
    }
    found = training_pairs(by_id, [mine])
    negatives = Negatives(Terms(concepts=by_id), LeakChecks(by_id), found.pairs)
    (pair,) = negatives.add(found, siblings=True, mined={}).pairs
    assert (pair.positive, pair.negative) == ("My text.", "Its text.")
    mined = negatives.add(found, siblings=True, mined={("Mine", "My text."): ["Top", "Other"]})
    assert mined.pairs[0].negative == "Other"
    assert mined.audit.negatives == {"mined": 1}
    checks = LeakChecks(by_id, [(mine, other)])
    with pytest.raises(CardioBenchError, match="No negative"):
        Negatives(Terms(concepts=by_id), checks, found.pairs).add(found, siblings=True, mined={})


def test_users_negatives_stay_and_the_others_get_one(tmp_path):
    """A third column is whole or not there."""
    path = tmp_path / "mine.csv"
    path.write_text("anchor,positive,negative\nwater pill,loop diuretic,beta blocker\n")
    found = recipe_pairs(Recipe(name="t", relations=("is-a",), pairs_files=(str(path),)))
    assert found.pairs[-1].negative == "beta blocker"
    assert all(pair.negative for pair in found.pairs)
    assert found.audit.negatives["own"] == 1


def test_negatives_can_be_mined_with_a_real_model(minilm):
    """MiniLM, through sentence-transformers' miner, on a slice of cardiology synonyms."""
    del minilm  # its weights are at hand
    found = recipe_pairs(Recipe(name="t", relations=("synonym-synonym",)), mine="minilm")
    kinds = found.audit.negatives
    assert kinds["mined"] > 0.7 * len(found.pairs)
    positives = {pair.positive for pair in found.pairs}
    assert {pair.negative for pair in found.pairs} <= positives
    assert all(pair.negative != pair.positive for pair in found.pairs)


def test_other_scopes_can_be_chosen():
    """An HPO root and an ICD chapter; what a scope leaves empty is said."""
    recipe = Recipe(
        name="t",
        relations=("is-a", "inclusion-term"),
        sources=("hpo", "icd10cm"),
        scope="HP:0002086, chapter 10",
    )
    found = recipe_pairs(recipe)
    ontology = Ontology(read_hpo().concepts)
    lungs = ontology.descendants("HP:0002086")
    for pair in found.pairs:
        assert pair.concept in lungs or pair.concept.startswith("J")
    assert set(found.audit.by_source) == {"hpo", "icd10cm"}
    counts = concept_counts(gather(recipe.sources, recipe.scope))
    assert counts["hpo"]["train"] + counts["hpo"]["test"] == len(lungs)
    with pytest.raises(CardioBenchError, match="names nothing of the source icd10cm"):
        gather(("hpo", "icd10cm"), "HP:0002086")
    with pytest.raises(CardioBenchError, match="has no HP:9999999"):
        gather(("hpo",), "HP:9999999")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('sources = ["hpo", "icd"]', r"mine\.toml:2: sources: Unknown source 'icd'.*icd10cm"),
        ("sources = []", r"mine\.toml:2: sources is empty"),
        ('scope = "heart"', r"mine\.toml:2: scope = 'heart': 'heart' is none of cardiology"),
        ('scope = ["HP:0002086"]', r"mine\.toml:2: scope = .* is not a text"),
        ('negatives = "sibling"', r"mine\.toml:2: negatives: .*Did you mean 'siblings'"),
        ('pairs_files = ["a.jsonl"]', r"mine\.toml:2: pairs_files: there is no file a\.jsonl"),
        ('pairs_files = ["a b"]', r"mine\.toml:2: pairs_files: 'a b' is neither"),
        ('pairs_files = "a.csv"', r"mine\.toml:2: pairs_files = 'a\.csv' is not a list of texts"),
    ],
)
def test_a_recipes_pair_fields_are_checked(tmp_path, text, message):
    """Mistakes name file, line and field."""
    path = tmp_path / "mine.toml"
    path.write_text(f"rank = 8\n{text}\n")
    with pytest.raises(CardioBenchError, match=message) as caught:
        load_recipe(str(path))
    assert "\n" not in str(caught.value)


def test_the_trainer_takes_the_third_column(tiny_folder, tiny_architecture, no_plugins, tmp_path):
    """Training with negatives runs to its end and differs from training without; half is refused.

    No batch holds a concept twice, be it the first or the second of a pair.
    """
    from cardiobench.models.encoder import load_encoder
    from cardiobench.training.adapt import adapt, training_columns

    recipe = Recipe(name="test", rank=4, alpha=8, batch_size=4, epochs=1, learning_rate=1e-2)
    names = [
        " ".join(words) for words in itertools.permutations("aortic mitral valve left".split(), 3)
    ]
    pairs = tuple(
        Pair(
            anchor=f"{names[k]} heart",
            positive=f"{names[k]} failure",
            concept=f"C:{k}",
            other=f"C:{k + 1}",
            relation="is-a",
            negative=f"{names[k]} right",
        )
        for k in range(16)
    )
    bare = tuple(dataclasses.replace(pair, negative="") for pair in pairs)
    audit = build().audit
    losses = []
    for folder, chosen in (("with", pairs), ("without", bare)):
        spec = tiny_architecture()
        model = load_encoder(spec, no_plugins, location=tiny_folder(), device="cpu")
        found = TrainingPairs(pairs=chosen, audit=audit)
        losses.append(adapt(model, spec, recipe, found, seed=0, folder=tmp_path / folder).loss)
    assert losses[0] > losses[1] > 0
    assert list(training_columns(TrainingPairs(pairs=pairs, audit=audit)))[2] == "negative"
    with pytest.raises(StageError, match="1 of 16 pairs have no negative"):
        training_columns(TrainingPairs(pairs=(*pairs[:-1], bare[-1]), audit=audit))


def test_no_batch_holds_a_concept_twice_as_first_or_second():
    """A parent and its own definition in one batch would be a false negative."""
    from datasets import Dataset

    from cardiobench.training.trainer import AdapterTrainer

    concepts = [("A", "B"), ("B", "B"), ("C", "A"), ("D", "D"), ("E", "C"), ("F", "F")]
    rows = Dataset.from_dict({"anchor": list("abcdef"), "positive": list("uvwxyz")})
    trainer = AdapterTrainer.__new__(AdapterTrainer)
    trainer.eval_dataset = None
    trainer._pairs = [
        Pair(relation="is-a", concept=first, other=second, anchor=anchor, positive=positive)
        for (first, second), anchor, positive in zip(concepts, "abcdef", "uvwxyz", strict=True)
    ]
    sampler = trainer.get_batch_sampler(rows, batch_size=3, drop_last=False, seed=1)
    batches = list(sampler)
    assert sorted(itertools.chain.from_iterable(batches)) == list(range(6))
    for batch in batches:
        seen = [concept for row in batch for concept in set(concepts[row])]
        assert len(seen) == len(set(seen))
