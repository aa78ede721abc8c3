"""The near-duplicate audit finds what is nearly the same, and nothing else."""

import random
import time

import pytest

from cardiobench.foundation.text import normalise
from cardiobench.pairs.near_duplicates import (
    KINDS,
    character_shingles,
    jaccard,
    near_duplicates,
    word_shingles,
)
from cardiobench.pairs.relations import RELATIONS
from cardiobench.pairs.selection import SOURCES, recipe_pairs
from cardiobench.sources.hpo import read_hpo
from cardiobench.sources.split import split_of
from cardiobench.training.recipe import Recipe

LONG = (
    "A type of hypertrophic cardiomyopathy in which the outflow of the left ventricle is narrowed"
)


def test_each_kind_is_counted_once_under_its_strictest():
    """Exact before normalised before near; an unlike text counts nowhere."""
    training = [("t1", "Aortic stenosis"), ("t2", "mitral-valve prolapse"), ("t3", LONG)]
    tasks = {
        "Task": {
            "a": "Aortic stenosis",
            "b": "Mitral valve prolapse.",
            "c": f"{LONG}s",
            "d": "Renal artery dissection",
        },
        "Other": {"x": "Bladder stones"},
    }
    found = near_duplicates(training, tasks)
    assert found.counts["Task"] == {"exact": 1, "normalised": 1, "near": 1}
    assert found.counts["Other"] == dict.fromkeys(KINDS, 0)
    assert found.items == {"Task": 4, "Other": 1}
    assert found.examples["Task"] == {
        "exact": [("a", "t1")],
        "normalised": [("b", "t2")],
        "near": [("c", "t3")],
    }


def test_shingles_and_similarity_are_what_they_say():
    """Five characters or three words in a row; shared over all."""
    assert word_shingles("a b c d") == {"a b c", "b c d"}
    assert word_shingles("a b") == {"a b"}
    assert character_shingles("abcd") == {" abcd", "abcd "}
    assert jaccard(frozenset("abc"), frozenset("bcd")) == 0.5
    assert jaccard(frozenset(), frozenset()) == 0.0


@pytest.mark.parametrize(
    ("shingles", "threshold"),
    [pytest.param("characters", 0.7, marks=pytest.mark.slow), ("words", 0.5)],
)
def test_it_finds_what_a_comparison_of_all_with_all_finds(shingles, threshold):
    """On real definitions: MinHash with slack misses at most 2% of the true near-duplicates."""
    concepts = read_hpo().concepts
    defined = [c for c in concepts.values() if c.definition][:2500]
    tested = {c.id: c.definition for c in defined if split_of(c.id) == "test"}
    training = {c.id: c.definition for c in defined if split_of(c.id) == "train"}
    shingler = {"characters": character_shingles, "words": word_shingles}[shingles]
    sets = {i: shingler(normalise(t)) for i, t in (tested | training).items()}
    expected = {i for i in tested if any(jaccard(sets[i], sets[j]) >= threshold for j in training)}
    assert len(expected) > 10
    found = near_duplicates(
        training, {"T": tested}, threshold=threshold, shingles=shingles, max_examples=10_000
    )
    reported = {item for rows in found.examples["T"].values() for item, _ in rows}
    assert reported <= expected
    assert len(reported) >= 0.98 * len(expected)
    for item, owner in found.examples["T"]["near"]:
        assert jaccard(sets[item], sets[owner]) >= threshold


@pytest.mark.slow
def test_the_answer_does_not_depend_on_the_order():
    """Same counts and examples for shuffled training texts."""
    concepts = read_hpo().concepts
    rows = [(c.id, c.name) for c in concepts.values() if split_of(c.id) == "train"][:2000]
    tasks = {"T": {c.id: c.name for c in concepts.values() if split_of(c.id) == "test"}}
    shuffled = random.Random(0).sample(rows, len(rows))
    assert near_duplicates(rows, tasks) == near_duplicates(shuffled, tasks)


@pytest.mark.slow
def test_sixty_thousand_pairs_take_well_under_a_minute():
    """All of medicine's first 60,000 pairs against the held-out cardiology definitions and names.

    The leak checks leave no exact and no normalised copy; near ones exist and are counted.
    """
    recipe = Recipe(name="t", relations=tuple(RELATIONS), sources=SOURCES, scope="medicine")
    pairs = recipe_pairs(recipe).pairs
    assert len(pairs) >= 60_000
    rows = [(p.concept, text) for p in pairs[:60_000] for text in (p.anchor, p.positive)]
    concepts = [c for c in read_hpo().concepts.values() if split_of(c.id) == "test"]
    tasks = {
        "definitions": {c.id: c.definition for c in concepts if c.definition},
        "names": {c.id: c.name for c in concepts},
    }
    started = time.process_time()
    found = near_duplicates(rows, tasks)
    assert time.process_time() - started < 45
    for task in tasks:
        assert found.counts[task]["exact"] == found.counts[task]["normalised"] == 0
        assert 0 < found.counts[task]["near"] < found.items[task]
