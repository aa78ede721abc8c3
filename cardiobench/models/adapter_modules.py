"""Which modules of a model an adapter adapts, by their names in the model's own class."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cardiobench.errors import StageError
from cardiobench.models.random_weights import meta_model
from cardiobench.plugins.architecture import Architecture

if TYPE_CHECKING:
    from torch import nn
    from transformers.pytorch_utils import Conv1D


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """Module names as peft takes them.

    Attributes:
        modules: names, or endings of names, of all modules to adapt.
        feed_forward: those among them outside the attention blocks; IA3 scales their inputs.
    """

    modules: list[str]
    feed_forward: list[str]


def find_targets(model: "nn.Module", architecture: Architecture, targets: str) -> Targets:
    """The modules that a recipe's ``targets`` means in a model.

    The architecture names its query and value projections. Attention is every linear module of the
    blocks that these lie in; all-linear, every linear module of the layers that repeat, so no
    pooler and no head, which have no part in an embedding.

    Args:
        model: the transformers model; the meta device suffices.
        architecture: gives ``lora_targets``.
        targets: a name out of :data:`cardiobench.training.methods.TARGETS`.

    Raises:
        StageError: the class names no attention block or no layers to search.
    """
    if targets == "qv":
        return Targets(modules=list(architecture.lora_targets), feed_forward=[])
    known = [name for name, _ in adapted_modules(model, architecture.lora_targets)]
    linear = [name for name, _ in adapted_modules(model, _linear_endings(model))]
    blocks = tuple({f"{block}." for name in known if (block := _attention_block(name))})
    layers = tuple({f"{layer}." for name in known if (layer := _layers(name))})
    if not blocks or not layers:
        raise StageError(
            f"targets = {targets!r}: cannot tell the attention blocks of {architecture.name} by "
            f'their names ({known[0] if known else "no lora_targets"}); use targets = "qv".'
        )
    attention = [name for name in linear if name.startswith(blocks)]
    rest = [name for name in linear if name.startswith(layers) and name not in attention]
    if targets == "attention":
        return Targets(modules=_endings(model, attention), feed_forward=[])
    feed_forward = _endings(model, rest)
    # peft asks that every feed-forward name stands literally among the target names.
    modules = [*_endings(model, attention), *feed_forward]
    return Targets(modules=modules, feed_forward=feed_forward)


def _linear_endings(model: "nn.Module") -> set[str]:
    return {name.rpartition(".")[2] for name, _ in model.named_modules() if name}


def _attention_block(name: str) -> str:
    """``encoder.layer.0.attention`` of ``encoder.layer.0.attention.self.query``."""
    parts = name.split(".")
    for number, part in enumerate(parts[:-1], start=1):
        if "attention" in part or "attn" in part:
            return ".".join(parts[:number])
    return ""


def _layers(name: str) -> str:
    """``encoder.layer`` of ``encoder.layer.0.attention.self.query``."""
    parts = name.split(".")
    number = next((n for n, part in enumerate(parts) if part.isdigit()), 0)
    return ".".join(parts[:number])


def _endings(model: "nn.Module", names: Collection[str]) -> list[str]:
    """The names without the number of their layer, where that means the same modules."""
    short = set()
    for name in names:
        parts = name.split(".")
        last = max((n for n, part in enumerate(parts) if part.isdigit()), default=-1)
        short.add(".".join(parts[last + 1 :]))
    if {name for name, _ in adapted_modules(model, short)} == set(names):
        return sorted(short)
    return sorted(names)


PUBLISHED_RANK = 16


def lora_parameters(architecture: Architecture, rank: int = PUBLISHED_RANK) -> int:
    """Parameters of a LoRA adapter on the full-size model: rank * (d_in + d_out) a target.

    Raises:
        WeightsError: the architecture has no ``config``, so its shapes are not known.
    """

    targets = adapted_modules(meta_model(architecture), architecture.lora_targets)
    return sum(rank * sum(module.weight.shape) for _, module in targets)


def adapted_modules(
    model: "nn.Module", targets: Iterable[str]
) -> "Iterator[tuple[str, nn.Linear | Conv1D]]":
    """Names and modules of the linear layers that a list of LoRA targets means, as peft reads it.

    A target means the modules of that name, or whose name ends with a dot and the target.
    """
    from torch import nn
    from transformers.pytorch_utils import Conv1D

    endings = tuple(f".{target}" for target in targets)
    for name, module in model.named_modules():
        # Conv1D is GPT-2's linear layer: its weight is transposed.
        if f".{name}".endswith(endings) and isinstance(module, nn.Linear | Conv1D):
            yield name, module
