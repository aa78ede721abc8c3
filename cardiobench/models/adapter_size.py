"""How large a LoRA adapter is, from the shapes of the modules that it adapts."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from cardiobench.models.random_weights import meta_model
from cardiobench.plugins.architecture import Architecture

if TYPE_CHECKING:
    from torch import nn
    from transformers.pytorch_utils import Conv1D

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
