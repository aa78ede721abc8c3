"""What training leaves in a folder, an adapter or a whole model: how it is saved and put back."""

import contextlib
import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.errors import WeightsError
from cardiobench.foundation.files import read_json, write_json
from cardiobench.plugins.architecture import Architecture

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

ADAPTER_WEIGHTS = "adapter_model.safetensors"
ADAPTER_CONFIG = "adapter_config.json"
MODEL_WEIGHTS = "model.safetensors"
_MAGNITUDE = "lora_magnitude_vector"


def weights_file(folder: Path) -> Path:
    """The weights of a folder: an adapter's, or a whole model's if it holds no adapter."""
    adapter = folder / ADAPTER_WEIGHTS
    return adapter if adapter.is_file() else folder / MODEL_WEIGHTS


def save_trained(model: "SentenceTransformer", architecture: Architecture, folder: Path) -> None:
    """Write the folder that ``SentenceTransformer(folder)`` loads, whole or not at all."""
    # Training cut texts at the recipe's length; the model reads up to its own.
    model.max_seq_length = architecture.max_seq_length
    unfinished = folder.with_suffix(".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    # Whole models are one file: there is one hash, and no model of ours is larger.
    model.save_pretrained(str(unfinished), create_model_card=False)
    if (unfinished / ADAPTER_CONFIG).is_file():
        _name_published_base(unfinished / ADAPTER_CONFIG, architecture)
        _name_magnitudes(unfinished / ADAPTER_WEIGHTS)
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


def _name_published_base(config: Path, architecture: Architecture) -> None:
    """Have the adapter load onto the published base; peft writes where this machine found it."""
    options = read_json(config)
    # A model in a folder is nowhere else: its name would be looked for on the hub.
    is_local = architecture.is_local
    options["base_model_name_or_path"] = (
        architecture.folder if is_local else architecture.checkpoint
    )
    options["revision"] = None if is_local else architecture.revision
    options["inference_mode"] = True
    for names in ("target_modules", "feedforward_modules"):
        if options.get(names):
            options[names] = sorted(options[names])
    write_json(config, options)


def _name_magnitudes(weights: Path) -> None:
    """Give DoRA's magnitude vectors the name under which transformers finds them too.

    peft leaves ``.weight`` out and puts it back on loading; transformers, and so
    ``SentenceTransformer(folder)``, would leave the vectors at their first values. Both read the
    whole name.
    """
    from safetensors.torch import load_file, save_file

    tensors = load_file(weights)
    if any(name.endswith(_MAGNITUDE) for name in tensors):
        named = {f"{k}.weight" if k.endswith(_MAGNITUDE) else k: v for k, v in tensors.items()}
        save_file(named, weights, metadata={"format": "pt"})


def load_trained(model: "SentenceTransformer", folder: Path) -> "SentenceTransformer":
    """Put what was trained onto a loaded base model (in place) and return it.

    Args:
        model: the base model; an adapter is added, a whole model's weights replace it.
        folder: what :func:`save_trained` wrote.

    Raises:
        WeightsError: the folder holds neither adapter nor model, or one that does not fit.
    """
    try:
        if not (folder / ADAPTER_CONFIG).is_file() and (folder / MODEL_WEIGHTS).is_file():
            _replace_weights(model, folder)
        else:
            with quiet_peft():
                model.load_adapter(str(folder))
    except (OSError, ValueError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise WeightsError(f"Cannot load the adapter in {folder}: {reason}") from error
    return model.eval()


def merge_adapter(model: "SentenceTransformer") -> "SentenceTransformer":
    """Add an adapter's weights to those they adapt, in place: it costs no time any more.

    Embeddings stay the same to 1e-6. Shorter number formats would round the adapter away, so there
    it stays beside the weights.
    """
    import torch
    from peft.tuners.tuners_utils import BaseTunerLayer

    for layer in model.modules():
        if isinstance(layer, BaseTunerLayer):
            weight = getattr(layer.get_base_layer(), "weight", None)
            if weight is not None and weight.dtype == torch.float32:
                layer.merge()
    return model


def unload_adapter(model: "SentenceTransformer") -> "SentenceTransformer":
    """Add an adapter to the weights it adapts and take its modules out, in place.

    Raises:
        ValueError: nothing of it is in the model's layers, so it cannot be merged, or the merged
            weights are not finite.
    """
    from peft.tuners.tuners_utils import BaseTunerLayer
    from peft.utils.other import AuxiliaryTrainingWrapper

    network: Any = model.transformers_model
    modules = dict(network.named_modules())
    layers = {name: layer for name, layer in modules.items() if isinstance(layer, BaseTunerLayer)}
    if not layers or any(isinstance(layer, AuxiliaryTrainingWrapper) for layer in modules.values()):
        raise ValueError("it does more than add to the weights of linear layers.")
    for name, layer in layers.items():
        layer.merge(safe_merge=True)
        parent, _, child = name.rpartition(".")
        setattr(network.get_submodule(parent), child, layer.get_base_layer())
    del network.peft_config
    network._hf_peft_config_loaded = False
    # transformers would save the weights under the adapter's names, by which no model finds them.
    if hasattr(network, "_weight_conversions"):
        del network._weight_conversions
    return model


def _replace_weights(model: "SentenceTransformer", folder: Path) -> None:
    """Every weight of the transformer from a saved model of the same class."""
    transformer: Any = model.transformers_model
    loaded, info = type(transformer).from_pretrained(
        folder, config=transformer.config, dtype=transformer.dtype, output_loading_info=True
    )
    left = [str(name) for key in ("missing_keys", "unexpected_keys") for name in info[key]]
    if left:
        raise ValueError(f"{min(left)} and {len(left) - 1} more weights do not fit the model.")
    transformer.load_state_dict(loaded.state_dict())


@contextlib.contextmanager
def quiet_peft() -> Iterator[None]:
    """Without peft's remarks about BOFT's CUDA extension, which is only faster."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Failed to load the CUDA extension")
        warnings.filterwarnings("ignore", message="Setting boft_n_butterfly_factor to 1")
        yield
