"""A model that is not dense is told in one sentence, before anything runs."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sentence_transformers import CrossEncoder, SparseEncoder

import cardiobench
from cardiobench.errors import UnfitModelError
from cardiobench.foundation.files import read_json, write_json
from cardiobench.models.model_folder import folder_architecture
from tests.api.test_python import Letters


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("CrossEncoder", "is a cross-encoder: it scores two texts together"),
        ("MultiVectorEncoder", "is a late-interaction model: it gives an embedding a token"),
        ("ColBERT", "is a late-interaction model"),
        ("SparseEncoder", "is a sparse model: it gives weights of words"),
    ],
)
def test_a_folder_of_another_kind(tiny_folder: Callable[..., Path], kind: str, said: str) -> None:
    """sentence-transformers would convert it, and its scores would be of another model."""
    folder = tiny_folder()
    write_json(folder / "config_sentence_transformers.json", {"model_type": kind})
    with pytest.raises(UnfitModelError, match=f"{said}.*Only dense models are compared"):
        folder_architecture(str(folder), pooling="mean")


def test_a_classifier_of_transformers(tiny_folder: Callable[..., Path]) -> None:
    """Its configuration names the class."""
    folder = tiny_folder()
    config = read_json(folder / "config.json")
    classes = ["BertForSequenceClassification"]
    write_json(folder / "config.json", {**config, "architectures": classes})
    with pytest.raises(UnfitModelError, match="is a cross-encoder"):
        folder_architecture(str(folder), pooling="cls")


@pytest.mark.parametrize("kind", [CrossEncoder, SparseEncoder])
def test_an_object_of_another_kind(kind: Any, tmp_path: Path) -> None:
    """By its class; nothing is asked of it."""
    model = kind.__new__(kind)
    with pytest.raises(UnfitModelError, match=f"This {kind.__name__} is a "):
        cardiobench.evaluate(model, output=tmp_path, name="me/x")


def test_one_sentence_for_all_tasks(tmp_path: Path, capsys: Any) -> None:
    """An encoder that gives an embedding a token fails once, not task by task."""

    class Tokens(Letters):
        def encode(self, inputs: Any, **kwargs: Any) -> Any:
            rows = super().encode(inputs, **kwargs)
            return np.stack([rows, rows], axis=1)

    tasks = ["CardioNegation", "CardioQARetrieval"]
    with pytest.raises(UnfitModelError, match="me/letters is a late-interaction model"):
        cardiobench.evaluate(Tokens(), tasks, output=tmp_path)
    assert capsys.readouterr().err.count("late-interaction") == 1
