"""Weights that lie where a verifier says: those of an entry, or refused."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from cardiobench.errors import WeightsError
from cardiobench.models.adapter_folder import model_in_folder
from cardiobench.models.model_folder import with_weights
from cardiobench.models.weights_hash import modules_sha256
from cardiobench.plugins.architecture import Architecture
from cardiobench.sharing.submission.architectures import known_architectures
from cardiobench.sharing.submission.contents import Contents


def given_architecture(
    contents: Contents, weights: Mapping[str, str], pooling: str | None
) -> Architecture | None:
    """The architecture whose weights lie where the verifier says, or None where nobody said.

    Raises:
        WeightsError: the folder does not hold the weights of the entry.
    """
    model = contents.manifest.model
    known = known_architectures().get(model.architecture)
    names = {model.name, model.architecture, model.adapted_from}
    folder = next((place for name, place in weights.items() if name in names), None)
    if folder is None:
        return None
    if known is not None:
        return with_weights(known, folder)
    name = model.adapted_from or model.name
    spec = model_in_folder(folder, name=name, pooling=pooling, bases=weights)
    if model.kind == "adapted" and model.weights_sha256 != modules_sha256(Path(spec.folder)):
        raise WeightsError(f"{folder} does not hold the weights that {model.name} was trained on.")
    return replace(spec, licence=model.licence)
