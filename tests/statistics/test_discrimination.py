"""How well items tell models apart."""

import numpy as np
import pytest

from cardiobench.results.entry import Items
from cardiobench.statistics.discrimination import credits_of, discrimination


def items(values: list[float], labels: list[int] | None = None) -> Items:
    """One item a concept."""
    ids = [f"i{k}" for k in range(len(values))]
    return Items(
        task="t",
        main_score="auroc" if labels else "ndcg_at_10",
        revision="0" * 40,
        ids=ids,
        values=tuple(values),
        labels=labels,
        clusters=[[name] for name in ids],
    )


def test_items_that_all_or_none_get_right_say_nothing() -> None:
    """Shares of both, and of the rest."""
    found = discrimination([[items([1, 0, 1, 0])], [items([1, 0, 0, 0])], [items([1, 0, 1, 0])]])
    assert (found.all_right, found.none_right, found.informative) == (0.25, 0.5, 0.25)


def test_items_that_follow_the_rest_correlate_and_noise_does_not() -> None:
    """Models on a scale of ability: items go with the total; with random items they do not."""
    generator = np.random.default_rng(5)
    hard = generator.uniform(0, 1, 200)
    guttman = [[items((hard < skill).astype(float).tolist())] for skill in (0.2, 0.4, 0.6, 0.8)]
    noise = [[items(generator.integers(0, 2, 200).astype(float).tolist())] for _ in range(4)]
    scale, random = discrimination(guttman).item_total, discrimination(noise).item_total
    assert scale is not None
    assert random is not None
    assert scale > 0.6
    assert abs(random) < 0.2
    assert discrimination(guttman[:2]).item_total is None


def test_the_credits_of_pairs_average_to_the_auroc() -> None:
    """Ties count half, as in scikit-learn."""
    from sklearn.metrics import roc_auc_score

    labels = [1, 1, 0, 0, 1, 0]
    values = [0.9, 0.4, 0.4, 0.1, 0.3, 0.8]
    credit, similar = credits_of(items(values, labels)), np.array(labels) == 1
    auroc = roc_auc_score(labels, values)
    assert credit[similar].mean() == pytest.approx(auroc)
    assert credit[~similar].mean() == pytest.approx(auroc)
