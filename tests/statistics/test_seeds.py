"""What other seeds would change: pooled spread, draws, and tests that count it."""

import numpy as np
import pytest

from cardiobench.results.entry import Items
from cardiobench.statistics.comparisons import compare, compare_suite, holm_of
from cardiobench.statistics.contenders import Contenders
from cardiobench.statistics.seeds import NO_SEEDS, pool_of

TASK, OTHER = "t", "u"


def items(values: np.ndarray, task: str = TASK) -> Items:
    """One item a concept."""
    ids = [f"{task}{k}" for k in range(len(values))]
    return Items(
        task=task,
        main_score="ndcg_at_10",
        revision="0" * 40,
        ids=ids,
        values=tuple(float(value) for value in values),
        clusters=[[name] for name in ids],
    )


def test_spread_is_pooled_over_recipes_with_their_degrees_of_freedom() -> None:
    """As the residual standard deviation of a one-way analysis of variance."""
    recipes = [[0.1, 0.2, 0.3], [0.5, 0.7], [0.9]]
    pool = pool_of([[{TASK: score} for score in seeds] for seeds in recipes])
    residual = sum((np.array(s) - np.mean(s)) @ (np.array(s) - np.mean(s)) for s in recipes)
    assert pool.freedom == {TASK: 3}
    assert pool.spread(TASK) == pytest.approx((residual / 3) ** 0.5)
    assert pool.spread("unknown") == NO_SEEDS.spread(TASK) == 0.0


def test_a_recipe_without_a_task_says_nothing_about_it() -> None:
    """Its seeds count for the tasks that they all have."""
    pool = pool_of([[{TASK: 0.1, OTHER: 0.5}, {TASK: 0.3}], [{OTHER: 0.1}, {OTHER: 0.2}]])
    assert pool.freedom == {TASK: 1, OTHER: 1}
    assert pool.spread(OTHER) == pytest.approx(np.std([0.1, 0.2], ddof=1))


def test_the_mean_of_seeds_strays_as_students_t() -> None:
    """Quantiles of s / sqrt(S) times t; a seed keeps its luck over tasks."""
    from scipy.stats import t as student

    scores = [{TASK: s, OTHER: 2 * s} for s in np.linspace(0, 1, 7)]
    pool = pool_of([scores])
    drawn = pool.noise("a/recipe", TASK, 4, 10_000)
    expected = pool.spread(TASK) / 2 * student(6).ppf([0.05, 0.5, 0.95])
    np.testing.assert_allclose(np.quantile(drawn, [0.05, 0.5, 0.95]), expected, atol=0.01)
    np.testing.assert_allclose(pool.noise("a/recipe", OTHER, 4, 10_000), 2 * drawn)
    assert abs(np.corrcoef(drawn, pool.noise("a/other", TASK, 4, 10_000))[0, 1]) < 0.05


def test_recipes_that_differ_only_by_luck_are_seldom_told_apart() -> None:
    """At the 5% level about one time in twenty, where tests of items alone are wrong most times."""
    generator = np.random.default_rng(3)
    joint, alone = [], []
    for _ in range(120):
        shared = generator.normal(0, 1, 80)
        luck = generator.normal(0, 0.3, 6)
        models = [items(shared + at + generator.normal(0, 0.2, 80)) for at in luck]
        scores = [
            [{TASK: float(np.mean(m.values))} for m in part] for part in (models[:3], models[3:])
        ]
        who = Contenders([[0, 1, 2], [3, 4, 5]], [True, True], pool_of(scores))
        joint.append(compare(models, who, TASK).p[0, 1])
        alone.append(compare([models[0], models[3]]).p[0, 1])
    assert np.mean(np.array(joint) < 0.05) < 0.12
    assert np.mean(np.array(alone) < 0.05) > 0.5


def test_seeds_count_over_the_suite_and_the_sign_says_who_is_better() -> None:
    """A difference on both tasks is real; the same difference within the spread of seeds is not."""
    generator = np.random.default_rng(4)
    outcome = {}
    for name, spread in (("steady", 0.001), ("straying", 0.3)):
        tasks: dict[str, list[Items]] = {}
        for task in (TASK, OTHER):
            shared = generator.normal(0, 1, 100)
            shifts = [0.1 - spread, 0.1, 0.1 + spread, 0.0]
            tasks[task] = [items(shared + s + generator.normal(0, 0.1, 100), task) for s in shifts]
        seeds = [{t: float(np.mean(m[k].values)) for t, m in tasks.items()} for k in range(3)]
        who = Contenders([[0, 1, 2], [3]], [True, False], pool_of([seeds]))
        compared = compare_suite(tasks, who, {TASK: 0.5, OTHER: 0.5})
        outcome[name] = compared.p_holm[0, 1]
        assert compared.difference[0, 1] > 0 > compared.difference[1, 0]
    assert outcome["steady"] < 0.01
    assert outcome["straying"] > 0.05


def test_holm_of_a_list_is_stricter_with_more_tests() -> None:
    """The smallest times all, the next times the rest, never falling."""
    np.testing.assert_allclose(holm_of(np.array([0.04, 0.01, 0.02])), [0.04, 0.03, 0.04])
    assert holm_of(np.array([])).size == 0
