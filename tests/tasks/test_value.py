"""CardioValue: both values of a stem have the same two interpretations, the other way round."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cardiobench.evaluation.evaluate import evaluate_task
from cardiobench.models.baselines import RANDOM, TFIDF, load_baseline
from cardiobench.results.entry import Entry
from cardiobench.statistics.estimates import estimate
from cardiobench_tasks.cardio_value import CardioValue
from cardiobench_tasks.catalogue import CARDIO_VALUE, HARD_SUITE
from cardiobench_tasks.task_data import revision_of, written_rows


@pytest.fixture(scope="module")
def triplets() -> list[dict[str, Any]]:
    """The triplets as they lie in the package."""
    return written_rows("value")


def test_there_are_400_stems_in_the_hard_suite(triplets: list[dict[str, Any]]) -> None:
    """Each with two triplets; ids are unique and the data is the pinned one."""
    stems = Counter(row["stem"] for row in triplets)
    assert len(stems) >= 400
    assert set(stems.values()) == {2}
    assert len({row["id"] for row in triplets}) == len(triplets)
    assert revision_of(CardioValue().build()) == CARDIO_VALUE.revision
    assert CARDIO_VALUE in HARD_SUITE


def test_triplets_of_a_stem_mirror_each_other(triplets: list[dict[str, Any]]) -> None:
    """They differ in the value alone, which exchanges right and wrong."""
    for first, second in zip(triplets[0::2], triplets[1::2], strict=True):
        assert first["stem"] == second["stem"]
        assert first["anchor"] != second["anchor"]
        assert (first["positive"], first["negative"]) == (second["negative"], second["positive"])
        assert (first["level"], first["other"]) == (second["other"], second["level"])
        for key in ("quantity", "area", "contrast"):
            assert first[key] == second[key]


def test_anchors_are_their_stem_with_the_value(triplets: list[dict[str, Any]]) -> None:
    """Nothing else is exchanged, in figures or in words."""
    for row in triplets:
        assert row["anchor"] == row["stem"].replace("{}", row["value"]), row["id"]
        assert row["anchor"].isascii()


def test_rows_of_a_stem_carry_its_first_id() -> None:
    """Four rows an item, in the order that the score adds them up."""
    rows = CardioValue().build()["pairs"]
    for number in range(0, len(rows), 4):
        assert {row["stem"] for row in rows[number : number + 4]} == {rows[number]["triplet"]}
    assert {row["form"] for row in rows} == {"number", "worded"}


def test_metadata_is_filled_and_says_that_small_models_are_near_chance() -> None:
    """mteb's own check passes; the finding stands in the card."""
    assert CardioValue.metadata.is_filled()
    assert "close to chance" in CardioValue.metadata.description


@pytest.mark.parametrize(("name", "revision"), [(RANDOM, "2"), (TFIDF, "1")])
def test_random_vectors_and_shared_words_are_at_chance(
    tmp_path: Path, name: str, revision: str
) -> None:
    """0.5 lies in the interval of either baseline, over quantities."""
    entry = Entry(tmp_path, name, revision)
    evaluate_task(load_baseline(name), entry, CARDIO_VALUE)
    chance = estimate(entry.items("CardioValue"))
    assert chance.low < 0.5 < chance.high
