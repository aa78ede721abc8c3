"""CardioQARetrieval: questions and passages keep their rules; the scores mean what they say."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import ir_measures
import mteb
import numpy as np
import pytest
from datasets import Dataset
from ir_measures import nDCG

from cardiobench.evaluation.evaluate import evaluate_task
from cardiobench.models.baselines import RANDOM, TFIDF, load_baseline
from cardiobench.results.entry import Entry
from cardiobench.statistics.estimates import estimate
from cardiobench_tasks.cardio_qa_retrieval import CardioQARetrieval
from cardiobench_tasks.catalogue import CARDIO_QA_RETRIEVAL
from cardiobench_tasks.task_data import revision_of, written_rows

AREAS = set(
    "arrhythmia congenital devices drugs emergencies heart_failure hypertension imaging ischaemic "
    "obstetric paediatric pericardial prevention procedures valve vascular".split()
)


@pytest.fixture(scope="module")
def passages() -> list[dict[str, Any]]:
    """The passages as they lie in the package."""
    return written_rows("qa_passages")


@pytest.fixture(scope="module")
def questions() -> list[dict[str, Any]]:
    """The questions as they lie in the package."""
    return written_rows("qa_questions")


def test_there_are_400_questions_over_250_passages(
    passages: list[dict[str, Any]], questions: list[dict[str, Any]]
) -> None:
    """Half as clinicians ask, half as patients ask; every area has questions of both styles."""
    assert len(questions) >= 400
    assert len(passages) >= 250
    styles = Counter(row["style"] for row in questions)
    assert styles == {"clinician": len(questions) / 2, "patient": len(questions) / 2}
    assert {(row["area"], row["style"]) for row in questions} == {
        (area, style) for area in AREAS for style in styles
    }
    # Distractors of the same area for every question.
    assert set(Counter(row["area"] for row in passages)) == AREAS
    assert min(Counter(row["area"] for row in passages).values()) >= 10
    assert {tuple(row) for row in passages} == {("id", "area", "topic", "text")}
    assert {tuple(row) for row in questions} == {("id", "style", "area", "text", "relevant")}


def test_passages_and_questions_are_unique_and_plain_ascii(
    passages: list[dict[str, Any]], questions: list[dict[str, Any]]
) -> None:
    """Passages of 40 to 100 words, questions of 10 to 25; no text twice, letter case aside."""
    for rows, low, high in ((passages, 40, 100), (questions, 10, 25)):
        assert len({row["id"] for row in rows}) == len(rows)
        assert len({re.sub(r"\W+", " ", row["text"].lower()) for row in rows}) == len(rows)
        for row in rows:
            assert row["text"].isascii()
            assert low <= len(row["text"].split()) <= high, row["id"]
            assert re.fullmatch(r"\S+( \S+)*[.?]", row["text"]), row["id"]


def test_every_passage_is_asked_about_and_every_answer_exists(
    passages: list[dict[str, Any]], questions: list[dict[str, Any]]
) -> None:
    """The first relevant passage is of the question's own area; none is named twice."""
    area_of = {row["id"]: row["area"] for row in passages}
    assert {row["relevant"][0] for row in questions} == set(area_of)
    for row in questions:
        assert set(row["relevant"]) <= set(area_of)
        assert len(set(row["relevant"])) == len(row["relevant"]) <= 3
        assert area_of[row["relevant"][0]] == row["area"]


def test_no_passage_is_given_away_by_the_words_of_its_question(
    passages: list[dict[str, Any]], questions: list[dict[str, Any]]
) -> None:
    """No run of five words is common to a question and a passage that answers it."""
    text_of = {row["id"]: row["text"] for row in passages}

    def runs(text: str) -> set[tuple[str, ...]]:
        words = re.findall(r"\w+", text.lower())
        return {tuple(words[k : k + 5]) for k in range(len(words) - 4)}

    for row in questions:
        for passage in row["relevant"]:
            assert not runs(row["text"]) & runs(text_of[passage]), (row["id"], passage)


def test_the_data_is_the_pinned_one_and_its_card_is_truthful() -> None:
    """Two readings give the pinned content hash; nothing claims that people wrote the text."""
    assert revision_of(CardioQARetrieval().build()) == CARDIO_QA_RETRIEVAL.revision
    assert revision_of(CardioQARetrieval().build()) == CARDIO_QA_RETRIEVAL.revision
    metadata = CardioQARetrieval.metadata
    assert metadata.is_filled()
    assert metadata.revision == CARDIO_QA_RETRIEVAL.revision
    assert metadata.license == "cc-by-4.0"
    assert metadata.annotations_creators == "LM-generated"
    assert "no clinician" in metadata.description


def test_scores_by_style_and_area_by_hand() -> None:
    """Means over the queries of a style or an area; a query without results counts 0."""
    task = CardioQARetrieval()
    queries = {
        "id": ["q1", "q2", "q3", "q4"],
        "style": ["clinician", "patient", "clinician", "patient"],
        "area": ["valve", "valve", "drugs", "drugs"],
    }
    task.dataset = {"default": {"test": {"queries": Dataset.from_dict(queries)}}}
    found = {"q1": {"ndcg_cut_10": 1.0}, "q2": {"ndcg_cut_10": 0.5}, "q3": {"ndcg_cut_10": 0.4}}
    scores = task.task_specific_scores(found, {}, {}, hf_split="test", hf_subset="default")
    assert scores == pytest.approx(
        {
            "ndcg_at_10_area_drugs": 0.2,
            "ndcg_at_10_area_valve": 0.75,
            "ndcg_at_10_clinician": 0.7,
            "ndcg_at_10_patient": 0.25,
        }
    )


@pytest.fixture(scope="module")
def stock(minilm: Any, tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any, Any]:
    """Stock mteb with real MiniLM: the task, its scores and the predictions it wrote."""
    task, folder = CardioQARetrieval(), tmp_path_factory.mktemp("predictions")
    with pytest.warns():  # mteb calls a renamed method of sentence-transformers
        result = mteb.evaluate(
            minilm,
            task,
            cache=None,
            encode_kwargs={"batch_size": 32, "show_progress_bar": False},
            prediction_folder=folder,
            show_progress_bar=False,
        ).task_results[0]
    split = CARDIO_QA_RETRIEVAL.split
    predictions = json.loads((folder / task.prediction_file_name).read_text())
    task.load_data()  # mteb lets go of the data when it is done
    return task, result.scores[split][0], predictions["default"][split]


def test_items_and_styles_average_to_the_main_score_of_stock_mteb(
    stock: tuple[Any, Any, Any], questions: list[dict[str, Any]]
) -> None:
    """Main score, mean over items, and mean of the two styles are one number."""
    task, scores, predictions = stock
    items = task.item_scores(predictions)
    assert len(items.ids) == len(questions)
    assert np.mean(items.values) == pytest.approx(scores["main_score"], abs=1e-5)
    styles = [scores[f"ndcg_at_10_{style}"] for style in ("clinician", "patient")]
    assert np.mean(styles) == pytest.approx(scores["main_score"], abs=1e-5)
    assert 0.5 < scores["main_score"] < 0.95, "neither too hard nor solved"


def test_scores_come_from_the_qrels(
    stock: tuple[Any, Any, Any], passages: list[dict[str, Any]], questions: list[dict[str, Any]]
) -> None:
    """Another library gives the same nDCG@10; with shuffled qrels it falls to chance."""
    _, scores, predictions = stock
    right = {row["id"]: dict.fromkeys(row["relevant"], 1) for row in questions}
    measured = ir_measures.calc_aggregate([nDCG @ 10], right, predictions)[nDCG @ 10]
    assert measured == pytest.approx(scores["main_score"], abs=1e-5)
    generator = np.random.default_rng(0)
    ids = [row["id"] for row in passages]
    wrong = {row["id"]: {str(generator.choice(ids)): 1} for row in questions}
    assert ir_measures.calc_aggregate([nDCG @ 10], wrong, predictions)[nDCG @ 10] < 0.04


def test_random_vectors_find_nothing_and_shared_words_not_enough(tmp_path: Path) -> None:
    """The baselines of the board: chance, and far from solved by word overlap."""
    entry = Entry(tmp_path, RANDOM, "2")
    evaluate_task(load_baseline(RANDOM), entry, CARDIO_QA_RETRIEVAL)
    assert estimate(entry.items("CardioQARetrieval")).value < 0.05
    entry = Entry(tmp_path, TFIDF, "1")
    evaluate_task(load_baseline(TFIDF), entry, CARDIO_QA_RETRIEVAL)
    assert 0.2 < estimate(entry.items("CardioQARetrieval")).value < 0.55
