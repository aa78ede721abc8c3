"""Every number of a pair task is the model's: the kinds of similarity are held to each other."""

from typing import Any

import numpy as np
import pytest

from cardiobench.sharing.submission.similarity import (
    UNIT,
    is_unit,
    odd_manhattan,
    similarities_of,
    wrong_lists,
    wrong_with_pairs,
)

DIMENSION = 64


def predictions(*, unit: bool = True, n: int = 400) -> tuple[dict[str, Any], list[int]]:
    """Five lists of random embeddings, and labels."""
    rng = np.random.default_rng(0)
    one = rng.normal(size=(n, DIMENSION))
    two = one + rng.normal(size=(n, DIMENSION)) * rng.uniform(0.3, 2, size=(n, 1))
    if unit:
        one, two = (x / np.linalg.norm(x, axis=1, keepdims=True) for x in (one, two))
    dots = (one * two).sum(axis=1)
    cosines = dots / np.linalg.norm(one, axis=1) / np.linalg.norm(two, axis=1)
    lists = {
        "cosine_scores": cosines,
        "similarity_scores": cosines,
        "dot_scores": dots,
        "euclidean_distances": np.linalg.norm(one - two, axis=1),
        "manhattan_distances": np.abs(one - two).sum(axis=1),
    }
    return {k: v.tolist() for k, v in lists.items()}, rng.integers(0, 2, size=n).tolist()


def wrong(lists: dict[str, Any], function: str = "cosine", unit: bool | None = None) -> str:
    """What is wrong, in one text."""
    parts = wrong_with_pairs(lists, function, DIMENSION, tolerance=UNIT, unit=unit)
    return "\n".join(parts)


@pytest.mark.parametrize("unit", [True, False])
def test_lists_of_one_model_agree(unit: bool) -> None:
    """Of any length of the embeddings."""
    lists, labels = predictions(unit=unit)
    assert wrong(lists) == ""
    assert is_unit(lists) == unit
    assert odd_manhattan(lists, labels, DIMENSION) is None


@pytest.mark.parametrize("unit", [True, False])
@pytest.mark.parametrize(
    ("function", "key", "sign"),
    [
        ("cosine", "cosine_scores", 1),
        ("dot", "dot_scores", 1),
        ("euclidean", "euclidean_distances", -1),
        ("manhattan", "manhattan_distances", -1),
    ],
)
def test_similarity_is_the_function_that_the_metadata_names(
    function: str, key: str, sign: int, unit: bool
) -> None:
    """And no other."""
    lists, _ = predictions(unit=unit)
    lists["similarity_scores"] = [sign * value for value in lists[key]]
    assert wrong(lists, function) == ""
    lists["similarity_scores"][3] += 2.0 * max(map(abs, lists[key]))
    assert f"similarity_scores are not the {function}" in wrong(lists, function)
    assert similarities_of(lists, "made up") is None


def test_lists_that_are_the_labels_are_refused_in_every_kind() -> None:
    """Beside honest cosines, where max_* would be 1."""
    lists, labels = predictions()
    lists["dot_scores"] = [1.0 if label else -1.0 for label in labels]
    lists["similarity_scores"] = lists["dot_scores"]
    lists["euclidean_distances"] = [0.0 if label else 2.0 for label in labels]
    lists["manhattan_distances"] = [0.0 if label else 9.0 for label in labels]
    said = wrong(lists)
    assert "similarity_scores are not the cosine" in said
    assert "dot_scores have another sign than the cosines" in said
    known = wrong(lists, unit=True)
    assert "dot_scores are not the cosines" in known
    assert "euclidean_distances are not sqrt(2 - 2 cos)" in known


def test_one_value_of_one_list_is_enough() -> None:
    """By more than 32-bit numbers miss."""
    for key, change in (("dot_scores", 1e-3), ("euclidean_distances", 1e-3)):
        lists, _ = predictions()
        lists[key][7] += change
        assert key in wrong(lists, unit=True)


def test_distances_that_no_vectors_have_are_refused() -> None:
    """Below 0, shorter than the lengths allow, beyond the dimensions."""
    lists, _ = predictions(unit=False)
    shorter = {**lists, "euclidean_distances": [0.1 * e for e in lists["euclidean_distances"]]}
    assert "shorter than cosines and dot_scores allow" in wrong(shorter)
    negative = {**lists, "manhattan_distances": [-m for m in lists["manhattan_distances"]]}
    assert "a distance below 0" in wrong(negative)
    longer = {**lists, "manhattan_distances": [9 * m for m in lists["manhattan_distances"]]}
    assert f"that no {DIMENSION} dimensions have" in wrong(longer)


def test_manhattan_distances_that_know_the_labels_are_odd() -> None:
    """They cannot be computed from the others, so a maintainer is told."""
    lists, labels = predictions()
    lists["manhattan_distances"] = [
        m * (0.95 if label else 1.05)
        for m, label in zip(lists["manhattan_distances"], labels, strict=True)
    ]
    assert "differ by label (-0.1" in str(odd_manhattan(lists, labels, DIMENSION))
    lists["manhattan_distances"] = [
        e * np.sqrt(DIMENSION) * (0.2 + 0.7 * (k % 2))
        for k, e in enumerate(lists["euclidean_distances"])
    ]
    assert "stray far" in str(odd_manhattan(lists, labels, DIMENSION))


def test_a_rerun_compares_every_list() -> None:
    """Not the cosines alone."""
    lists, _ = predictions()
    assert list(wrong_lists(lists, lists, UNIT)) == []
    for key in lists.keys() - {"cosine_scores"}:
        other = {**lists, key: [value + 0.2 for value in lists[key]]}
        (said,) = wrong_lists(other, lists, UNIT)
        assert said.startswith(f"{key} of items encoded again")
