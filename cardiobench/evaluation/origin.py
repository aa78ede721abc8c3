"""What an entry's results were made of: specification and weights, kept beside them."""

import json
import shutil
from dataclasses import asdict, dataclass
from typing import Any

from cardiobench.errors import CardioBenchError
from cardiobench.foundation.files import read_json, write_json
from cardiobench.models.fingerprint import model_settings
from cardiobench.models.local_weights import weights_folder
from cardiobench.models.weights_hash import (
    folder_sha256,
    modules_sha256,
    settings_sha256,
    tensors_sha256,
)
from cardiobench.plugins.architecture import Architecture, Precision
from cardiobench.results.entry import Entry

FILE = "origin.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What decides the results of an entry.

    Attributes:
        specification: the architecture's fields that decide an embedding.
        weights_sha256: hash of the weights, or None where they are not on this machine yet.
        parameters: counted in the loaded model, or None before it was loaded.
        settings_sha256: hash of tokenizer and configuration, of the files beside the weights or of
            what a plugin builds; None where neither is at hand.
    """

    specification: dict[str, Any]
    weights_sha256: str | None
    parameters: int | None = None
    settings_sha256: str | None = None

    def changed_from(self, other: "Origin") -> str:
        """What is another than in ``other``, for a message, or ``""``."""
        names = self.specification.keys() | other.specification.keys()
        changed = sorted(
            name for name in names if self.specification.get(name) != other.specification.get(name)
        )
        for what, *hashes in (
            ("weights", self.weights_sha256, other.weights_sha256),
            ("tokenizer or configuration", self.settings_sha256, other.settings_sha256),
        ):
            if None not in hashes and hashes[0] != hashes[1]:
                changed.append(what)
        return ", ".join(changed)


def origin_of(architecture: Architecture, model: Any = None, *, built: bool = False) -> Origin:
    """The origin of what a model will give.

    Args:
        architecture: its specification.
        model: the loaded SentenceTransformer, for its parameters, and for its tensors where no
            file holds them; None before loading.
        built: whether a plugin's own code makes the model, whatever files there are.

    Raises:
        WeightsError: carried weights are damaged or not whole.
    """
    folder = weights_folder(architecture)
    digest = modules_sha256 if architecture.is_local else folder_sha256
    sha256 = digest(folder) if folder else None
    settings = settings_sha256(folder) if folder and not built else None
    parameters = None
    if model is not None:
        network = getattr(model, "transformers_model", None)
        # Of a folder's own model every module counts, such as a Dense layer behind the pooling.
        network = model if network is None or architecture.is_local else network
        if architecture.precision not in (Precision.INT8, Precision.INT4):  # those are packed
            parameters = sum(parameter.numel() for parameter in network.parameters())
        sha256 = sha256 or tensors_sha256(model)
        settings = model_settings(model) if built else settings
    specification = json.loads(json.dumps(architecture.identity))
    return Origin(
        specification=specification,
        weights_sha256=sha256,
        parameters=parameters,
        settings_sha256=settings,
    )


def read_origin(entry: Entry) -> Origin | None:
    """What an entry's results were made of, or None where it was not recorded."""
    path = entry.extras / FILE
    if not path.is_file():
        return None
    try:
        return Origin(**read_json(path))
    except (CardioBenchError, TypeError):
        return None


def write_origin(entry: Entry, origin: Origin) -> None:
    """Keep it with an entry's extras, before its first result."""
    write_json(entry.extras / FILE, asdict(origin))


def drop_stale_results(entry: Entry, origin: Origin) -> str:
    """Remove results that were made of something else; a trained adapter stays.

    Returns:
        What has changed since, or ``""`` if nothing was removed.
    """
    before = read_origin(entry)
    changed = origin.changed_from(before) if before else ""
    if not changed:
        return ""
    for path in entry.folder.iterdir():
        if path != entry.extras:
            path.unlink() if path.is_file() else shutil.rmtree(path)
    kept = (entry.adapter_folder, entry.curve_path, entry.curve_figure_path)
    for path in entry.extras.iterdir():
        if path not in kept:
            path.unlink() if path.is_file() else shutil.rmtree(path)
    return changed
