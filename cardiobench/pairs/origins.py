"""Where users' own pairs come from: a file here, or a data set on the hub."""

import re
from pathlib import Path

from cardiobench.errors import DataError

SUFFIXES = (".jsonl", ".csv", ".parquet")

_HUB_ID = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*(@[A-Za-z0-9][\w.-]*)?")
# Other endings of files: what has one is a path, and no data set on the hub.
# fmt: off
_FILES = frozenset({
    ".7z", ".arrow", ".bz2", ".db", ".feather", ".gz", ".htm", ".html", ".json", ".ndjson", ".ods",
    ".parq", ".pickle", ".pkl", ".pq", ".rar", ".sqlite", ".tab", ".tar", ".tgz", ".toml", ".tsv",
    ".txt", ".xls", ".xlsx", ".xml", ".xz", ".yaml", ".yml", ".zip", ".zst",
})
# fmt: on


def is_known_form(origin: str) -> bool:
    """Whether an origin can be a pairs file or, with no such path here, a hub data set id."""
    if Path(origin).suffix.lower() in SUFFIXES:
        return True
    is_id = _HUB_ID.fullmatch(origin) is not None and not _has_file_ending(origin)
    return is_id and not Path(origin).exists()


def check_form(origin: str) -> None:
    """Refuse what can be neither a pairs file nor a hub data set id; nothing is looked up.

    Raises:
        DataError: it is neither, or no text.
    """
    try:
        origin.encode()
    except UnicodeEncodeError as error:
        name = ascii(Path(origin).name)
        raise DataError(f"The file name {name} is not UTF-8; give the file another.") from error
    if not is_known_form(origin):
        missing = _has_file_ending(origin) and not Path(origin).exists()
        gone = "is not there (no such file), and it " if missing and "/" in origin else ""
        raise DataError(
            f"{origin!r} {gone}is neither a .jsonl, .csv or .parquet file nor a hub data set id "
            "such as 'organisation/name'."
        )


def check_there(origin: str) -> None:
    """Fail early where a pairs file is missing; hub ids are not looked up.

    Raises:
        DataError: the file is not there, or is of no form that is read.
    """
    check_form(origin)
    if Path(origin).suffix.lower() in SUFFIXES and not Path(origin).is_file():
        what = f"{origin} is a folder" if Path(origin).is_dir() else f"there is no file {origin}"
        raise DataError(f"pairs_files: {what}.")


def _has_file_ending(origin: str) -> bool:
    return Path(origin).suffix.lower() in _FILES
