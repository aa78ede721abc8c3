"""Texts in one row without padding, for transformers classes whose attention can be exchanged.

sentence-transformers runs such rows itself, but for flash attention alone: its modules read where
texts end from ``cu_seq_lens_q`` and its pooling keeps them apart. Here torch's own attention does
the same on any device, through transformers' AttentionInterface.
"""

import contextlib
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

# The classes for which a test compares loss and gradients with the stock loss; behind each,
# whether its positions are counted from behind the padding token's number.
PACKABLE = {
    "BertModel": False,
    "CamembertModel": True,
    "DistilBertModel": False,
    "ElectraModel": False,
    "RobertaModel": True,
    "XLMRobertaModel": True,
}
_NAME = "cardiobench_packed"


def can_pack(model: "SentenceTransformer") -> bool:
    """Whether the model gives the same embeddings for packed texts.

    It does if it is a transformer of a class in :data:`PACKABLE` with sentence-transformers' own
    pooling right behind it. Activation checkpointing runs layers again later, when their attention
    is no longer exchanged, so it rules packing out; so does ``unpad_inputs=False``, by which
    sentence-transformers lets users ask for padding.
    """
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer

    modules: list[Any] = list(model)
    if len(modules) < 2 or not isinstance(modules[0], Transformer):
        return False
    if not isinstance(modules[1], Pooling) or modules[0].unpad_inputs is False:
        return False
    transformer: Any = modules[0].model
    return (
        type(transformer).__name__ in PACKABLE
        and type(transformer).__module__.startswith("transformers.models.")
        and not getattr(transformer.config, "is_decoder", False)
        and not any(getattr(m, "gradient_checkpointing", False) for m in transformer.modules())
    )


def packed_embeddings(
    model: "SentenceTransformer",
    texts: Mapping[str, Sequence["torch.Tensor"]],
    others: Mapping[str, Any],
) -> "torch.Tensor":
    """The embeddings of texts that are encoded as one row.

    Args:
        model: for which :func:`can_pack` holds.
        texts: ``input_ids`` and what else the model reads of each token, one tensor of shape
            (tokens,) a text.
        others: what the model reads beside, as ``prompt_length``.

    Returns:
        Shape (texts, dimension), in the order given; carries gradients.
    """
    import torch

    lengths = [len(text) for text in texts["input_ids"]]
    # Texts of one length go through attention together, so they lie side by side.
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    features: dict[str, Any] = {
        key: torch.cat([rows[k] for k in order])[None] for key, rows in texts.items()
    }
    device = features["input_ids"].device
    sizes = torch.tensor([lengths[k] for k in order])
    ends = torch.nn.functional.pad(sizes.cumsum(0), (1, 0)).to(device, torch.int32)
    transformer: Any = model.transformers_model
    first = transformer.config.pad_token_id + 1 if PACKABLE[type(transformer).__name__] else 0
    positions = torch.cat([torch.arange(first, first + int(size)) for size in sizes])
    features |= {
        **others,
        "position_ids": positions[None].to(device),
        "cu_seq_lens_q": ends,
        "packed_lengths": [(k, len(list(g))) for k, g in itertools.groupby(sizes.tolist())],
    }
    with _attention_within_texts(transformer.config):
        embeddings: torch.Tensor = model(features)["sentence_embedding"]
    return embeddings[torch.argsort(torch.tensor(order)).to(device)]


@contextlib.contextmanager
def _attention_within_texts(config: Any) -> Iterator[None]:
    """Exchange a model's attention for the time of one forward pass."""
    from transformers import AttentionInterface, AttentionMaskInterface

    AttentionInterface.register(_NAME, _attend)
    AttentionMaskInterface.register(_NAME, _no_mask)
    before = config._attn_implementation
    config._attn_implementation = _NAME
    try:
        yield
    finally:
        config._attn_implementation = before


def _no_mask(*args: Any, **options: Any) -> None:
    """Each text is attended to by itself: there is nothing to mask."""


def _attend(
    module: Any,
    query: "torch.Tensor",
    key: "torch.Tensor",
    value: "torch.Tensor",
    attention_mask: None,
    *,
    packed_lengths: Sequence[tuple[int, int]],
    dropout: float = 0.0,
    scaling: float | None = None,
    **options: Any,
) -> tuple["torch.Tensor", None]:
    """Attention within each text, as transformers calls it: all texts of one length at a time.

    Args:
        query, key, value: shape (1, heads, tokens, head dimension).
        packed_lengths: the row's (tokens, texts) by ascending length.

    Returns:
        Shape (1, tokens, heads, head dimension), and no weights.
    """
    import torch

    widths = [length * count for length, count in packed_lengths]
    # split, not slices: the backward pass of a slice fills a whole row with zeros.
    parts: Any = zip(
        *(torch.split(states[0], widths, dim=1) for states in (query, key, value)), strict=True
    )
    mixed = []
    for (length, count), part in zip(packed_lengths, parts, strict=True):
        q, k, v = (tensor.unflatten(1, (count, length)) for tensor in part)
        attended = torch.nn.functional.scaled_dot_product_attention(
            q, k, v, dropout_p=dropout, scale=scaling
        )
        mixed.append(attended.flatten(1, 2))
    return torch.cat(mixed, dim=1).transpose(0, 1)[None], None
