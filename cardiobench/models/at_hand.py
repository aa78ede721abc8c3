"""Whether a model's weights are on this machine, found out without loading anything."""

from pathlib import Path
from typing import Literal

from cardiobench.models.local_weights import carried_folder
from cardiobench.plugins.architecture import Architecture

Place = Literal["pip package", "hub cache", "plugin", "hub"]


def weights_place(architecture: Architecture, *, built_by_plugin: bool = False) -> Place:
    """Where a run would take the weights from.

    Args:
        architecture: the model.
        built_by_plugin: whether its plugin loads models itself.

    Returns:
        ``pip package`` (carried by one that is installed), ``hub cache`` (downloaded before, at the
        pinned revision), ``plugin`` (its own code makes or finds them), or ``hub`` (to download).
    """
    if architecture.carried is not None and carried_folder(architecture.carried) is not None:
        return "pip package"
    if _is_cached(architecture):
        return "hub cache"
    return "plugin" if built_by_plugin else "hub"


def _is_cached(architecture: Architecture) -> bool:
    """Whether the hub's cache holds weights; its own look-up would import much more."""
    from huggingface_hub import constants

    folder = f"models--{architecture.checkpoint.replace('/', '--')}"
    snapshots = Path(constants.HF_HUB_CACHE) / folder / "snapshots"
    # Files are links to blobs: one whose download was cut off does not exist.
    ending = "bin" if architecture.pickled_weights else "safetensors"
    found = snapshots.glob(f"{architecture.revision or '*'}/*.{ending}")
    return any(file.exists() for file in found)
