"""Source files inside pip packages, and readings of them that are kept on disk."""

import importlib.util
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cardiobench.errors import DataError
from cardiobench.foundation.files import (
    cache_dir,
    canonical_json,
    read_checked,
    sha256_file,
    write_checked,
)


def package_file(package: str, name: str, *, source: str) -> Path:
    """A data file inside an installed package, found without importing the package.

    Args:
        package: import name of the package.
        name: name of a file in its ``data`` folder.
        source: the source's name for the error message.

    Raises:
        DataError: the package, or the file in it, is missing.
    """
    spec = importlib.util.find_spec(package)
    folders = spec.submodule_search_locations if spec else None
    path = Path(next(iter(folders))) / "data" / name if folders else None
    if path is None or not path.is_file():
        project = package.replace("_", "-")
        raise DataError(
            f"The {source} file {name} was not found in the package {project}. "
            f"Type: pip install -c constraints.txt {project}"
        )
    return path


def parsed_once(
    path: Path, parse: Callable[[Path], dict[str, Any]], *, source: str, reader: str
) -> tuple[str, dict[str, Any]]:
    """What ``parse`` makes of a file, from the cache if this content was parsed before.

    The cached copy is keyed by the file's hash; a damaged one is made again.

    Args:
        path: the source file.
        parse: gives JSON values.
        source: the source's name for the error message.
        reader: version of the reading, such as ``r1``: another one never meets the old copies.

    Returns:
        Hash of the file, and the values.

    Raises:
        DataError: the file cannot be read.
    """
    try:
        digest = sha256_file(path)
    except OSError as error:
        raise DataError(f"Cannot read the {source} file {path}: {error.strerror}.") from error
    kind = source.lower().replace("-", "").replace(" ", "-")
    cached = cache_dir() / "sources" / f"{kind}-{digest[:16]}-{reader}.json"
    text = read_checked(cached)
    if text is not None:
        return digest, json.loads(text)
    record = parse(path)
    write_checked(cached, canonical_json(record))
    return digest, record
