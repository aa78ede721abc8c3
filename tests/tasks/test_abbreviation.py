"""CardioAbbreviation: every meaning is right as often as wrong, and no shared word helps."""

import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cardiobench.evaluation.evaluate import evaluate_task
from cardiobench.models.baselines import RANDOM, TFIDF, load_baseline
from cardiobench.results.entry import Entry
from cardiobench.statistics.estimates import estimate
from cardiobench_tasks.cardio_abbreviation import CardioAbbreviation
from cardiobench_tasks.catalogue import CARDIO_ABBREVIATION
from cardiobench_tasks.task_data import revision_of, written_rows


@pytest.fixture(scope="module")
def triplets() -> list[dict[str, Any]]:
    """The triplets as they lie in the package."""
    return written_rows("abbreviation")


def test_there_are_300_triplets_of_50_abbreviations(triplets: list[dict[str, Any]]) -> None:
    """No abbreviation dominates; ids are unique and the data is the pinned one."""
    by_abbreviation = Counter(row["abbreviation"] for row in triplets)
    assert len(triplets) >= 300
    assert len(by_abbreviation) >= 50
    assert max(by_abbreviation.values()) <= 10
    assert len({row["id"] for row in triplets}) == len(triplets)
    assert revision_of(CardioAbbreviation().build()) == CARDIO_ABBREVIATION.revision


def test_each_meaning_is_right_as_often_as_wrong(triplets: list[dict[str, Any]]) -> None:
    """Knowing the candidates alone is knowing nothing."""
    right, wrong = (Counter(row[key] for row in triplets) for key in ("sense", "other"))
    assert right == wrong


def test_the_anchor_holds_the_abbreviation_and_neither_meaning(
    triplets: list[dict[str, Any]],
) -> None:
    """As a word of its own, an ending aside; the answer is not spelt out."""
    for row in triplets:
        assert re.search(rf"\b{re.escape(row['abbreviation'])}", row["anchor"]), row["id"]
        for meaning in (row["sense"], row["other"]):
            assert meaning.lower() not in row["anchor"].lower(), row["id"]
        assert row["anchor"].isascii()


def test_metadata_is_filled_and_says_who_wrote_the_text() -> None:
    """mteb's own check passes; nothing claims that people wrote or reviewed it."""
    assert CardioAbbreviation.metadata.is_filled()
    assert CardioAbbreviation.metadata.annotations_creators == "LM-generated"
    assert "no clinician" in CardioAbbreviation.metadata.description


@pytest.mark.parametrize(("name", "revision"), [(RANDOM, "2"), (TFIDF, "1")])
def test_random_vectors_and_shared_words_are_at_chance(
    tmp_path: Path, name: str, revision: str
) -> None:
    """0.5 lies in the interval of either baseline, over abbreviations."""
    entry = Entry(tmp_path, name, revision)
    evaluate_task(load_baseline(name), entry, CARDIO_ABBREVIATION)
    items = entry.items("CardioAbbreviation")
    assert len({cluster for (cluster,) in items.clusters}) >= 50
    chance = estimate(items)
    assert chance.low < 0.5 < chance.high
