"""The losses are what their papers say, on embeddings that the tests compute themselves."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from cardiobench import Architecture
from cardiobench.errors import CardioBenchError, StageError
from cardiobench.models.encoder import load_encoder
from cardiobench.plugins.registry import Plugins
from cardiobench.training.adapt import adapt
from cardiobench.training.losses import LOSSES, build_loss
from cardiobench.training.recipe import Recipe

ANCHORS = ["aortic valve", "heart failure of the left heart", "atrial rhythm", "right heart"]
POSITIVES = ["valve of the aortic", "failure", "a rhythm in the left atrial heart", "heart right"]
NEGATIVES = ["mitral valve", "heart rhythm", "left heart", "left failure"]


@pytest.fixture
def model(
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
) -> Any:
    """A tiny BERT with its pooling, in evaluation mode."""
    return load_encoder(tiny_architecture(), no_plugins, location=tiny_folder(), device="cpu")


def value(model: Any, *columns: list[str], **options: Any) -> float:
    """The loss of one batch."""
    loss = build_loss(model, Recipe(name="test", **options))
    features = [model.preprocess(texts) for texts in columns]
    return float(loss(features, torch.zeros(len(columns[0]))).detach())


def cosines(model: Any, rows: list[str], columns: list[str], size: int = 32) -> np.ndarray:
    """Cosines between two lists of texts, of the first numbers of their embeddings."""
    first, second = (model.encode(texts)[:, :size].astype(np.float64) for texts in (rows, columns))
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second /= np.linalg.norm(second, axis=1, keepdims=True)
    return first @ second.T


def cross_entropy(logits: np.ndarray) -> float:
    """Mean of -log softmax on the diagonal."""
    return float(np.mean(np.log(np.exp(logits).sum(axis=1)) - np.diag(logits)))


def infonce(model: Any, scale: float, size: int = 32) -> float:
    return cross_entropy(scale * cosines(model, ANCHORS, POSITIVES, size))


def test_infonce_is_cross_entropy_over_the_batch(model: Any) -> None:
    """Each anchor against every positive; a third column adds candidates, not rows."""
    assert value(model, ANCHORS, POSITIVES, scale=7) == pytest.approx(infonce(model, 7), abs=1e-5)
    logits = 20 * cosines(model, ANCHORS, POSITIVES + NEGATIVES)
    expected = cross_entropy(logits)
    assert value(model, ANCHORS, POSITIVES, NEGATIVES) == pytest.approx(expected, abs=1e-5)


def test_the_cached_loss_is_infonce_whatever_is_in_memory_at_once(model: Any) -> None:
    """Loss and gradients; only memory differs."""
    weight = model.transformers_model.encoder.layer[0].attention.self.query.weight
    found = []
    for options in ({"loss": "cached", "mini_batch_size": 2}, {"loss": "infonce"}):
        loss = build_loss(model, Recipe(name="test", **options))
        result = loss([model.preprocess(t) for t in (ANCHORS, POSITIVES)], torch.zeros(4))
        weight.grad = None
        result.backward()
        found.append((float(result.detach()), weight.grad.clone()))
    assert found[0][0] == pytest.approx(found[1][0], abs=1e-5)
    torch.testing.assert_close(found[0][1], found[1][1], rtol=1e-4, atol=1e-6)


def test_the_symmetric_loss_asks_both_ways(model: Any) -> None:
    """The mean of anchor to positive and positive to anchor."""
    logits = 20 * cosines(model, ANCHORS, POSITIVES)
    # sentence-transformers averages the two normalisers over one numerator.
    expected = (cross_entropy(logits) + cross_entropy(logits.T)) / 2
    found = value(model, ANCHORS, POSITIVES, loss="symmetric")
    assert found == pytest.approx(expected, abs=1e-5)


def test_a_triplets_negative_is_its_own_or_the_nearest_of_the_batch(model: Any) -> None:
    """Hinge on cosine distances; without a third column the hardest other positive."""
    table = cosines(model, ANCHORS, POSITIVES)
    others = table - 9 * np.eye(4)
    hinge = np.maximum(0, 0.5 - np.diag(table) + others.max(axis=1))
    found = value(model, ANCHORS, POSITIVES, loss="triplet")
    assert found == pytest.approx(hinge.mean(), abs=1e-5)
    own = np.diag(cosines(model, ANCHORS, NEGATIVES))
    hinge = np.maximum(0, 0.2 - np.diag(table) + own)
    found = value(model, ANCHORS, POSITIVES, NEGATIVES, loss="triplet", margin=0.2)
    assert found == pytest.approx(hinge.mean(), abs=1e-5)


@pytest.mark.parametrize("loss", ["infonce", "cached"])
def test_matryoshka_adds_the_loss_of_shorter_embeddings(model: Any, loss: str) -> None:
    """The whole embedding is always among the lengths."""
    expected = sum(infonce(model, 20, size) for size in (8, 16, 32))
    found = value(model, ANCHORS, POSITIVES, loss=loss, matryoshka_dims=(8, 16))
    assert found == pytest.approx(expected, abs=1e-4)


def test_matryoshka_longer_than_the_embedding_is_refused(model: Any) -> None:
    """The message gives the length there is."""
    with pytest.raises(StageError, match=r"matryoshka_dims = \[64\]: .* have 32 numbers"):
        value(model, ANCHORS, POSITIVES, matryoshka_dims=(64,))


@pytest.mark.parametrize("negatives", [False, True])
@pytest.mark.parametrize("loss", LOSSES)
def test_every_loss_trains(
    loss: str,
    negatives: bool,
    model: Any,
    tiny_architecture: Callable[..., Architecture],
    made_up_pairs: Callable[..., Any],
    tmp_path: Path,
) -> None:
    """On pairs and with a column of hard negatives, and the loss falls."""
    recipe = Recipe(name="test", loss=loss, batch_size=8, epochs=4, learning_rate=1e-2, rank=4)
    pairs = made_up_pairs(negatives=negatives)
    outcome = adapt(model, tiny_architecture(), recipe, pairs, seed=0, folder=tmp_path)
    losses = [point.loss for point in outcome.curve]
    assert len(losses) == outcome.steps == 16
    assert sum(losses[-4:]) < sum(losses[:4])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss": "triplett"}, "loss: Unknown loss 'triplett'. Did you mean 'triplet'?"),
        ({"loss": "triplet", "scale": 5.0}, "scale = 5.0 means nothing to loss 'triplet'"),
        ({"margin": 0.1}, "margin = 0.1 means nothing to loss 'infonce'"),
        ({"loss": "symmetric", "mini_batch_size": 8}, "mini_batch_size = 8 means nothing to loss"),
        ({"method": "ia3", "rank": 8}, "rank = 8 means nothing to method 'ia3'"),
        ({"method": "full", "targets": "attention"}, "targets = attention means nothing to method"),
        ({"method": "lora", "block_size": 8}, "block_size = 8 means nothing to method 'lora'"),
        ({"method": "dorra"}, "method: Unknown method 'dorra'. Did you mean 'dora'?"),
        ({"targets": "all"}, "Did you mean 'all-linear'?"),
        ({"schedule": "cosin"}, "Did you mean 'cosine'?"),
        ({"precision": "bf61"}, "Did you mean 'bf16'?"),
        ({"matryoshka_dims": [0]}, "matryoshka_dims = 0 is out of range: 1 to 65536."),
        ({"matryoshka_dims": 64}, "matryoshka_dims = 64 is not a list of whole numbers."),
        ({"gradient_checkpointing": 1}, "gradient_checkpointing = 1 is not true or false."),
        ({"fraction": 0}, "fraction = 0.0 is out of range"),
        ({"validation_fraction": 0.9}, "validation_fraction = 0.9 is out of range: 0 to 0.5."),
        ({"early_stopping_patience": 2}, "needs a validation split: set validation_fraction"),
        ({"temperature": 0.05, "scale": 20}, "temperature is 1 / scale; give one of them."),
        ({"temperature": "cold"}, "temperature = 'cold' is not a number."),
        ({"temperature": 0}, "temperature = 0 is out of range"),
    ],
)
def test_options_that_do_not_go_together_are_refused_in_one_line(
    options: dict[str, Any], message: str
) -> None:
    """What is wrong, and what is allowed."""
    with pytest.raises(CardioBenchError) as caught:
        Recipe.from_table({"name": "test", **options})
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_temperature_may_stand_for_scale() -> None:
    """They are each other's inverse."""
    assert Recipe.from_table({"name": "test", "temperature": 0.04}).scale == pytest.approx(25)
