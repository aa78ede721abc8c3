"""The board is a pure function of the entries, and the committed one is current."""

import math
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from cardiobench.board import board_pages
from cardiobench.entry import Items, finished_entries
from cardiobench.errors import CardioBenchError
from cardiobench.leaderboard import PUBLISHED, Row, published_folder, ranked, read_rows
from cardiobench.statistics import estimate, paired_gain
from cardiobench_tasks.catalogue import SUITE, TaskSpec

LEADERBOARD = Path(__file__).parent.parent / "leaderboard"


def test_the_committed_board_is_what_its_entries_give() -> None:
    """`cardiobench leaderboard build` changes nothing."""
    for name, page in board_pages(read_rows(LEADERBOARD, PUBLISHED)).items():
        assert (LEADERBOARD / name).read_text(encoding="utf-8") == page


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
    (adapted,) = [row for row in rows.values() if row.manifest.model.adapted_from]
    base = rows[adapted.manifest.model.adapted_from or ""]
    retrieval = paired_gain(adapted.items["CardioTermRetrieval"], base.items["CardioTermRetrieval"])
    assert retrieval.low > 0
    separation = paired_gain(adapted.items["CardioSeparation"], base.items["CardioSeparation"])
    assert separation.value > 0


# The other specialties share CardioSeparation's code, and take the longest to build.
RECOMPUTED = [
    pytest.param(s, marks=pytest.mark.slow if s.group == "transfer" else (), id=s.name)
    for s in SUITE
]


@pytest.mark.parametrize("spec", RECOMPUTED)
def test_every_committed_score_recomputes_from_its_predictions(spec: TaskSpec) -> None:
    """Predictions give the items, and the items give the main score on the board."""
    from cardiobench.evaluation import per_item_scores, read_predictions

    task = spec.load()
    task.load_data()
    for entry in finished_entries(LEADERBOARD):
        predictions = read_predictions(entry.predictions_path(spec.name))
        items = per_item_scores(task, spec, predictions)
        np.testing.assert_allclose(items.values, entry.items(spec.name).values, atol=1e-6)
        main_score = entry.scores(spec.name)["main_score"]
        assert estimate(items).value == pytest.approx(main_score, abs=1e-5)


def some_items(values: list[float], labels: list[int] | None = None, prefix: str = "c") -> Items:
    """Items that each have a concept of their own."""
    return Items(
        task="T",
        main_score="m",
        revision="r",
        ids=[f"i{k}" for k in range(len(values))],
        values=values,
        labels=labels,
        clusters=[[f"{prefix}{k}"] for k in range(len(values))],
    )


def test_intervals_agree_with_scipys_bootstrap() -> None:
    """Where every item has its own concept, this is the ordinary bootstrap of a mean."""
    values = np.random.default_rng(1).gamma(2.0, 1.0, 400)
    found = estimate(some_items(values.tolist()))
    reference = stats.bootstrap(
        (values,), np.mean, method="percentile", n_resamples=10_000, rng=np.random.default_rng(2)
    ).confidence_interval
    assert found.value == pytest.approx(values.mean())
    assert found.low == pytest.approx(reference.low, abs=0.02)
    assert found.high == pytest.approx(reference.high, abs=0.02)


def test_items_that_share_concepts_widen_the_interval() -> None:
    """Ten copies of each item are no new evidence."""
    values = np.random.default_rng(3).normal(size=60)
    alone = estimate(some_items(values.tolist()))
    copies = some_items(np.repeat(values, 10).tolist())
    shared = copies.model_copy(update={"clusters": [[f"c{k // 10}"] for k in range(600)]})
    width = alone.high - alone.low
    assert estimate(shared).high - estimate(shared).low == pytest.approx(width, rel=0.1)
    assert estimate(copies).high - estimate(copies).low < width / 2


def test_difference_of_means_has_the_textbook_interval() -> None:
    """Two independent sides: about 1.96 standard errors each way."""
    generator = np.random.default_rng(4)
    values = np.concatenate([generator.normal(0.5, 0.2, 500), generator.normal(0.3, 0.2, 500)])
    found = estimate(some_items(values.tolist(), [1] * 500 + [0] * 500))
    error = 1.96 * math.sqrt(values[:500].var() / 500 + values[500:].var() / 500)
    assert found.value == pytest.approx(values[:500].mean() - values[500:].mean())
    assert found.high - found.value == pytest.approx(error, rel=0.1)


def test_a_paired_gain_sees_what_two_intervals_hide() -> None:
    """A small steady gain on noisy items is found; other items are refused."""
    noise = np.random.default_rng(5).normal(size=300)
    before, after = some_items(noise.tolist()), some_items((noise + 0.02).tolist())
    assert estimate(after).low < estimate(before).high
    assert paired_gain(after, before).low > 0
    with pytest.raises(ValueError, match="not scored on the same items"):
        paired_gain(after, some_items([1.0]))


def test_rows_are_ranked_by_mean_rank_whatever_their_order() -> None:
    """Adapted first, random last, from any order of reading."""
    rows = read_rows(LEADERBOARD, PUBLISHED)
    names = [row.manifest.model.name for row in ranked(rows)]
    assert names == [row.manifest.model.name for row in ranked(rows[::-1])]
    assert names[0].startswith("cardiobench/minilm")
    assert names[-1] == "mteb/baseline-random-encoder"


def test_names_cannot_break_the_table_or_smuggle_markup() -> None:
    """Pipes are escaped, tags are shown as text."""
    row = read_rows(LEADERBOARD, PUBLISHED)[0]
    model = row.manifest.model.model_copy(update={"licence": "x|<script>alert(1)</script>"})
    hostile = Row(
        manifest=row.manifest.model_copy(update={"model": model}),
        origin=row.origin,
        estimates=row.estimates,
        scores=row.scores,
        items=row.items,
    )
    board = board_pages([hostile])["README.md"]
    assert "<script>" not in board
    assert "x\\|&lt;script>" in board


def test_an_empty_folder_says_what_to_type(tmp_path: Path) -> None:
    """No board without rows."""
    with pytest.raises(CardioBenchError, match="Type: cardiobench run"):
        board_pages(read_rows(tmp_path, PUBLISHED))


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
        chance = random.estimates[spec.name]
        if spec.main_score == "separation":
            assert abs(tfidf.estimates[spec.name].value) < 0.02, spec.name
            assert chance.low < 0 < chance.high, spec.name
        elif spec.main_score == "triplet_accuracy":
            assert chance.low < 0.5 < chance.high
        else:
            assert chance.value < 0.05, spec.name
