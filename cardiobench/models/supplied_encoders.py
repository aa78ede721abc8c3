"""Models that a plugin gives by name: encoders as mteb has them, or plain text models."""

from typing import Any

from cardiobench.errors import StageError
from cardiobench.models.broken_embeddings import CheckedEncoder
from cardiobench.models.not_dense import refuse_not_dense_object
from cardiobench.plugins.registry import Plugins
from cardiobench.plugins.text_model import TextModel


def supplied_encoder(
    plugins: Plugins, name: str, device: str | None, *, keep: bool = True
) -> Any | None:
    """The encoder that a plugin gives for a name, or None where none answers.

    Args:
        plugins: asked one after the other.
        name: ``organisation/model``.
        device: torch device, or None for the best at hand.
        keep: whether a text model's embeddings outlive the process.

    Raises:
        StageError: what the plugin gives is no encoder.
        CardioBenchError: the plugin says what is missing.
    """
    return as_encoder(plugins.encoder(name, device), name, keep=keep)


def as_encoder(answer: Any, name: str, *, keep: bool = True) -> Any | None:
    """A plugin's or a user's object as an encoder whose embeddings are looked at; None stays None.

    Raises:
        StageError: it is neither an encoder nor a text model.
    """
    if answer is None:
        return None
    refuse_not_dense_object(answer)
    if isinstance(answer, TextModel):
        from cardiobench.models.text_table import TextTable

        return TextTable(answer, keep=keep)
    if hasattr(answer, "encode") and getattr(answer, "mteb_model_meta", None) is not None:
        return CheckedEncoder(answer)
    raise StageError(
        f"{name}: a {type(answer).__name__} is neither an encoder with an mteb_model_meta nor a "
        "cardiobench.TextModel (docs/python.md)."
    )
