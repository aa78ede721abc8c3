"""How mteb knows our models: always by name and revision."""

import contextlib
from typing import Any

from mteb.models.model_meta import ModelMeta, ScoringFunction

from cardiobench.plugins.architecture import NO_LIMIT, Architecture
from cardiobench_tasks.catalogue import CATALOGUE

# Our pairs come from the train side of what these tasks are built from; mteb derives its
# zero-shot share from this.
TRAINED_ON = frozenset(
    spec.name for spec in CATALOGUE if spec.name.startswith("Cardio") and "HPO" in spec.sources
)


def base_meta(architecture: Architecture) -> ModelMeta:
    """Metadata of a base model: mteb's own where it knows the checkpoint, else from the spec."""
    import mteb

    known = None
    if architecture.model_name == architecture.checkpoint and not architecture.is_local:
        with contextlib.suppress(KeyError, ValueError):
            known = mteb.get_model_meta(architecture.checkpoint, fetch_from_hf=False)
    if known is not None:
        return known.model_copy(update={"revision": architecture.revision})
    return _meta(
        architecture,
        name=architecture.model_name,
        revision=architecture.revision,
        n_parameters=architecture.parameters,
        training_datasets=None,
        adapted_from=architecture.base or None,
    )


def adapted_meta(architecture: Architecture, *, name: str, revision: str) -> ModelMeta:
    """Metadata of an adapted model: its own name and revision, and what it was adapted from."""
    base = base_meta(architecture)
    return _meta(
        architecture,
        name=name,
        revision=revision,
        n_parameters=architecture.parameters,
        adapted_from=architecture.checkpoint,
        training_datasets=set(base.training_datasets or ()) | TRAINED_ON,
    )


def _meta(architecture: Architecture, **fields: Any) -> ModelMeta:
    return ModelMeta.create_empty(
        overwrites={
            "languages": ["eng-Latn"],
            "embed_dim": architecture.embedding_dim,
            "max_tokens": _tokens(architecture.max_seq_length),
            "license": _licence(architecture.licence),
            "open_weights": _is_open(architecture),
            "framework": ["Sentence Transformers", "PyTorch"],
            "similarity_fn_name": ScoringFunction.COSINE,
            "use_instructions": bool(architecture.query_prompt or architecture.document_prompt),
            "reference": _reference(architecture),
            **fields,
        }
    )


def _reference(architecture: Architecture) -> str | None:
    """The page that is told, or the checkpoint's; a model in a folder has none that we know of."""
    if architecture.reference or architecture.is_local:
        return architecture.reference or None
    return f"https://huggingface.co/{architecture.checkpoint}"


def _tokens(length: int) -> int | None:
    return length if length < NO_LIMIT else None


def _is_open(architecture: Architecture) -> bool | None:
    """Whether anybody can load the weights; None where nobody said so of a folder."""
    if architecture.is_local:
        return architecture.access == "public" if architecture.access else None
    return architecture.access in ("", "public")


def _licence(licence: str) -> str | None:
    """The licence if mteb's closed list has it; mteb accepts no other text."""
    from typing import get_args

    from mteb.types import Licenses

    return licence if licence in get_args(Licenses) else None
