"""Triplets: what is right, tied and wrong, by triplet and by mirrored pair of triplets."""

from typing import Any

import pytest
from datasets import Dataset

from cardiobench_tasks.cardio_abbreviation import CardioAbbreviation
from cardiobench_tasks.cardio_negation import CardioNegation
from cardiobench_tasks.cardio_value import CardioValue
from cardiobench_tasks.triplets import TripletTask, triplet_wins

DISTANCES = ("similarity_scores", "manhattan_distances", "euclidean_distances", "dot_scores")
TASKS = (CardioNegation, CardioAbbreviation, CardioValue)


def with_rows(task: TripletTask, **columns: list[str]) -> TripletTask:
    """A task whose triplets are these columns alone, two rows for each value."""
    rows = {name: [value for value in values for _ in (0, 1)] for name, values in columns.items()}
    task.dataset = {task.spec.split: Dataset.from_dict(rows)}
    return task


def predictions_of(cosines: list[float]) -> dict[str, Any]:
    """What mteb hands over for one cosine a row."""
    return {"cosine_scores": cosines, **dict.fromkeys(DISTANCES, cosines)}


def test_triplets_by_hand() -> None:
    """Right, tied, tied but for rounding, wrong."""
    wins = triplet_wins([0.9, 0.5, 0.7, 0.4], [0.1, 0.5, 0.7 + 1e-7, 0.8])
    assert wins.tolist() == [1.0, 0.5, 0.5, 0.0]


def test_broken_embeddings_are_not_scored() -> None:
    """NaN cosines are an error, not a wrong answer."""
    with pytest.raises(ValueError, match="NaN or infinite"):
        triplet_wins([float("nan"), 0.1], [0.2, 0.3])
    with pytest.raises(ValueError, match="at least one triplet"):
        triplet_wins([], [])


def test_a_mirrored_pair_is_right_if_the_value_moves_the_preference() -> None:
    """Three stems: preference moved the right way, the wrong way, not at all."""
    stems = ["s1", "s1", "s2", "s2", "s3", "s3"]
    task = with_rows(
        CardioValue(),
        stem=stems,
        quantity=["INR"] * 2 + ["QTc"] * 4,
        contrast=["near"] * 2 + ["wide"] * 4,
        form=["number"] * 6,
        area=["ecg"] * 6,
    )
    # The candidate that is right first is liked better in all of s1, but less so once it is wrong.
    cosines = [0.9, 0.4, 0.5, 0.8, 0.6, 0.5, 0.2, 0.4, 0.7, 0.3, 0.3, 0.7]
    scores = task._compute_metrics(predictions_of(cosines), [1, 0] * 6)
    assert scores["mirror_accuracy"] == pytest.approx((1 + 0 + 0.5) / 3)
    assert scores["triplet_accuracy"] == pytest.approx(3 / 6)
    assert scores["margin"] == pytest.approx((0.5 - 0.3 + 0.1 - 0.2 + 0.4 - 0.4) / 6)
    assert scores["accuracy_near"] == 1.0
    assert scores["accuracy_wide"] == pytest.approx(0.25)
    items = task.item_scores(predictions_of(cosines))
    assert (items.ids, items.values) == (["s1", "s2", "s3"], [1.0, 0.0, 0.5])
    assert items.clusters == [["INR"], ["QTc"], ["QTc"]]


@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.spec.name)
def test_rows_alternate_right_and_wrong(task: type[TripletTask]) -> None:
    """What the scores rely on: label 1, label 0, one anchor, triplet and item for both."""
    rows = task().build()["pairs"]
    assert len({row["id"] for row in rows}) == len(rows)
    for right, wrong in zip(rows[0::2], rows[1::2], strict=True):
        assert (right["labels"], wrong["labels"]) == (1, 0)
        for column in ("sentence1", "triplet", task.item_column, *task.columns):
            assert right[column] == wrong[column]
        assert right["sentence2"] != wrong["sentence2"]
