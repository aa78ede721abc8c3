"""The board is a pure function of the entries, and the committed one is current."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cardiobench.board.build import board_pages
from cardiobench.board.chance import chance_of
from cardiobench.board.facts import board_of
from cardiobench.board.folder import stale
from cardiobench.board.read import BoardData, read_rows
from cardiobench.board.rows import PUBLISHED
from cardiobench.errors import CardioBenchError
from cardiobench.models.baselines import BASELINES
from cardiobench.plugins.registry import load_plugins
from cardiobench.results.entry import finished_entries, published_folder
from cardiobench.statistics.estimates import estimate, paired_gain
from cardiobench_tasks.catalogue import SUITE, TaskSpec

LEADERBOARD = Path(__file__).parents[2] / "leaderboard"


def test_the_committed_board_is_what_its_entries_give() -> None:
    """`cardiobench leaderboard build` changes nothing, figures and exports included."""
    paths, board = stale(LEADERBOARD, load_plugins())
    assert paths == []
    backwards = replace(board.data, rows=board.data.rows[::-1])
    assert board_pages(board.data) == board_pages(backwards)


def test_the_committed_rows_cover_the_suite_and_adaptation_helps_on_held_out_concepts() -> None:
    """Zero-shot, adapted and both baselines on every task; adapted is better where it was aimed."""
    rows = {row.manifest.model.name: row for row in read_rows(LEADERBOARD, PUBLISHED)}
    assert {row.manifest.model.kind for row in rows.values()} == {
        "zero-shot",
        "adapted",
        "baseline",
    }
    for row in rows.values():
        assert {spec.name for spec in SUITE} <= set(row.estimates)
    adapted = [row for row in rows.values() if row.manifest.model.adapted_from]
    assert len(adapted) >= 2
    for row in adapted:
        items = rows[row.manifest.model.adapted_from or ""].items
        assert paired_gain(row.items["CardioTermRetrieval"], items["CardioTermRetrieval"]).low > 0
        assert paired_gain(row.items["CardioSeparation"], items["CardioSeparation"]).value > 0


def test_the_recipe_best_is_better_than_quick_where_it_was_aimed() -> None:
    """With every seed, on separation and term retrieval."""
    rows = {row.manifest.model.name: row for row in read_rows(LEADERBOARD, PUBLISHED)}
    quick = rows["cardiobench/minilm-quick-seed0"].items
    for seed in (0, 1, 2):
        best = rows[f"cardiobench/minilm-best-seed{seed}"].items
        for task in ("CardioSeparation", "CardioTermRetrieval"):
            assert paired_gain(best[task], quick[task]).low > 0


# The other specialties share CardioSeparation's code, and take the longest to build.
RECOMPUTED = [
    pytest.param(s, marks=pytest.mark.slow if s.group == "transfer" else (), id=s.name)
    for s in SUITE
]


@pytest.mark.parametrize("spec", RECOMPUTED)
def test_every_committed_score_recomputes_from_its_predictions(spec: TaskSpec) -> None:
    """Predictions give the items, and the items give the main score on the board."""
    from cardiobench.evaluation.evaluate import per_item_scores, read_predictions

    task = spec.load()
    task.load_data()
    for entry in finished_entries(LEADERBOARD):
        predictions = read_predictions(entry.predictions_path(spec.name))
        items = per_item_scores(task, spec, predictions)
        np.testing.assert_allclose(items.values, entry.items(spec.name).values, atol=1e-6)
        main_score = entry.scores(spec.name)["main_score"]
        assert estimate(items).value == pytest.approx(main_score, abs=1e-5)


def test_the_order_is_by_mean_rank_whatever_the_order_of_reading() -> None:
    """The best line first, a recipe as one line; baselines have no place."""
    rows = tuple(read_rows(LEADERBOARD, PUBLISHED))
    board, backwards = board_of(BoardData(rows=rows)), board_of(BoardData(rows=rows[::-1]))
    titles = [one.title for one in board.shown]
    assert titles == [one.title for one in backwards.shown]
    assert titles[:2] == [
        "sentence-transformers/all-mpnet-base-v2",
        "cardiobench/minilm-best (3 seeds)",
    ]
    assert {one.name for one in board.floors} == set(BASELINES)
    assert not {one.key for one in board.floors} & set(board.places.suite)


def test_an_empty_folder_says_what_to_type(tmp_path: Path) -> None:
    """No board without rows."""
    with pytest.raises(CardioBenchError, match="Type: cardiobench run"):
        board_pages(BoardData(rows=tuple(read_rows(tmp_path, PUBLISHED))))


def test_the_published_entries_are_found_from_a_checkout() -> None:
    """A user's board shows them beside the user's own rows."""
    folder = published_folder()
    assert folder is not None
    assert folder.resolve() == LEADERBOARD.resolve()


def test_baselines_that_must_look_bad_look_bad() -> None:
    """TF-IDF separates no matched stratum; random vectors score chance within the interval."""
    rows = {row.manifest.model.name: row for row in read_rows(LEADERBOARD, PUBLISHED)}
    tfidf, random = rows["cardiobench/baseline-tfidf"], rows["mteb/baseline-random-encoder"]
    for spec in SUITE:
        chance, found = chance_of(spec), random.estimates[spec.name]
        if spec.type == "PairClassification":
            assert found.low <= chance <= found.high, spec.name
        else:
            assert found.value < chance + 0.05, spec.name
        if spec.group in ("separation", "transfer"):
            assert abs(tfidf.estimates[spec.name].value - chance) < 0.05, spec.name
