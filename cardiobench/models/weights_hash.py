"""The hash of a model's weights: of the files they lie in, or of the tensors without a file."""

import contextlib
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.errors import CardioBenchError
from cardiobench.foundation.files import (
    cache_dir,
    canonical_json,
    read_json,
    sha256_file,
    sha256_text,
    write_json,
)

if TYPE_CHECKING:
    from torch import nn

_MODULES = "modules.json"
_ROUTER = "router_config.json"
_ENDINGS = ("safetensors", "bin")
_SETTINGS = ("*.json", "*.txt", "*.model", "*.py")


def folder_sha256(folder: Path) -> str | None:
    """The hash of the weights in a model folder, or None where there are none.

    Args:
        folder: a model folder; safetensors come before pickles, as they do on loading.

    Returns:
        SHA-256 of the one file, or of the names and hashes of several (64 hexadecimal digits).
    """
    for ending in _ENDINGS:
        files = sorted(folder.glob(f"*model*.{ending}"))
        if len(files) == 1:
            return _remembered_sha256(files[0])
        if files:
            return sha256_text(canonical_json({f.name: _remembered_sha256(f) for f in files}))
    return None


def modules_sha256(folder: Path) -> str | None:
    """The hash of all weights of a sentence-transformers folder, those of its modules too.

    Args:
        folder: a model folder; weights of a Dense layer or of a Router's parts lie below it.

    Returns:
        As :func:`folder_sha256` where no weights lie below; None where there are none at all.
    """
    own, parts = folder_sha256(folder), [folder] if (folder / _ROUTER).is_file() else []
    if (folder / _MODULES).is_file():
        paths = (str(module.get("path", "")) for module in read_json(folder / _MODULES))
        parts += [folder / path for path in paths if path]
    files = {f for part in parts for ending in _ENDINGS for f in part.rglob(f"*model*.{ending}")}
    below = {
        str(file.relative_to(folder)): _remembered_sha256(file)
        for file in sorted(files)
        if file.parent != folder
    }
    return sha256_text(canonical_json({"": own, **below})) if below else own


def settings_sha256(folder: Path) -> str:
    """The hash of what else decides an embedding in a model folder: tokenizer and configuration.

    Args:
        folder: a model folder, with those of its modules directly below it.

    Returns:
        SHA-256 over the names and contents of these files (64 hexadecimal digits).
    """
    patterns = [f"{place}{ending}" for place in ("", "[0-9]*_*/") for ending in _SETTINGS]
    files = (file for pattern in patterns for file in folder.glob(pattern))
    listed = {str(file.relative_to(folder)): sha256_file(file) for file in files if file.is_file()}
    return sha256_text(canonical_json(listed))


def tensors_sha256(module: "nn.Module") -> str:
    """SHA-256 over names, formats and bytes of all tensors, for models that no file holds."""
    import torch

    digest = hashlib.sha256()
    for name, value in sorted(module.state_dict().items()):
        if not isinstance(value, torch.Tensor):
            continue
        flat: Any = value.detach().reshape(-1).contiguous().view(torch.uint8).cpu()
        digest.update(f"{name} {value.dtype} {tuple(value.shape)}".encode())
        digest.update(flat.numpy())
    return digest.hexdigest()


def _remembered_sha256(path: Path) -> str:
    """A file's hash; size and time of the file tell later that it is the same one."""
    store = cache_dir() / "weights" / "hashes.json"
    file = path.resolve()
    status = file.stat()
    state = [status.st_size, status.st_mtime_ns]
    known: dict[str, Any] = {}
    with contextlib.suppress(CardioBenchError):  # not there yet, or damaged: made again
        stored = read_json(store)
        known = stored if isinstance(stored, dict) else {}
    if known.get(str(file), {}).get("state") != state:
        known[str(file)] = {"state": state, "sha256": sha256_file(file)}
        with contextlib.suppress(
            CardioBenchError
        ):  # a cache that cannot be written costs time only
            write_json(store, known)
    return str(known[str(file)]["sha256"])
