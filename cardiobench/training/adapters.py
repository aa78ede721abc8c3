"""What of a model is trained: an adapter that is put on, or every weight."""

import re
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.errors import StageError
from cardiobench.models.adapter_modules import find_targets
from cardiobench.models.trained_weights import quiet_peft
from cardiobench.plugins.architecture import Architecture
from cardiobench.training.methods import FULL, peft_config
from cardiobench.training.recipe import Recipe

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


# What marks the second matrix of a LoRA update in a parameter's name.
_SECOND = ".lora_B."


def make_trainable(
    model: "SentenceTransformer", architecture: Architecture, recipe: Recipe
) -> None:
    """Add a recipe's adapter to a base model, or free every weight, in place.

    Raises:
        StageError: the method, its targets or its block size do not fit the model.
    """
    freeze_further_modules(model)
    if recipe.gradient_checkpointing:
        _checkpoint_activations(model, architecture)
    if recipe.method == FULL:
        _free(model, architecture)
        return
    targets = find_targets(_transformer(model), architecture, recipe.targets)
    try:
        with quiet_peft():
            # peft would take another size than the recipe says.
            warnings.filterwarnings("error", message="Invalid `oft_block_size`")
            model.add_adapter(peft_config(recipe, targets))
    except (ValueError, UserWarning) as error:
        reason = str(error).strip().splitlines()[0]
        raise StageError(
            f"method = {recipe.method!r} does not fit {architecture.name}: {reason}"
        ) from error


def freeze_further_modules(model: "SentenceTransformer") -> None:
    """Leave a Dense layer and its like as published: no adapter folder would bring them back."""
    network = model.transformers_model
    inside = set() if network is None else {id(parameter) for parameter in network.parameters()}
    for parameter in model.parameters():
        if id(parameter) not in inside:
            parameter.requires_grad_(False)


def scale_update(model: "SentenceTransformer", scale: float) -> None:
    """Multiply a LoRA update by a factor, in place: the weights become base + scale x update.

    At 1, which is all that other methods know, nothing changes.

    The factor goes into the second matrix of each update, so that rank and alpha stay as they are.
    """
    if scale == 1:
        return
    for name, parameter in _transformer(model).named_parameters():
        if _SECOND in name:
            parameter.data.mul_(scale)


def scale_saved(weights: Path, scale: float) -> None:
    """The same for the weights file of a saved LoRA adapter, in place."""
    from safetensors.torch import load_file, save_file

    tensors = load_file(weights)
    scaled = {k: tensor * scale if _SECOND in k else tensor for k, tensor in tensors.items()}
    save_file(scaled, weights, metadata={"format": "pt"})


def _checkpoint_activations(model: "SentenceTransformer", architecture: Architecture) -> None:
    # Through the trainer's argument, sentence-transformers is called by a deprecated name.
    transformer = _transformer(model)
    new = hasattr(transformer, "activation_checkpointing_enable")
    kind = "activation" if new else "gradient"
    enable = getattr(transformer, f"{kind}_checkpointing_enable")
    try:
        enable(**{f"{kind}_checkpointing_kwargs": {"use_reentrant": False}})
    except ValueError as error:
        raise StageError(
            f"gradient_checkpointing: the class of {architecture.name} cannot; leave it out."
        ) from error


def _transformer(model: "SentenceTransformer") -> Any:
    """The transformers model inside, typed as one that is there."""
    return model.transformers_model


def _free(model: "SentenceTransformer", architecture: Architecture) -> None:
    """Train every weight that the checkpoint has; those made anew are the same in every run."""
    for name, parameter in _transformer(model).named_parameters():
        made_anew = any(re.fullmatch(pattern, name) for pattern in architecture.unused_weights)
        parameter.requires_grad_(not made_anew)
        if made_anew:
            parameter.data.zero_()
