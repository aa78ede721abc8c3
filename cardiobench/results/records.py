"""What stands beside an entry about its submission: hashes, verification, withdrawal."""

import re
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from cardiobench.errors import CardioBenchError
from cardiobench.foundation.files import read_json, sha256_file, write_json
from cardiobench.results.entry import NAME_PART, Entry

_T = TypeVar("_T", bound="_Record")
_DATE = r"^\d{4}-\d{2}-\d{2}$"
_SHA256 = r"^[0-9a-f]{64}$"
_LONGEST = 300
# HTML, Markdown tables and code, LaTeX; a link in Markdown; addresses that run something.
_MARKUP = re.compile(r"[<>|`\\{}$]|\]\s*\(|javascript:|vbscript:|data:", re.IGNORECASE)


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SubmissionRecord(_Record):
    """``cardiobench/submission.json``: which files, byte for byte, somebody stands by.

    Attributes:
        name: the model, ``organisation/model``.
        revision: its revision.
        open_weights: whether others can load it; False for what only an API serves.
        adapter: hub id and revision, ``organisation/model@revision``, of an adapter too large to
            lie in the entry.
        supersedes: older revisions of the same model, which this one takes the place of.
        cardiobench: version that packed it.
        files: path inside the entry to SHA-256 of its bytes; every file but this one.
    """

    schema_version: Literal[1] = 1
    name: str = Field(pattern=f"^{NAME_PART}/{NAME_PART}$")
    revision: str = Field(pattern=f"^{NAME_PART}$")
    open_weights: bool
    adapter: str | None = Field(default=None, pattern=f"^{NAME_PART}/{NAME_PART}@{NAME_PART}$")
    supersedes: list[str] = Field(default_factory=list)
    cardiobench: str
    files: dict[str, str]


class Verification(_Record):
    """``cardiobench/verification.json``: what a maintainer's verification came to.

    Attributes:
        submission_sha256: hash of the submission.json that was verified; another one is unverified.
        recomputed: date on which every score was recomputed, or None.
        rerun: date on which the model was loaded and items were encoded again, or None.
        rerun_items: how many.
        cardiobench: version that verified it.
    """

    schema_version: Literal[1] = 1
    submission_sha256: str = Field(pattern=_SHA256)
    recomputed: str = Field(pattern=_DATE)
    rerun: str | None = Field(default=None, pattern=_DATE)
    rerun_items: int = Field(default=0, ge=0)
    cardiobench: str


class Withdrawal(_Record):
    """``cardiobench/withdrawal.json``: the entry stays on disk, and is not ranked any more."""

    schema_version: Literal[1] = 1
    reason: str = Field(min_length=1, max_length=300)
    date: str = Field(pattern=_DATE)


def wrong_with_text(text: str) -> str | None:
    """What is wrong with a text for a board: it must be printable ASCII without markup."""
    if len(text) > _LONGEST:
        return f"a text of more than {_LONGEST} characters"
    if not text.isascii() or not (text.isprintable() or not text):
        return "a text that is not printable ASCII"
    return "markup in a text" if _MARKUP.search(text) else None


def submission_path(entry: Entry) -> Path:
    """Where the hashes lie."""
    return entry.extras / "submission.json"


def verification_path(entry: Entry) -> Path:
    """Where the outcome of verification lies."""
    return entry.extras / "verification.json"


def withdrawal_path(entry: Entry) -> Path:
    """Where a withdrawal lies."""
    return entry.extras / "withdrawal.json"


def read_record(schema: type[_T], path: Path) -> _T | None:
    """A record, or None if there is none.

    Raises:
        CardioBenchError: it is not valid; names file and field.
    """
    if not path.is_file():
        return None
    try:
        return schema.model_validate(read_json(path))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise CardioBenchError(f"{path}: field {field}: {first['msg']}.") from error


def write_record(record: _Record, path: Path) -> None:
    """Write a record whole or not at all."""
    write_json(path, record.model_dump(mode="json"))


def verification_mark(entry: Entry) -> str:
    """``re-run``, ``recomputed`` or ``-``, as the board shows it; closed weights are said.

    A mark counts only for the very files that were verified.
    """
    submission = read_record(SubmissionRecord, submission_path(entry))
    if submission is None:
        return "-"
    closed = "" if submission.open_weights else " (closed weights)"
    found = read_record(Verification, verification_path(entry))
    if found is None or found.submission_sha256 != sha256_file(submission_path(entry)):
        return f"-{closed}"
    return f"{'re-run' if found.rerun else 'recomputed'}{closed}"
