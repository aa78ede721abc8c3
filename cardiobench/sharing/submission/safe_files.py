"""Reading files that somebody else made: plain files of known kinds, within limits, as data only.

Nothing here follows a link, unpickles, imports or runs anything, and every size is known before it
is paid for.
"""

import itertools
import json
import math
import os
import re
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cardiobench.sharing.submission.report import Finding, RefusedError, shown

KIB, MIB = 2**10, 2**20
MAX_FILES = 128
MAX_FOLDER_BYTES = 64 * MIB
# The largest of the suite expands to 1.1 MB.
MAX_EXPANDED_BYTES = 8 * MIB
MAX_HEAD_BYTES = 4 * MIB
MAX_DEPTH = 12
MAX_NUMBER_LENGTH = 40

_TASK = "[A-Za-z0-9][A-Za-z0-9.-]{0,63}"
_ADAPTER_JSON = (
    "adapter_config|config|modules|config_sentence_transformers|sentence_bert_config|tokenizer|"
    "tokenizer_config|special_tokens_map|added_tokens|vocab"
)
# Every kind of file that an entry may hold, and how large it may be.
KINDS: dict[str, tuple[re.Pattern[str], int]] = {
    "meta": (re.compile(r"model_meta\.json"), 256 * KIB),
    "result": (re.compile(rf"{_TASK}\.json"), 256 * KIB),
    "manifest": (re.compile(r"cardiobench/manifest\.json"), 256 * KIB),
    "submission": (re.compile(r"cardiobench/submission\.json"), 64 * KIB),
    "verification": (re.compile(r"cardiobench/verification\.json"), 16 * KIB),
    "withdrawal": (re.compile(r"cardiobench/withdrawal\.json"), 16 * KIB),
    "confirmation": (re.compile(r"cardiobench/confirmations/[0-9a-f]{16}\.json"), 16 * KIB),
    "speed": (re.compile(r"cardiobench/speed\.json"), 512 * KIB),
    "curve": (re.compile(r"cardiobench/training\.json"), 512 * KIB),
    "deviation": (re.compile(r"cardiobench/deviation\.json"), 16 * KIB),
    "items": (re.compile(rf"cardiobench/items/{_TASK}\.json"), 2 * MIB),
    "predictions": (re.compile(rf"cardiobench/predictions/{_TASK}\.json\.gz"), 4 * MIB),
    "weights": (re.compile(r"cardiobench/adapter/adapter_model\.safetensors"), 8 * MIB),
    "adapter": (
        re.compile(rf"cardiobench/adapter/(\d_[A-Za-z]{{1,32}}/)?({_ADAPTER_JSON})\.json"),
        20 * MIB,
    ),
    "card": (re.compile(r"cardiobench/adapter/README\.md"), 256 * KIB),
}


def kind_of(path: str) -> str | None:
    """The kind of a file by its path inside the entry, or None if an entry holds no such file."""
    return next((name for name, (kind, _) in KINDS.items() if kind.fullmatch(path)), None)


def list_files(folder: Path) -> tuple[dict[str, int], list[Finding]]:
    """The readable files of an entry, path to size in bytes, and what is wrong with the others."""
    sizes: dict[str, int] = {}
    findings: list[Finding] = []
    for count, (path, status) in enumerate(_walk(folder, "", 0)):
        if count >= MAX_FILES or sum(sizes.values()) > MAX_FOLDER_BYTES:
            message = f"it holds more than {MAX_FILES} files or {MAX_FOLDER_BYTES // MIB} MiB"
            findings.append(Finding(".", message, "Type: cardiobench submit pack"))
            break
        if path.endswith("/"):
            continue
        wrong = _wrong_with(path, status)
        if wrong:
            findings.append(Finding(path, *wrong))
        else:
            sizes[path] = status.st_size
    return sizes, findings


def _walk(folder: Path, prefix: str, depth: int) -> Iterator[tuple[str, os.stat_result]]:
    """Files, and folders with a final slash; links are not followed, nor folders too deep."""
    with os.scandir(folder) as listing:
        first = itertools.islice(listing, MAX_FILES + 1)
        for entry in sorted(first, key=lambda one: one.name):
            status = entry.stat(follow_symlinks=False)
            if stat.S_ISDIR(status.st_mode) and depth < 3:
                yield f"{prefix}{entry.name}/", status
                yield from _walk(Path(entry.path), f"{prefix}{entry.name}/", depth + 1)
            else:
                yield f"{prefix}{entry.name}", status


def _wrong_with(path: str, status: os.stat_result) -> tuple[str, str] | None:
    if not stat.S_ISREG(status.st_mode):
        return "a link, device or other thing that is no plain file", "Remove it."
    if status.st_nlink > 1:
        return "a hard link", "Put a plain copy in its place."
    if status.st_mode & 0o111:
        return "an executable file", "Type: chmod -x"
    kind = kind_of(path)
    if kind is None:
        return "no file of this kind belongs to an entry", "Remove it."
    limit = KINDS[kind][1]
    if status.st_size > limit:
        return f"{status.st_size:,} bytes; at most {limit:,} are read", "Make it anew."
    return None


def read_bytes(folder: Path, path: str) -> bytes:
    """A file's bytes.

    Raises:
        RefusedError: it is no plain file any more, larger than its kind may be, or unreadable.
    """
    limit = KINDS[str(kind_of(path))][1]
    try:
        handle = os.open(folder / path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(handle, "rb") as stream:
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise OSError("it is no plain file")
            content = stream.read(limit + 1)
    except OSError as error:
        message = f"cannot be read ({error.strerror or error})"
        raise RefusedError(Finding(path, message, "Put it there as a plain file.")) from error
    if len(content) > limit:
        raise RefusedError(Finding(path, f"larger than {limit:,} bytes", "Make it anew."))
    return content


def expand(path: str, content: bytes) -> bytes:
    """What a gzip file holds.

    Raises:
        RefusedError: it is no whole gzip file of one member, or holds more than 8 MiB.
    """
    stream = zlib.decompressobj(wbits=31)
    try:
        expanded = stream.decompress(content, MAX_EXPANDED_BYTES + 1)
    except zlib.error as error:
        raise RefusedError(Finding(path, "no gzip file", "Pack it anew.")) from error
    if len(expanded) > MAX_EXPANDED_BYTES:
        message = f"it expands to more than {MAX_EXPANDED_BYTES // MIB} MiB"
        raise RefusedError(Finding(path, message, "Pack mteb's own predictions."))
    if not stream.eof or stream.unused_data:
        raise RefusedError(Finding(path, "a damaged gzip file", "Pack it anew."))
    return expanded


def parse_json(path: str, content: bytes, *, allow_nan: bool = False) -> Any:
    """Strict JSON: UTF-8, no key twice, no NaN, no number or nesting without bounds.

    Args:
        path: for the finding.
        content: the bytes.
        allow_nan: whether NaN is a number; mteb writes it for a score that is not defined.

    Raises:
        RefusedError: it is anything else.
    """

    def constant(name: str) -> float:
        if allow_nan and name == "NaN":
            return math.nan
        raise ValueError(f"{name} is no number")

    try:
        value = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_object,
            parse_constant=constant,
            parse_float=_float,
            parse_int=_int,
        )
    except (ValueError, RecursionError) as error:
        message = "nested too deep" if isinstance(error, RecursionError) else str(error)
        finding = Finding(path, f"no strict JSON ({shown(message)})", "Make it anew.")
        raise RefusedError(finding) from error
    if _is_deeper_than(value, MAX_DEPTH):
        raise RefusedError(Finding(path, f"nested deeper than {MAX_DEPTH}", "Make it anew."))
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        raise ValueError("a key stands in it twice")
    return value


def _float(text: str) -> float:
    value = float(text)
    if len(text) > MAX_NUMBER_LENGTH or not math.isfinite(value):
        raise ValueError("a number is out of range")
    return value


def _int(text: str) -> int:
    if len(text) > MAX_NUMBER_LENGTH:
        raise ValueError("a number is out of range")
    return int(text)


def _is_deeper_than(value: Any, limit: int) -> bool:
    level = [value]
    for _ in range(limit + 1):
        level = [
            part
            for container in level
            if isinstance(container, dict | list)
            for part in (container.values() if isinstance(container, dict) else container)
            if isinstance(part, dict | list)
        ]
        if not level:
            return False
    return True
