"""A folder that holds a peft adapter: merged into its base, it is a model like any other."""

import re
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.errors import WeightsError
from cardiobench.foundation.files import (
    cache_dir,
    canonical_json,
    read_json,
    sha256_text,
    whole_folder,
    write_json,
)
from cardiobench.foundation.text import squeeze
from cardiobench.models.checkpoint import hub_is_near
from cardiobench.models.local_weights import weights_folder
from cardiobench.models.model_folder import (
    ADAPTER,
    MODULES,
    folder_architecture,
    load_modules,
    says_pooling,
)
from cardiobench.models.trained_weights import ADAPTER_WEIGHTS, load_trained, unload_adapter
from cardiobench.models.weights_hash import folder_sha256, modules_sha256
from cardiobench.plugins.architecture import Architecture
from cardiobench.plugins.registry import load_plugins

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

_HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")
# Options that say nothing of what an adapter makes of its base.
_NAMES = ("base_model_name_or_path", "revision", "peft_version", "inference_mode")


def is_adapter(folder: str) -> bool:
    """Whether a folder holds a peft adapter."""
    return (Path(folder).expanduser() / ADAPTER).is_file()


def base_names(folder: str) -> set[str]:
    """The names by which ``--weights NAME=FOLDER`` may say where an adapter's base lies."""
    stated = _stated(Path(folder).expanduser())
    spec = _registered(stated)
    return {"base", stated, stated.rpartition("/")[2], spec.name if spec else ""} - {""}


def model_in_folder(
    named: str,
    *,
    name: str | None = None,
    pooling: str | None = None,
    bases: Mapping[str, str] | None = None,
) -> Architecture:
    """The specification of the model in a folder; an adapter is merged into its base first.

    The merged model lies in the cache folder and is made once.

    Args:
        named: the folder.
        name: what the model is called; the folder's own name by default.
        pooling: for a folder that does not say how tokens become one embedding.
        bases: name of a base (see :func:`base_names`) to the folder where it lies.

    Returns:
        As :func:`cardiobench.models.model_folder.folder_architecture`; the revision of a merged
        model hashes the adapter and its base.

    Raises:
        WeightsError: the folder holds no model, or an adapter whose base cannot be had or which
            does not fit it.
        CardioBenchError: the name is not allowed, or the pooling is missing or not wanted.
    """
    folder = Path(named).expanduser().resolve()
    if not is_adapter(named):
        return folder_architecture(named, name=name, pooling=pooling)
    sha256 = folder_sha256(folder) if (folder / ADAPTER_WEIGHTS).is_file() else None
    if sha256 is None:
        raise WeightsError(
            f"{named} has an {ADAPTER} but no {ADAPTER_WEIGHTS}. Save the adapter with "
            "save_pretrained, as safetensors."
        )
    stated = _stated(folder)
    base = _base_folder(folder, named, stated, bases or {})
    options = {k: v for k, v in read_json(folder / ADAPTER).items() if k not in _NAMES}
    key = sha256_text(canonical_json([sha256, options, modules_sha256(base), pooling]))
    merged = cache_dir() / "merged" / key[:40]
    if not (merged / MODULES).is_file():
        model = _adapted(folder, base, named, pooling)
        with whole_folder(merged) as unfinished:
            model.save_pretrained(str(unfinished), create_model_card=False)
    spec = folder_architecture(str(merged), name=name or folder.name)
    known = stated if _HUB_ID.fullmatch(stated) and not Path(stated).is_dir() else ""
    return replace(spec, revision=key[:40], base=known)


def _stated(folder: Path) -> str:
    return str(read_json(folder / ADAPTER).get("base_model_name_or_path") or "")


def _registered(stated: str) -> Architecture | None:
    specs = (spec for spec, _ in load_plugins().architectures())
    return next((spec for spec in specs if stated == spec.checkpoint), None)


def _base_folder(folder: Path, named: str, stated: str, bases: Mapping[str, str]) -> Path:
    """Where the base lies: where the user says, else where the adapter or the hub has it."""
    told = next((bases[name] for name in sorted(base_names(str(folder))) if name in bases), None)
    candidates = [told] if told else [stated, str(folder / stated)] if stated else []
    for candidate in candidates:
        place = Path(candidate).expanduser().resolve()
        if place.is_dir():
            if is_adapter(str(place)):  # of several stages: each is merged into the one before
                return Path(model_in_folder(str(place), bases=bases).folder)
            return place
    if told:
        raise WeightsError(f"--weights: {told} is no folder.")
    spec = _registered(stated)
    found = weights_folder(spec) if spec else None
    found = found or (_from_hub(folder, stated) if _HUB_ID.fullmatch(stated) else None)
    if found is None:
        what = f"on {stated}, which" if stated else "that names no base; it"
        raise WeightsError(
            f"{named} holds an adapter {what} is not on this machine. Say where the base lies: "
            f"--weights {stated or 'base'}=FOLDER"
        )
    return found


def _from_hub(folder: Path, stated: str) -> Path | None:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, LocalEntryNotFoundError

    patterns = ["*.json", "*.txt", "*.model", "*.safetensors"]
    try:
        place = snapshot_download(
            stated,
            revision=read_json(folder / ADAPTER).get("revision"),
            allow_patterns=patterns,
            local_files_only=not hub_is_near(),
        )
    except (OSError, ValueError, HfHubHTTPError, LocalEntryNotFoundError):
        return None
    return Path(place)


def _adapted(folder: Path, base: Path, named: str, pooling: str | None) -> "SentenceTransformer":
    """The base with the adapter in its weights."""
    kind = str(read_json(folder / ADAPTER).get("peft_type"))
    try:
        if (folder / MODULES).is_file():
            says_pooling(folder, named, pooling)
            model = _own_modules(folder, base)
        else:
            whole = says_pooling(base, f"the base of {named}", pooling)
            model = load_trained(load_modules(base, None if whole else pooling), folder)
        _refuse_left_out(model, folder)
        return unload_adapter(model)
    except (RuntimeError, ValueError, TypeError, AttributeError) as error:
        raise WeightsError(
            f"The adapter in {named} ({kind}) cannot be merged into {base.name}: "
            f"{squeeze(str(error))}"
        ) from error


def _own_modules(folder: Path, base: Path) -> "SentenceTransformer":
    """A sentence-transformers folder whose transformer is an adapter, on the base that is here."""
    with tempfile.TemporaryDirectory(prefix="cardiobench-") as scratch:
        copy = Path(scratch) / folder.name
        shutil.copytree(folder, copy)
        options = read_json(copy / ADAPTER)
        options |= {"base_model_name_or_path": str(base), "revision": None}
        write_json(copy / ADAPTER, options)
        model: SentenceTransformer = load_modules(copy, None)
        return model


def _refuse_left_out(model: "SentenceTransformer", folder: Path) -> None:
    """Refuse an adapter of which a tensor went nowhere: peft and transformers only log that."""
    from safetensors.torch import load_file

    network: Any = model.transformers_model
    loaded = {_bytes(value) for value in network.parameters()}
    left = [n for n, v in load_file(folder / ADAPTER_WEIGHTS).items() if _bytes(v) not in loaded]
    if left:
        raise ValueError(f"{len(left)} of its tensors fit no module, first {min(left)}.")


def _bytes(tensor: Any) -> int:
    """What tells tensors apart, whatever their number format."""
    return hash((tuple(tensor.shape), tensor.detach().float().cpu().numpy().tobytes()))
