"""The transformer of jina-embeddings-v2-base-en, written from its description.

A BERT without position embeddings: attention scores are lowered in proportion to the distance of
two tokens (ALiBi, https://arxiv.org/abs/2108.12409, both directions), and the feed-forward layers
are gated (GEGLU, https://arxiv.org/abs/2002.05202). Model: https://arxiv.org/abs/2310.19923.
Parameter names are those of the published checkpoint.
"""

import math
from typing import Any

import torch
from torch import Tensor, nn
from transformers import BertConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutputWithPooling


def alibi_slopes(heads: int) -> list[float]:
    """How fast each head's scores fall with distance: a geometric series per power of two.

    For a number of heads that is no power of two, the series of the next smaller power is filled
    up with every second value of the next larger one, as the ALiBi authors do.
    """
    power = 2 ** math.floor(math.log2(heads))
    slopes = [2 ** (-8 * (head + 1) / power) for head in range(power)]
    between = [2 ** (-8 * (head + 1) / (2 * power)) for head in range(0, 2 * power, 2)]
    return slopes + between[: heads - power]


class JinaBertConfig(BertConfig):  # type: ignore[no-untyped-call]
    """BERT's configuration; the checkpoint's further fields are kept as they are."""


class _Embeddings(nn.Module):
    def __init__(self, config: JinaBertConfig) -> None:
        super().__init__()
        size = config.hidden_size
        self.word_embeddings = nn.Embedding(
            config.vocab_size, size, padding_idx=config.pad_token_id
        )
        self.token_type_embeddings = nn.Embedding(config.type_vocab_size, size)
        self.LayerNorm = nn.LayerNorm(size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, input_ids: Tensor, token_type_ids: Tensor) -> Tensor:
        both = self.word_embeddings(input_ids) + self.token_type_embeddings(token_type_ids)
        normalised: Tensor = self.dropout(self.LayerNorm(both))
        return normalised


class _SelfAttention(nn.Module):
    def __init__(self, config: JinaBertConfig) -> None:
        super().__init__()
        size = config.hidden_size
        self.heads = config.num_attention_heads
        self.dropout = config.attention_probs_dropout_prob
        self.query = nn.Linear(size, size)
        self.key = nn.Linear(size, size)
        self.value = nn.Linear(size, size)

    def forward(self, hidden: Tensor, bias: Tensor) -> Tensor:
        query, key, value = (
            layer(hidden).unflatten(-1, (self.heads, -1)).transpose(1, 2)
            for layer in (self.query, self.key, self.value)
        )
        mixed = nn.functional.scaled_dot_product_attention(
            query, key, value, attn_mask=bias, dropout_p=self.dropout if self.training else 0.0
        )
        return mixed.transpose(1, 2).flatten(2)


class _AddAndNormalise(nn.Module):
    def __init__(self, config: JinaBertConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)
        self.LayerNorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, hidden: Tensor, residual: Tensor) -> Tensor:
        summed: Tensor = self.LayerNorm(self.dropout(self.dense(hidden)) + residual)
        return summed


class _GatedFeedForward(nn.Module):
    def __init__(self, config: JinaBertConfig) -> None:
        super().__init__()
        self.gated_layers = nn.Linear(config.hidden_size, 2 * config.intermediate_size, bias=False)
        self.wo = nn.Linear(config.intermediate_size, config.hidden_size)
        self.layernorm = nn.LayerNorm(config.hidden_size, eps=config.layer_norm_eps)
        self.dropout = nn.Dropout(config.hidden_dropout_prob)

    def forward(self, hidden: Tensor) -> Tensor:
        gate, linear = self.gated_layers(hidden).chunk(2, dim=-1)
        inner = self.dropout(nn.functional.gelu(gate) * linear)
        summed: Tensor = self.layernorm(self.wo(inner) + hidden)
        return summed


class _Layer(nn.Module):
    def __init__(self, config: JinaBertConfig) -> None:
        super().__init__()
        self.attention = nn.ModuleDict(
            {"self": _SelfAttention(config), "output": _AddAndNormalise(config)}
        )
        self.mlp = _GatedFeedForward(config)

    def forward(self, hidden: Tensor, bias: Tensor) -> Tensor:
        mixed = self.attention["self"](hidden, bias)
        output: Tensor = self.mlp(self.attention["output"](mixed, hidden))
        return output


class _Encoder(nn.Module):
    def __init__(self, config: JinaBertConfig) -> None:
        super().__init__()
        self.layer = nn.ModuleList([_Layer(config) for _ in range(config.num_hidden_layers)])

    def forward(self, hidden: Tensor, bias: Tensor) -> Tensor:
        for layer in self.layer:
            hidden = layer(hidden, bias)
        return hidden


class _Pooler(nn.Module):
    def __init__(self, config: JinaBertConfig) -> None:
        super().__init__()
        self.dense = nn.Linear(config.hidden_size, config.hidden_size)


class JinaBertModel(PreTrainedModel):  # type: ignore[no-untyped-call]
    """The encoder; ``pooler`` is part of the checkpoint and plays no part in the embedding."""

    config_class = JinaBertConfig
    base_model_prefix = "bert"
    _supports_sdpa = True

    def __init__(self, config: JinaBertConfig) -> None:
        super().__init__(config)
        self.embeddings = _Embeddings(config)
        self.encoder = _Encoder(config)
        self.pooler = _Pooler(config)
        self.post_init()  # type: ignore[no-untyped-call]

    def get_input_embeddings(self) -> nn.Module:
        """The word embeddings."""
        return self.embeddings.word_embeddings

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor | None = None,
        token_type_ids: Tensor | None = None,
        **options: Any,
    ) -> BaseModelOutputWithPooling:
        """Hidden states of the last layer, shape (batch, tokens, hidden size)."""
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        if token_type_ids is None:
            token_type_ids = torch.zeros_like(input_ids)
        hidden = self.embeddings(input_ids, token_type_ids)
        bias = self._bias(attention_mask, hidden.dtype)
        return BaseModelOutputWithPooling(last_hidden_state=self.encoder(hidden, bias))

    def _bias(self, attention_mask: Tensor, dtype: torch.dtype) -> Tensor:
        """What is added to attention scores: minus slope times distance; padding is masked."""
        place = torch.arange(attention_mask.shape[1], device=attention_mask.device)
        distance = (place[:, None] - place[None, :]).abs()
        slopes = torch.tensor(
            alibi_slopes(self.config.num_attention_heads), device=attention_mask.device
        )
        bias = (-slopes[:, None, None] * distance).to(dtype)
        padding = (1 - attention_mask)[:, None, None, :].to(dtype) * torch.finfo(dtype).min
        return bias[None] + padding
