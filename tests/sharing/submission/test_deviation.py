"""A re-run's tolerance is for noise: a small push of every item towards its label is found."""

import math
from typing import Any

import numpy as np
import pytest

from cardiobench.sharing.submission.deviation import pair_deviations, query_deviations
from cardiobench.sharing.submission.rerun import _query_gains
from cardiobench.sharing.submission.sample import Sample, sample_size

TOLERANCE = 2e-2  # bfloat16
N = 200


def pairs(noise: float, push: float = 0.0) -> list[str]:
    """What is said of stored cosines with noise and a push towards their labels."""
    rng = np.random.default_rng(1)
    again, labels = rng.uniform(-1, 1, N), np.arange(N) % 2
    stored = again + rng.normal(0, noise, N) + push * np.where(labels == 1, 1, -1)
    return list(pair_deviations(stored.tolist(), again.tolist(), labels.tolist()).wrong(TOLERANCE))


def queries(noise: float, push: float = 0.0) -> list[str]:
    """The same of queries with ten documents each, one relevant."""
    rng = np.random.default_rng(2)
    compared = []
    for _ in range(N):
        again = {f"d{k}": float(rng.uniform(-1, 1)) for k in range(10)}
        stored = {d: s + float(rng.normal(0, noise)) + push * (d == "d3") for d, s in again.items()}
        compared.append((stored, again, {"d3"}))
    return list(query_deviations(compared).wrong(TOLERANCE))


@pytest.mark.parametrize("judged", [pairs, queries])
@pytest.mark.parametrize("noise", [0.0, 1e-4, 2e-3, 4e-3])
def test_honest_noise_passes(judged: Any, noise: float) -> None:
    """A fifth of the tolerance, in the standard deviation, is what other hardware does at most."""
    assert judged(noise) == []


@pytest.mark.parametrize("judged", [pairs, queries])
@pytest.mark.parametrize("push", [0.014, 0.007, 0.003])
def test_a_push_towards_the_labels_is_found_within_the_tolerance(judged: Any, push: float) -> None:
    """No single item is off by more than is allowed."""
    said = " ".join(judged(1e-3, push))
    assert "are not what is stored" not in said
    assert "moved towards their labels" in said


def test_a_push_away_from_the_labels_is_no_forgery() -> None:
    """It costs the submitter."""
    assert pairs(1e-3, -0.003) == []


def test_the_root_mean_square_is_held_too() -> None:
    """A forger who moves items to and fro uses the whole tolerance on every one."""
    again = np.zeros(N)
    stored = np.where(np.arange(N) % 4 < 2, 0.019, -0.019)
    labels = (np.arange(N) % 2).tolist()
    (said,) = pair_deviations(stored.tolist(), again.tolist(), labels).wrong(TOLERANCE)
    assert "in the root mean square" in said


def test_one_item_beyond_the_tolerance_is_enough() -> None:
    """As is NaN."""
    for value in (0.05, math.nan):
        stored = [value, *([0.0] * 99)]
        said = list(pair_deviations(stored, [0.0] * 100, [0, 1] * 50).wrong(TOLERANCE))
        assert said[0].startswith("1 of 100 items encoded again are not what is stored")


def test_a_document_left_out_shows_even_if_all_stored_scores_are_true() -> None:
    """By how much it beats the last one that is stored; a worse one does not count."""
    stored = {"a": 0.9, "b": 0.5}
    for again, apart in (
        ({**stored, "c": 0.7}, 0.2),
        ({**stored, "c": 0.4}, 0.0),
        ({"a": 0.9, "b": 0.4}, 0.1),
    ):
        (item,) = query_deviations([(stored, again, {"a"})]).items
        assert item == pytest.approx(apart)


def test_the_sample_has_the_stated_probability_of_holding_a_changed_item() -> None:
    """59 items show with 95% that one in twenty was changed; drawn here 4,000 times."""
    assert sample_size() == 59
    assert sample_size(share=0.01, probability=0.99) == 459
    changed, items = set(range(50)), range(1_000)
    hits = [
        bool(changed & set(Sample(sample_size(), seed).choose("T", items))) for seed in range(4_000)
    ]
    assert np.mean(hits) == pytest.approx(0.95, abs=0.015)


def test_items_that_gained_most_over_the_base_are_looked_at_first() -> None:
    """On top of the random ones, so that these keep their probability."""
    sample = Sample(10, seed=3)
    drawn = sample.choose("T", range(1_000))
    chosen = sample.choose_by_gain("T", range(1_000), {k: float(k) for k in range(1_000)})
    assert set(chosen) == {*drawn, 995, 996, 997, 998, 999}
    assert chosen == sorted(chosen)
    assert sample.choose_by_gain("T", range(1_000), {}) == drawn
    assert Sample(None, seed=3).choose_by_gain("T", range(9), {1: 1.0}) == list(range(9))


def test_a_query_gains_by_what_its_relevant_document_rose() -> None:
    """From the base's score, or from below all that the base stored."""
    from cardiobench.sharing.submission.copies import Known

    base = Known.of({"q1": {"a": 0.2, "b": 0.5}, "q2": {"b": 0.4}})
    stored = {"q1": {"a": 0.9, "b": 0.5}, "q2": {"a": 0.8, "b": 0.1}}
    gains = _query_gains(stored, {"q1": {"a"}, "q2": {"a"}}, base)
    assert gains == {"q1": pytest.approx(0.7), "q2": 1.0}
    assert _query_gains(stored, {"q1": {"a"}, "q2": {"a"}}, None) == {}
