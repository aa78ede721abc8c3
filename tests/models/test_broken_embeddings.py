"""Embeddings that no score may be made of are refused, whoever loaded the encoder."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from cardiobench.errors import StageError
from cardiobench.models.broken_embeddings import CheckedEncoder

TEXTS = [f"text {number}" for number in range(8)]


class Encoder:
    """An mteb encoder that gives one table."""

    def __init__(self, rows: Any) -> None:
        self.rows = rows
        self.mteb_model_meta = SimpleNamespace(name="example/foreign")

    def encode(self, inputs: Any, **options: Any) -> Any:
        """The table, whatever is asked."""
        return self.rows

    def similarity(self, embeddings1: Any, embeddings2: Any) -> Any:
        """Dot products."""
        return embeddings1 @ embeddings2.T

    similarity_pairwise = similarity


def good() -> "np.ndarray":
    """Embeddings with nothing to object to."""
    return np.random.default_rng(0).normal(size=(8, 4)).astype(np.float32)


def encoded(rows: Any) -> Any:
    """What a checked encoder lets through."""
    batches = [{"text": TEXTS[:5]}, {"text": TEXTS[5:]}]
    return CheckedEncoder(Encoder(rows)).encode(batches, task_metadata=None)


def test_sound_embeddings_pass_as_they_are() -> None:
    """Tensors too; nothing is copied or changed."""
    import torch
    from mteb.models.models_protocols import EncoderProtocol

    rows = torch.from_numpy(good())
    assert encoded(rows) is rows
    assert isinstance(CheckedEncoder(Encoder(rows)), EncoderProtocol)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_nan_and_infinity_name_the_first_text(value: float) -> None:
    """A score would be made of them without a word."""
    rows = good()
    rows[6, 2] = value
    with pytest.raises(StageError, match=r"example/foreign gives NaN or infinite.*'text 6'"):
        encoded(rows)


def test_zeros_name_the_first_text() -> None:
    """A vector without direction has no cosine."""
    rows = good()
    rows[3] = 0
    with pytest.raises(StageError, match="zeros alone, first for 'text 3'"):
        encoded(rows)


def test_one_embedding_for_all_texts_is_refused() -> None:
    """Nothing can be scored with it."""
    with pytest.raises(StageError, match="gives all 8 texts the same embedding"):
        encoded(np.repeat(good()[:1], 8, axis=0))
