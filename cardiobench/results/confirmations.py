"""``cardiobench/confirmations/``: runs by others that came to the same, on their own hardware."""

from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from cardiobench.foundation.files import canonical_json, sha256_file, sha256_text
from cardiobench.results.entry import CONFIRMATIONS, Entry
from cardiobench.results.schema import DATE, SHA256, Record, read_record


class Confirmation(Record):
    """That a run of somebody else's gave equal scores and similarities; that person's word.

    Attributes:
        submission_sha256: hash of the submission.json that was confirmed; others are not.
        tasks: what was run.
        date: when.
        hardware, versions: with what, as in a manifest.
        cardiobench: version that compared.
    """

    schema_version: Literal[1] = 1
    submission_sha256: str = Field(pattern=SHA256)
    tasks: list[str] = Field(min_length=1)
    date: str = Field(pattern=DATE)
    hardware: dict[str, Any]
    versions: dict[str, str]
    cardiobench: str


def confirmation_path(entry: Entry, record: Confirmation) -> Path:
    """Where a confirmation lies: one for each hardware, however often it is repeated there."""
    key = sha256_text(canonical_json(record.hardware))[:16]
    return entry.folder / CONFIRMATIONS / f"{key}.json"


def confirmations(entry: Entry) -> int:
    """On how many kinds of hardware the entry, as it is now, was confirmed.

    Raises:
        CardioBenchError: a record is not valid; names file and field.
    """
    if not entry.submission_path.is_file():
        return 0
    signed = sha256_file(entry.submission_path)
    files = sorted((entry.folder / CONFIRMATIONS).glob("*.json"))
    records = [read_record(Confirmation, file) for file in files]
    return sum(record.submission_sha256 == signed for record in records)
