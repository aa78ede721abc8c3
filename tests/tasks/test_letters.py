"""CardioLetterRetrieval: letters in groups of near misses, queries that one of them answers."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from cardiobench.evaluation.evaluate import evaluate_task
from cardiobench.foundation.text import normalise
from cardiobench.models.baselines import RANDOM, load_baseline
from cardiobench.pairs.test_texts import sentences_of, task_texts, written_texts
from cardiobench.results.entry import Entry
from cardiobench.statistics.estimates import estimate
from cardiobench_tasks.cardio_letter_retrieval import CardioLetterRetrieval, _first_of_group
from cardiobench_tasks.catalogue import CARDIO_LETTER_RETRIEVAL
from cardiobench_tasks.task_data import revision_of, written_rows

STYLES = {"gp_letter", "discharge_summary", "referral"}


@pytest.fixture(scope="module")
def letters() -> list[dict[str, Any]]:
    """The letters as they lie in the package."""
    return written_rows("letters")


@pytest.fixture(scope="module")
def queries() -> list[dict[str, Any]]:
    """The queries as they lie in the package."""
    return written_rows("letter_queries")


def test_there_are_200_long_letters_in_groups_of_four(letters: list[dict[str, Any]]) -> None:
    """Of three house styles, 250 to 600 words, no text twice; the data is the pinned one."""
    assert len(letters) >= 200
    assert len({row["id"] for row in letters}) == len({row["text"] for row in letters})
    assert len({row["text"] for row in letters}) == len(letters)
    assert set(Counter(row["group"] for row in letters).values()) == {4}
    assert {row["style"] for row in letters} == STYLES
    for row in letters:
        assert 250 <= len(row["text"].split()) <= 600, row["id"]
        assert row["text"].isascii(), row["id"]
    assert revision_of(CardioLetterRetrieval().build()) == CARDIO_LETTER_RETRIEVAL.revision


def test_every_letter_is_asked_for_and_every_query_has_one_letter(
    letters: list[dict[str, Any]], queries: list[dict[str, Any]]
) -> None:
    """400 queries or more, none twice, most deciding facts in the second half."""
    assert len(queries) >= 400
    assert len({normalise(row["text"]) for row in queries}) == len(queries)
    assert {row["relevant"][0] for row in queries} == {row["id"] for row in letters}
    assert {len(row["relevant"]) for row in queries} == {1}
    positions = Counter(row["position"] for row in CardioLetterRetrieval().build()["queries"])
    assert set(positions) == {"early", "middle", "late"}
    assert min(positions.values()) >= 40


def test_no_query_copies_its_letter(
    letters: list[dict[str, Any]], queries: list[dict[str, Any]]
) -> None:
    """No run of six words of a query stands in its letter."""
    text_of = {row["id"]: f" {normalise(row['text'])} " for row in letters}
    for row in queries:
        words = normalise(row["text"]).split()
        runs = (" ".join(words[at : at + 6]) for at in range(len(words) - 5))
        assert not [run for run in runs if f" {run} " in text_of[row["relevant"][0]]], row["id"]


@pytest.mark.parametrize(
    ("ranked", "expected"),
    [
        ({"right": 0.9, "near1": 0.8}, 1.0),
        ({"right": 0.9, "near1": 0.9}, 0.5),
        ({"right": 0.7, "near1": 0.8}, 0.0),
        ({"near2": 0.1}, 0.0),
        ({"elsewhere": 0.9}, 0.25),
    ],
)
def test_the_right_letter_is_first_of_its_group(ranked: dict[str, float], expected: float) -> None:
    """Ties share; a letter beyond the predictions is below those in them."""
    assert _first_of_group(ranked, "right", ["near1", "near2", "near3"]) == expected


def test_random_vectors_are_at_chance(tmp_path: Path) -> None:
    """Next to nothing of nDCG@10, a quarter within groups; strata average to the main score."""
    entry = Entry(tmp_path, RANDOM, "2")
    evaluate_task(load_baseline(RANDOM), entry, CARDIO_LETTER_RETRIEVAL)
    items = entry.items("CardioLetterRetrieval")
    assert estimate(items).value < 0.05
    assert {len(clusters) for clusters in items.clusters} == {1}
    assert len({cluster for (cluster,) in items.clusters}) == len(written_rows("letters")) // 4
    scores = entry.scores("CardioLetterRetrieval")
    assert 0.17 < scores["group_accuracy"] < 0.33
    positions = Counter(row["position"] for row in CardioLetterRetrieval().build()["queries"])
    total = sum(scores[f"ndcg_at_10_position_{name}"] * n for name, n in positions.items())
    assert total / positions.total() == pytest.approx(scores["main_score"], abs=2e-5)


def test_metadata_is_filled_and_says_who_wrote_the_text() -> None:
    """mteb's own check passes; nothing claims that people wrote or reviewed it."""
    assert CardioLetterRetrieval.metadata.is_filled()
    assert CardioLetterRetrieval.metadata.annotations_creators == "LM-generated"
    assert "no clinician" in CardioLetterRetrieval.metadata.description


def test_letters_are_held_out_as_a_whole_and_by_sentence(letters: list[dict[str, Any]]) -> None:
    """Training text may be neither; short phrases and labels may stand anywhere."""
    held_out, tested = written_texts(), task_texts([CARDIO_LETTER_RETRIEVAL])
    for row in letters:
        sentences = sentences_of(row["text"])
        assert len(sentences) >= 5
        assert {row["text"], *sentences} <= held_out
        assert {row["text"], *sentences} <= set(tested["CardioLetterRetrieval"].values())
    assert "gp_letter" not in held_out
    assert "pulmonary embolism" not in held_out
    assert sentences_of("A short note. It has two sentences of a few words.") == []
