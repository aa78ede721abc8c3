"""Models of a published class with random weights: for checks and timings without the hub.

Size, shape, memory and speed do not depend on the values of weights, and neither do pooling,
padding, prompts or which weights an adapter touches.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.errors import WeightsError
from cardiobench.models.checkpoint import model_class
from cardiobench.plugins.architecture import Architecture, Precision

if TYPE_CHECKING:
    import torch
    from transformers import PreTrainedConfig, PreTrainedModel, PreTrainedTokenizerFast

# What a tiny model of any class is cut down to, where its configuration has the field.
SPARE_TOKENS = 8
TINY = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 8,
    "query_pre_attn_scalar": 8,
    "intermediate_size": 64,
}
# With as many pieces, trained on all definitions of HPO, cardiology definitions have 40 tokens on
# average, where the tokenizer of all-MiniLM-L6-v2 makes 41.
WORD_PIECES = 4_000
# MPNet and XLM-RoBERTa count positions from the padding token, which both have at number 1.
_SPECIAL = ("[CLS]", "[PAD]", "[SEP]", "[UNK]", "[MASK]")


def published_config(architecture: Architecture, **changes: Any) -> "PreTrainedConfig":
    """The configuration of the published model, with changes.

    Raises:
        WeightsError: the architecture has no ``config``.
    """
    from transformers import AutoConfig

    if architecture.config is None:
        raise WeightsError(
            f"{architecture.name}: its plugin gives no config, so the model cannot be built "
            "without the hub. Copy what differs from the class's defaults from config.json."
        )
    values = {**architecture.config, **changes}
    own = model_class(architecture)
    if own is not None and own.config_class is not None:
        return own.config_class(**values)
    return AutoConfig.for_model(**values)


def meta_model(architecture: Architecture) -> "PreTrainedModel":
    """The full-size model on torch's meta device: shapes without memory.

    Raises:
        WeightsError: the architecture has no ``config``.
    """
    import torch

    with torch.device("meta"):
        return _model(architecture, published_config(architecture))


def _model(architecture: Architecture, config: "PreTrainedConfig") -> "PreTrainedModel":
    from transformers import AutoModel

    own = model_class(architecture)
    made: PreTrainedModel = (
        own(config) if own else AutoModel.from_config(config)  # type: ignore[no-untyped-call]
    )
    return made


def write_checkpoint(
    architecture: Architecture,
    folder: Path,
    texts: Iterable[str],
    *,
    tiny: bool = True,
    device: str | None = None,
    seed: int = 0,
) -> Architecture:
    """Write a random checkpoint (safetensors) with a tokenizer that knows the texts' words.

    Args:
        architecture: gives the class and, unless ``tiny``, the size.
        folder: where to write.
        texts: what the tokenizer learns its words from.
        tiny: cut the model down to :data:`TINY`.
        device: where full-size weights are made.
        seed: of the weights.

    Returns:
        The architecture of what was written: like the one given, with the size of the model.

    Raises:
        WeightsError: the architecture has no ``config``.
    """
    import dataclasses

    import torch

    tokenizer = _tokenizer(architecture, texts)
    changes: dict[str, Any] = {"pad_token_id": tokenizer.pad_token_id}
    if tiny:
        published = published_config(architecture)
        changes |= {field: size for field, size in TINY.items() if hasattr(published, field)}
        # A model's own tokenizer class may add a token or two of its own when it loads the file.
        changes["vocab_size"] = len(tokenizer) + SPARE_TOKENS
    torch.manual_seed(seed)
    with torch.device(device or "cpu"):
        model = _model(architecture, published_config(architecture, **changes))
    if not tiny:
        model.to(dtype=_stored_dtype(architecture.precision))  # type: ignore[call-arg]
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return dataclasses.replace(
        architecture,
        carried=None,
        remote_code=False,
        embedding_dim=int(model.config.hidden_size),
        parameters=sum(p.numel() for p in model.parameters()),
    )


def _stored_dtype(precision: Precision) -> "torch.dtype":
    """How full-size weights lie on disk; 8 and 4 bits are made while loading."""
    import torch

    if precision in (Precision.INT8, Precision.INT4):
        return torch.float16
    dtype: torch.dtype = getattr(torch, precision.value)
    return dtype


def _tokenizer(architecture: Architecture, texts: Iterable[str]) -> "PreTrainedTokenizerFast":
    """A word-piece tokenizer trained on the texts, with the template of the model's kind."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    special = [*_SPECIAL, *([architecture.final_token] if architecture.final_token else [])]
    made = Tokenizer(models.WordPiece(unk_token="[UNK]"))  # noqa: S106 -- no password
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    trainer = trainers.WordPieceTrainer(
        vocab_size=WORD_PIECES, special_tokens=special, show_progress=False
    )
    made.train_from_iterator(texts, trainer)
    if not architecture.final_token:
        made.post_processor = processors.TemplateProcessing(
            single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 0), ("[SEP]", 2)]
        )
    tokens = ("cls", "pad", "sep", "unk", "mask")
    named = dict(zip((f"{name}_token" for name in tokens), _SPECIAL, strict=True))
    return PreTrainedTokenizerFast(  # type: ignore[no-untyped-call]
        tokenizer_object=made, model_max_length=architecture.max_seq_length, **named
    )
