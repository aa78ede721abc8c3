"""Files written whole or not at all, canonical JSON, and content hashes."""

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import platformdirs

from cardiobench.errors import CardioBenchError
from cardiobench.foundation.write_errors import write_failure


def cache_dir() -> Path:
    """The folder for rebuilt data: ``CARDIOBENCH_CACHE`` or the platform's cache folder."""
    override = os.environ.get("CARDIOBENCH_CACHE")
    return Path(override) if override else Path(platformdirs.user_cache_dir("cardiobench"))


def give_mteb_a_cache() -> None:
    """mteb makes a folder below HOME as it is imported; where it cannot, it gets one of ours."""
    usual = Path.home() / ".cache" / "mteb"
    if "MTEB_CACHE" in os.environ or usual.is_dir():
        return
    there = next(folder for folder in usual.parents if folder.is_dir())
    try:
        Path(tempfile.mkdtemp(dir=there, prefix=".cardiobench-")).rmdir()
    except OSError:
        os.environ["MTEB_CACHE"] = str(cache_dir() / "mteb")


# Made once: json.dumps makes an encoder for every call that has options.
_CANONICAL = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
)


def canonical_json(value: Any) -> str:
    """JSON with sorted keys and no spare space: equal values give equal bytes.

    Raises:
        ValueError: a float is NaN or infinite (not strict JSON).
    """
    return _CANONICAL.encode(value)


def sha256_text(text: str) -> str:
    """Lower-case hexadecimal SHA-256 of a text's UTF-8 bytes (64 characters)."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def sha256_file(path: Path) -> str:
    """Lower-case hexadecimal SHA-256 of a file's bytes (64 characters)."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; it takes ``path``'s place only on success.

    Raises:
        CardioBenchError: the folder cannot be written or the disk is full; ``path`` is untouched.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        os.close(handle)
        temporary = Path(name)
        yield temporary
        # mkstemp makes files private; results are meant to be read by others.
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        raise write_failure(error, path) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """Yield an empty folder beside ``path``; it takes ``path``'s place only on success.

    Raises:
        CardioBenchError: the folder cannot be written or the disk is full; ``path`` is untouched.
    """
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part"))
        yield temporary
        temporary.chmod(0o755)
        shutil.rmtree(path, ignore_errors=True)
        temporary.replace(path)
    except OSError as error:
        raise write_failure(error, path) from error
    finally:
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def write_text(path: Path, text: str) -> None:
    """Write a UTF-8 text file whole or not at all."""
    with whole_file(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: Path, value: Any) -> None:
    """Write readable, key-sorted, strict JSON whole or not at all."""
    text = json.dumps(value, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def read_file(path: Path, kind: str) -> str:
    """The text of a file that the user named.

    Raises:
        CardioBenchError: it cannot be read, or is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")  # some editors begin with a byte order mark
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CardioBenchError(f"Cannot read the {kind} {path}: {reason}.") from error


def parse_toml(text: str, origin: str) -> dict[str, Any]:
    """The table of a TOML text; ``origin`` is named in errors.

    Raises:
        CardioBenchError: it is no TOML, or nested too deeply.
    """
    try:
        return tomllib.loads(text)
    # A plain ValueError: a number of more digits than Python reads.
    except ValueError as error:
        raise CardioBenchError(f"{origin} is not TOML: {error}.") from error
    except RecursionError as error:
        raise CardioBenchError(f"{origin} is nested too deeply to be read.") from error


def read_json(path: Path) -> Any:
    """Read a JSON file.

    Raises:
        CardioBenchError: the file cannot be read or is not JSON; the line is named.
    """
    import pydantic_core

    try:
        raw = path.read_bytes()
        try:
            return pydantic_core.from_json(raw)
        except ValueError:  # slower, reads over a byte order mark, and says where
            return json.loads(raw.decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError) as error:
        raise CardioBenchError(f"Cannot read {path}: {error}.") from error
    except RecursionError as error:
        raise CardioBenchError(f"{path} is nested too deeply to be read.") from error
    except json.JSONDecodeError as error:
        raise CardioBenchError(
            f"{path}:{error.lineno}: not JSON ({error.msg}). Delete the file to have it made again."
        ) from error


def read_checked(path: Path) -> str | None:
    """The text stored by :func:`write_checked`, or ``None`` if absent or damaged."""
    try:
        # Not read_text: it would turn other line ends into "\n" and the hash would not match.
        digest, _, text = path.read_bytes().decode("utf-8").partition("\n")
    except (OSError, UnicodeDecodeError):
        return None
    return text if sha256_text(text) == digest else None


def write_checked(path: Path, text: str) -> None:
    """Store a cached text under its own hash, so that damage is seen on reading."""
    write_text(path, f"{sha256_text(text)}\n{text}")
