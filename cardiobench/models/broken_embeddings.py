"""Embeddings that no score may be made of: refused for every encoder, whoever loaded it."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cardiobench.errors import StageError
from cardiobench.models.not_dense import refuse_not_dense_rows

# Fewer texts may well be equal to a model, such as a word in upper and lower case.
FEWEST_TO_JUDGE = 8
# The same text in batches of other sizes differs by less than this share of its largest number.
NOISE = 1e-6


def refuse_broken(name: str, texts: Sequence[str], rows: "NDArray[np.floating[Any]]") -> None:
    """Refuse embeddings that have no direction.

    Args:
        name: the model, for the message.
        texts: what was encoded.
        rows: their embeddings, shape (n, dimension).

    Raises:
        StageError: NaN, infinite numbers, or only zeros; names the first such text.
    """
    for problem, broken in (
        ("NaN or infinite embeddings", ~np.isfinite(rows).all(axis=1)),
        ("embeddings of zeros alone", ~rows.any(axis=1)),
    ):
        if broken.any():
            raise StageError(f"{name} gives {problem}, first for {texts[int(broken.argmax())]!r}.")


def refuse_constant(name: str, count: int, rows: "NDArray[np.floating[Any]]") -> None:
    """Refuse one embedding for all texts.

    Args:
        name: the model, for the message.
        count: how many of the texts are distinct.
        rows: their embeddings, shape (n, dimension).

    Raises:
        StageError: they are all the same, up to noise.
    """
    if count < FEWEST_TO_JUDGE:
        return
    # Column by column, so that no second table is needed.
    if all(np.ptp(column) <= NOISE * np.abs(rows[0]).max() for column in rows.T):
        raise StageError(
            f"{name} gives all {count} texts the same embedding, so nothing can be scored. Check "
            "its weights, pooling and tokenizer."
        )


class CheckedEncoder:
    """An mteb encoder of others whose embeddings are looked at before they are scored.

    Args:
        encoder: what ``mteb.get_model`` gives.
    """

    def __init__(self, encoder: Any) -> None:
        self._encoder = encoder
        self.mteb_model_meta = encoder.mteb_model_meta

    def encode(self, inputs: Any, **options: Any) -> Any:
        """What the encoder gives for the batches' texts, shape (n, dimension).

        Raises:
            StageError: NaN, infinite numbers or only zeros for a text, which is named, or the same
                embedding for every text.
        """
        texts = [text for batch in inputs for text in batch["text"]]
        embeddings = self._encoder.encode(inputs, **options)
        rows = _numbers(embeddings)
        refuse_not_dense_rows(str(self.mteb_model_meta.name), rows.ndim)
        refuse_broken(str(self.mteb_model_meta.name), texts, rows)
        refuse_constant(str(self.mteb_model_meta.name), len(set(texts)), rows)
        return embeddings

    def similarity(self, embeddings1: Any, embeddings2: Any) -> Any:
        """As the encoder has it."""
        return self._encoder.similarity(embeddings1, embeddings2)

    def similarity_pairwise(self, embeddings1: Any, embeddings2: Any) -> Any:
        """As the encoder has it."""
        return self._encoder.similarity_pairwise(embeddings1, embeddings2)


def _numbers(embeddings: Any) -> "NDArray[np.floating[Any]]":
    """An array of a tensor on any device, or of an array."""
    on_cpu = embeddings.detach().float().cpu() if hasattr(embeddings, "detach") else embeddings
    return np.asarray(on_cpu)
