"""A copy of a published model is told by how its predictions go with the model's."""

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cardiobench.results.entry import Entry
from cardiobench.sharing.submission.copies import Known, resembles, threshold
from cardiobench_tasks.catalogue import CARDIO_NEGATION
from tests.submissions import TASK, ZERO_SHOT, edit_predictions, submission


def pairs(change: Callable[[float], float]) -> Callable[[Any], None]:
    """Every cosine changed, and the other lists with it."""

    def do(stored: Any) -> None:
        (lists,) = stored["default"].values()
        cosines = [max(-1.0, min(1.0, change(value))) for value in lists["cosine_scores"]]
        ratio = lists["manhattan_distances"][0] / lists["euclidean_distances"][0]
        lists["cosine_scores"] = lists["similarity_scores"] = lists["dot_scores"] = cosines
        lists["euclidean_distances"] = [(2 - 2 * value) ** 0.5 for value in cosines]
        lists["manhattan_distances"] = [ratio * e for e in lists["euclidean_distances"]]

    return do


RNG = random.Random(0)
COPIES: dict[str, Callable[[float], float]] = {
    "as it is": lambda value: value,
    "a factor": lambda value: 0.97 * value,
    "noise": lambda value: value + RNG.gauss(0, 0.01),
    "bent": lambda value: value**3 if value > 0 else value,
    "one outlier": lambda value: -1.0 if RNG.random() < 0.004 else value,
    "a shift": lambda value: value - 0.05,
}


@pytest.mark.parametrize("how", COPIES)
def test_a_copy_is_told_whatever_was_done_to_its_scale(
    how: str, tmp_path: Path, judge: Any
) -> None:
    """Also where its score is another one by now."""
    entry: Entry = submission(tmp_path, alias="example/mine", tasks=(TASK,))
    edit_predictions(entry.predictions_path(TASK), pairs(COPIES[how]))
    told = [f for f in judge(entry).findings if ZERO_SHOT in f.said and "predictions" in f.said]
    assert len(told) == 1
    assert told[0].severity == ("finding" if how == "as it is" else "warning")


def test_models_of_their_own_are_below_the_threshold(tmp_path: Path, judge: Any) -> None:
    """Seeds of one recipe are the nearest of kin; those of a recipe that changes little too."""
    for name in ("cardiobench/minilm-best-seed0", "cardiobench/minilm-quick-seed1"):
        entry = submission(tmp_path / name[-1], name, tasks=(TASK,))
        told = [f.said for f in judge(entry).findings if "predictions go with" in f.said]
        assert told == []


def test_documents_are_compared_where_both_have_them() -> None:
    """In any order; too few in common say nothing."""
    rng = np.random.default_rng(0)
    documents = {f"q{q}": {f"d{d}": float(rng.normal()) for d in range(100)} for q in range(20)}
    shuffled = {
        query: dict(sorted(scores.items(), key=lambda one: one[1]))
        for query, scores in reversed(documents.items())
    }
    same = resembles(Known.of(documents), Known.of(shuffled))
    assert same is not None
    assert (same.correlation, same.largest) == (pytest.approx(1.0), 0.0)
    few = {
        q: {f"e{d}": s for d, s in enumerate(scores.values())} for q, scores in documents.items()
    }
    assert resembles(Known.of(documents), Known.of(few)) is None
    assert threshold(CARDIO_NEGATION) == 0.994
