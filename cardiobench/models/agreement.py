"""A loaded model against its specification: sizes that disagree are told before anything runs."""

import re
from typing import TYPE_CHECKING, Any

from cardiobench.errors import WeightsError
from cardiobench.plugins.architecture import Architecture, Precision

if TYPE_CHECKING:
    from torch import nn


def refuse_disagreement(model: Any, architecture: Architecture) -> None:
    """Refuse a loaded model that cannot be, or is not, what its specification says.

    Args:
        model: a SentenceTransformer.
        architecture: what it should be.

    Raises:
        WeightsError: embeddings of another length, fewer positions than ``max_seq_length``, tokens
            without an embedding, or another number of parameters than ``config`` makes; names both
            numbers and the field.
    """
    size = model.get_embedding_dimension()
    if size != architecture.embedding_dim:
        raise WeightsError(
            f"{architecture.name}: the model gives embeddings of {size} numbers, the architecture "
            f"says {architecture.embedding_dim}; correct embedding_dim in its plugin."
        )
    transformer = getattr(model, "transformers_model", None)
    if transformer is None:
        return
    limit = position_limit(transformer)
    if limit is not None and architecture.max_seq_length > limit:
        raise WeightsError(
            f"{architecture.name}: max_seq_length={architecture.max_seq_length}, but the model has "
            f"{limit} positions; lower max_seq_length in its plugin."
        )
    _refuse_tokens_without_embedding(model, transformer, architecture.name)
    _refuse_another_size(transformer, architecture)


def refuse_unfit_parts(model: Any, name: str) -> None:
    """Refuse a SentenceTransformer that others load where its own parts do not fit together.

    Args:
        model: what may be one; anything else passes.
        name: for the message.

    Raises:
        WeightsError: it cuts texts off behind its last position, or has tokens without an
            embedding; names both numbers.
    """
    transformer = getattr(model, "transformers_model", None)
    if transformer is None:
        return
    limit, longest = position_limit(transformer), getattr(model, "max_seq_length", None)
    if position_tables(transformer) and limit and longest and longest > limit:
        raise WeightsError(
            f"{name}: max_seq_length={longest}, but the model has {limit} positions; its "
            "configuration is not that of its weights."
        )
    _refuse_tokens_without_embedding(model, transformer, name)


def position_limit(transformer: "nn.Module") -> int | None:
    """Most tokens that a model has positions for; None where its configuration sets no limit."""
    config: Any = transformer.config
    limit = getattr(config, "max_position_embeddings", None)
    if limit is None:
        return None
    if any(table.padding_idx is not None for table in position_tables(transformer)):
        limit -= int(config.pad_token_id) + 1  # positions start behind padding
    return int(limit)


def position_tables(transformer: "nn.Module") -> "list[nn.Embedding]":
    """The class's tables of absolute positions; one with a padding index skips padding."""
    from torch import nn

    return [
        module
        for name, module in transformer.named_modules()
        if isinstance(module, nn.Embedding) and re.search(r"position|\bwpe$", name)
    ]


def _refuse_tokens_without_embedding(model: Any, transformer: Any, name: str) -> None:
    tokenizer = getattr(model, "tokenizer", None)
    if tokenizer is None:
        return
    rows = transformer.get_input_embeddings().weight.shape[0]
    highest = max(tokenizer.get_vocab().values(), default=0)
    if highest >= rows:
        raise WeightsError(
            f"{name}: its tokenizer has tokens up to number {highest}, the model embeddings for "
            f"{rows} tokens only; the two are not of one checkpoint."
        )


def _refuse_another_size(transformer: "nn.Module", architecture: Architecture) -> None:
    """A specification with a ``config`` states what it describes; quantised weights are packed."""
    if architecture.config is None or architecture.precision in (Precision.INT8, Precision.INT4):
        return
    counted = sum(parameter.numel() for parameter in transformer.parameters())
    if counted != architecture.parameters:
        raise WeightsError(
            f"{architecture.name}: the loaded weights have {counted:,} parameters, the "
            f"architecture says {architecture.parameters:,}: this is another model."
        )
