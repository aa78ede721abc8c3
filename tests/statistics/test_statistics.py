"""Intervals over items, tests of pairs, ranks, and what recomputes from the study's tables."""

import itertools
import math

import numpy as np
import pytest
from scipy import stats

from cardiobench.board.study.facts import reported_models, tier
from cardiobench.results.items import Items
from cardiobench.statistics.comparisons import compare, compare_suite, holm, letter_groups
from cardiobench.statistics.correlation import correlate
from cardiobench.statistics.estimates import estimate, linear_values, paired_gain, task_scores
from cardiobench.statistics.pareto import pareto_front
from cardiobench.statistics.resampling import RESAMPLES, design_of, draws, replicates, signs


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


def paired_sides(seed: int, gain: float = 0.0, n: int = 200) -> tuple[Items, Items]:
    """Two models' cosines of n similar and n different pairs, scored by AUROC."""
    generator = np.random.default_rng(seed)
    labels = [1] * n + [0] * n
    shared = np.where(np.array(labels) == 1, 0.5, 0.3) + generator.normal(0, 0.3, 2 * n)
    models = [
        shared + shift * np.array(labels) + generator.normal(0, 0.1, 2 * n) for shift in (gain, 0)
    ]
    found = [
        some_items(v.tolist(), labels).model_copy(update={"main_score": "auroc"}) for v in models
    ]
    return found[0], found[1]


def test_auroc_is_recomputed_in_every_resample() -> None:
    """Replicates equal those of a loop over pairs of items with whole weights, ties included."""
    values = np.round(np.random.default_rng(20).normal(size=60), 1)
    labels = [1] * 30 + [0] * 30
    items = some_items(values.tolist(), labels).model_copy(update={"main_score": "auroc"})
    design = design_of(items)
    weights = draws(design.concepts, 50)[[design.concepts.index(f"c{k}") for k in range(60)]]
    wins = (values[:30, None] > values[30:]) + 0.5 * (values[:30, None] == values[30:])
    above, below = weights[:30].astype(float), weights[30:].astype(float)
    expected = np.einsum("ir,ij,jr->r", above, wins, below) / above.sum(0) / below.sum(0)
    np.testing.assert_allclose(replicates(design, values[None], 50)[0], expected, atol=1e-12)
    assert estimate(items).value == pytest.approx(wins.mean())


def test_auroc_has_delongs_interval_and_does_not_see_a_stretched_scale() -> None:
    """The bootstrap's spread is that of the placement values; monotone changes change nothing."""
    items, _ = paired_sides(21)
    placed = linear_values([items])[0]
    error = math.sqrt(placed[:200].var(ddof=1) / 200 + placed[200:].var(ddof=1) / 200)
    found = estimate(items)
    assert found.standard_error == pytest.approx(error, rel=0.1)
    assert placed[:200].mean() - placed[200:].mean() == pytest.approx(found.value)
    stretched = items.model_copy(update={"values": tuple(2 * v - 1 for v in items.values)})
    assert estimate(stretched).value == pytest.approx(found.value)


def test_the_test_of_auroc_keeps_its_level_and_finds_a_real_gain() -> None:
    """Alike models differ in about one of twenty tests; a gain is found."""
    p = [compare(paired_sides(seed)).p[0, 1] for seed in range(60)]
    assert (np.array(p) < 0.05).mean() < 0.15
    found = compare(paired_sides(99, gain=0.1))
    assert found.p[0, 1] < 0.01
    assert found.difference[0, 1] > 0


def test_a_paired_gain_sees_what_two_intervals_hide() -> None:
    """A small steady gain on noisy items is found; other items are refused."""
    noise = np.random.default_rng(5).normal(size=300)
    before, after = some_items(noise.tolist()), some_items((noise + 0.02).tolist())
    assert estimate(after).low < estimate(before).high
    assert paired_gain(after, before).low > 0
    with pytest.raises(ValueError, match="not scored on the same items"):
        paired_gain(after, some_items([1.0]))


def test_resamples_weigh_an_item_by_the_product_of_its_concepts() -> None:
    """Replicates are what the definition says, item by item, with one concept or two."""
    generator = np.random.default_rng(6)
    values = generator.normal(size=(3, 160))
    pairs = list(itertools.combinations("abcdefghijklmnopqrst", 2))[:160]
    items = some_items(values[0].tolist(), [1] * 80 + [0] * 80).model_copy(
        update={"clusters": [list(pair) for pair in pairs]}
    )
    design = design_of(items)
    drawn = draws(design.concepts).astype(float)
    place = {name: k for k, name in enumerate(design.concepts)}
    weights = np.array([drawn[place[a]] * drawn[place[b]] for a, b in pairs])
    with np.errstate(invalid="ignore"):
        expected = [
            (values[:, side] @ weights[side]) / weights[side].sum(axis=0)
            for side in (slice(0, 80), slice(80, 160))
        ]
    whole = np.isfinite(expected[0] - expected[1])
    assert whole.mean() > 0.99
    found = replicates(design, values)
    np.testing.assert_allclose(found[whole], (expected[0] - expected[1])[whole], atol=1e-7)


def test_a_concept_is_drawn_alike_in_every_task_and_like_a_poisson_variable() -> None:
    """Its draws hang on its name alone; their mean and variance are 1."""
    one, other = draws(["a", "b"]), draws(["b", "c", "d"])
    np.testing.assert_array_equal(one[1], other[0])
    assert not np.array_equal(one[0], one[1])
    drawn = draws([f"c{k}" for k in range(200)])[:-1].astype(float)
    assert drawn.mean() == pytest.approx(1.0, abs=0.005)
    assert drawn.var() == pytest.approx(1.0, abs=0.01)
    assert signs(["a"])[:-1].astype(float).mean() == pytest.approx(0.0, abs=0.05)


def test_an_interval_does_not_hang_on_the_models_beside_it() -> None:
    """The same bits alone, beside others, and in another order."""
    generator = np.random.default_rng(7)
    models = [some_items(generator.uniform(size=150).tolist()) for _ in range(5)]
    together, _ = task_scores(models)
    assert together == [estimate(items) for items in models]
    assert task_scores(models[::-1])[0] == together[::-1]


def test_quantiles_are_numpys() -> None:
    """Taken by partition, for speed."""
    items = some_items(np.random.default_rng(8).uniform(size=50).tolist())
    drawn = replicates(design_of(items), np.array([items.values]))
    low, high = np.quantile(drawn[0], [0.025, 0.975])
    found = estimate(items)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)
    assert found.standard_error == pytest.approx(drawn[0].std(ddof=1))


def test_a_task_with_very_few_concepts_has_an_interval() -> None:
    """A resample without any concept says nothing instead of failing."""
    found = estimate(some_items([0.2, 0.8], [1, 0]))
    assert math.isfinite(found.low)
    assert math.isfinite(found.high)


def test_the_sign_flip_test_agrees_with_scipys_permutation_test() -> None:
    """Items of their own: the paired test that scipy calls `samples`."""
    generator = np.random.default_rng(9)
    before = generator.normal(size=80)
    after = before + generator.normal(0.12, 0.6, size=80)
    found = compare([some_items(after.tolist()), some_items(before.tolist())])
    reference = stats.permutation_test(
        (after, before),
        lambda x, y, axis: np.mean(x - y, axis=axis),
        permutation_type="samples",
        n_resamples=RESAMPLES,
        rng=np.random.default_rng(10),
    )
    assert found.difference[0, 1] == pytest.approx(after.mean() - before.mean())
    assert found.p[0, 1] == pytest.approx(reference.pvalue, abs=0.02)
    assert found.p[0, 1] == found.p[1, 0]


def test_flips_keep_the_level_where_two_models_are_alike() -> None:
    """Under no difference, about one in twenty pairs is below 5%, clusters or not."""
    generator = np.random.default_rng(11)
    for per_concept in (1, 4):
        shared = np.repeat(generator.normal(size=(20, 100)), per_concept, axis=1)
        values = shared + generator.normal(0, 0.3, size=(20, 100 * per_concept))
        items = [
            some_items(row.tolist()).model_copy(
                update={"clusters": [[f"c{k // per_concept}"] for k in range(row.size)]}
            )
            for row in values
        ]
        p = compare(items).p[np.triu_indices(20, 1)]
        assert 0.01 < (p < 0.05).mean() < 0.10


def test_a_shifted_or_stretched_cosine_scale_alone_does_not_decide_a_separation() -> None:
    """What both means share is taken out; a real difference is found all the same."""
    generator = np.random.default_rng(12)
    labels = [1] * 300 + [0] * 300
    base = np.where(np.array(labels) == 1, 0.4, 0.3) + generator.normal(0, 0.05, 600)
    higher = base + 0.4 + generator.normal(0, 0.01, 600)
    better = base + np.where(np.array(labels) == 1, 0.02, 0.0) + generator.normal(0, 0.01, 600)
    found = compare([some_items(v.tolist(), labels) for v in (base, higher, better)])
    assert found.p[0, 1] > 0.05
    assert found.p[0, 2] < 1e-3


def test_a_clear_difference_survives_holm_over_many_pairs() -> None:
    """Ten thousand flips alone could not go below 1/10001, too much for thousands of pairs."""
    generator = np.random.default_rng(13)
    noise = generator.normal(size=200)
    models = [some_items((noise + generator.normal(0, 0.1, 200)).tolist()) for _ in range(40)]
    best = some_items((noise + 0.5).tolist())
    found = compare([best, *models])
    assert (found.p_holm[0, 1:] < 0.01).all()


def test_welch_and_cohen_are_scipys_and_the_textbooks() -> None:
    """Two unpaired samples of one value an item; equal models differ by nothing."""
    generator = np.random.default_rng(14)
    one, other = generator.normal(0.1, 1.0, 90), generator.normal(0.0, 2.0, 90)
    found = compare([some_items(one.tolist()), some_items(other.tolist())])
    assert found.welch_p[0, 1] == pytest.approx(
        stats.ttest_ind(one, other, equal_var=False).pvalue, rel=1e-9
    )
    pooled = math.sqrt((one.var(ddof=1) + other.var(ddof=1)) / 2)
    assert found.cohens_d[0, 1] == pytest.approx((one.mean() - other.mean()) / pooled)
    same = compare([some_items(one.tolist())] * 2)
    assert same.p[0, 1] == 1.0
    assert same.cohens_d[0, 1] == 0.0


def test_holm_is_the_textbooks() -> None:
    """Three raw p-values, corrected by hand."""
    p = np.ones((3, 3))
    p[0, 1] = p[1, 0] = 0.01
    p[0, 2] = p[2, 0] = 0.04
    p[1, 2] = p[2, 1] = 0.03
    found = holm(p)
    assert found[0, 1] == pytest.approx(0.03)
    assert found[1, 2] == pytest.approx(0.06)
    assert found[0, 2] == pytest.approx(0.06)
    np.testing.assert_array_equal(found, found.T)


def test_several_tasks_together_find_what_each_alone_does_not() -> None:
    """Small gains in one direction add up; gains that cancel do not."""
    generator = np.random.default_rng(15)
    gains = {"same": [0.02] * 8, "mixed": [0.02, -0.02] * 4}
    p = {}
    for name, shifts in gains.items():
        tasks, alone = {}, []
        for k, shift in enumerate(shifts):
            before = generator.normal(size=150)
            after = before + shift + generator.normal(0, 0.15, 150)
            tasks[f"t{k}"] = [some_items(v.tolist(), prefix=f"t{k}-") for v in (after, before)]
            alone.append(compare(tasks[f"t{k}"]).p[0, 1])
        p[name] = compare_suite(tasks).p_holm[0, 1]
        assert np.median(alone) > 0.01
    assert p["same"] < 0.01 < p["mixed"]


def test_letters_are_shared_exactly_by_those_who_cannot_be_told_apart() -> None:
    """On any pattern of differences."""
    generator = np.random.default_rng(16)
    for models in (1, 2, 5, 9):
        p = np.ones((models, models))
        for one, other in itertools.combinations(range(models), 2):
            p[one, other] = p[other, one] = generator.choice([0.001, 0.9])
        groups = [set(_spelled(text)) for text in letter_groups(p)]
        for one, other in itertools.combinations(range(models), 2):
            assert bool(groups[one] & groups[other]) == (p[one, other] > 0.05)
    assert letter_groups(np.ones((3, 3))) == ["a", "a", "a"]


def _spelled(text: str) -> str:
    """Ranges of letters written out."""
    parts = [part.partition("-") for part in text.split()]
    return "".join(
        "".join(chr(c) for c in range(ord(first), ord(last or first) + 1))
        for first, _, last in parts
    )


def test_the_studys_numbers_recompute_from_its_tables() -> None:
    """Correlations, Pareto front, throughput per GB, gains and tiers."""
    models = reported_models()
    by_name = {model.name: model for model in models}
    scores = [model.separation for model in models]
    dimension = correlate(scores, [model.embedding_dim for model in models])
    size = correlate(scores, [model.parameters for model in models])
    assert dimension is not None
    assert size is not None
    assert (round(dimension.pearson, 3), round(dimension.pearson_p, 3)) == (0.458, 0.184)
    assert (round(size.pearson, 3), round(size.pearson_p, 3)) == (0.415, 0.233)
    front = pareto_front([(model.separation, model.texts_per_second) for model in models])
    assert {models[k].name for k in front} == {"BioLinkBERT", "MPNet-base", "BGE-small-v1.5"}
    per_gb = {name: m.texts_per_second / m.memory_gb for name, m in by_name.items()}
    assert round(per_gb["BGE-small-v1.5"]) == 1947
    assert round(per_gb["BioLinkBERT"]) == 95
    assert round(per_gb["Qwen3-4B"], 1) == 1.5
    gains = {name: round(model.gain, 3) for name, model in by_name.items()}
    assert max(gains, key=gains.__getitem__) == "BioLinkBERT"
    assert gains["BioLinkBERT"] == 0.477
    assert [name for name, gain in gains.items() if gain < 0] == ["Jina-v2"]
    assert gains["Jina-v2"] == -0.238
    tiers = [tier(score) for score in scores]
    assert [tiers.count(name) for name in ("high", "moderate", "low")] == [2, 6, 2]


def test_plugins_report_what_the_studys_tables_say() -> None:
    """Two copies of the same facts agree."""
    from cardiobench.plugins.registry import load_plugins

    by_base = {model.base: model for model in reported_models()}
    specs = [spec for spec, _ in load_plugins().architectures() if spec.reported]
    assert {spec.checkpoint for spec in specs} == set(by_base)
    for spec in specs:
        fact, said = by_base[spec.checkpoint], spec.reported
        assert said is not None
        assert said.separation == fact.separation
        assert said.zero_shot_separation == fact.zero_shot_separation
        assert said.texts_per_second == fact.texts_per_second
        assert said.memory_gb == fact.memory_gb
        assert spec.embedding_dim == fact.embedding_dim


def test_a_front_keeps_ties_and_drops_what_is_beaten() -> None:
    """Better in one and equal in the other is beaten."""
    assert pareto_front([(1.0, 1.0), (1.0, 2.0), (2.0, 1.0), (1.0, 2.0)]) == [2, 1, 3]
    assert pareto_front([]) == []


def test_few_or_equal_models_have_no_correlation() -> None:
    """Nothing is made up."""
    assert correlate([0.1, 0.2, 0.3], [1, 2, 3]) is None
    assert correlate([0.1, 0.2, 0.3, 0.4], [1, 1, 1, 1]) is None
