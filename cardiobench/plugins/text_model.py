"""The least that a model can be: texts in, numbers out."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Protocol, runtime_checkable

Purpose = Literal["query", "document"]


@runtime_checkable
class TextModel(Protocol):
    """A model behind an API, or anything that turns lists of texts into lists of numbers.

    CardioBench asks for each distinct text once, in batches, keeps every batch in the cache folder
    as soon as it is there, and refuses what no score can be made of.

    Attributes:
        name: ``organisation/model``, the name of its row.
        revision: what tells its weights from others of this name: letters, digits, ``.``, ``_``,
            ``-``.
        batch_size: most texts that :meth:`embed` is asked for at once.
        identity: further values that decide an embedding (the address, a length, prompts); part of
            the key under which embeddings are kept.
        description: further fields of mteb's ``ModelMeta`` that are known, such as ``license``.
    """

    name: str
    revision: str
    batch_size: int
    identity: Mapping[str, Any]
    description: Mapping[str, Any]

    def embed(self, texts: Sequence[str], purpose: Purpose | None) -> Sequence[Sequence[float]]:
        """One embedding a text, in order, all of one length.

        Args:
            texts: at most ``batch_size`` of them.
            purpose: what they are for, or None where a task makes no difference.

        Raises:
            cardiobench.errors.CardioBenchError: it cannot be done; says what to do.
        """

    def usage(self) -> Mapping[str, int]:
        """Counts since the object was made, such as tokens and requests, for the record."""
