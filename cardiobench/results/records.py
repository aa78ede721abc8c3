"""What stands beside an entry about its submission: hashes, verification, withdrawal."""

import re
from typing import Literal

from pydantic import Field

from cardiobench.foundation.files import sha256_file
from cardiobench.results.entry import Entry
from cardiobench.results.schema import DATE, NAME_PART, SHA256, Record, find_record

_LONGEST = 300
# HTML, Markdown tables and code, LaTeX; a link in Markdown; addresses that run something.
_MARKUP = re.compile(r"[<>|`\\{}$]|\]\s*\(|javascript:|vbscript:|data:", re.IGNORECASE)

# What GitHub makes a link of without any markup.
_ADDRESS = re.compile(r"://|\bwww\.|\b(mailto|xmpp):", re.IGNORECASE)


class SubmissionRecord(Record):
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


class Verification(Record):
    """``cardiobench/verification.json``: what a maintainer's verification came to.

    Attributes:
        submission_sha256: hash of the submission.json that was verified; another one is unverified.
        recomputed: date on which every score was recomputed, or None.
        rerun: date on which the model was loaded and items were encoded again, or None.
        rerun_items: how many.
        cardiobench: version that verified it.
        migrated_from: hash of the submission.json of an older schema version, whose content was
            verified; ``cardiobench leaderboard migrate`` showed this one's to be the same.
    """

    schema_version: Literal[1] = 1
    submission_sha256: str = Field(pattern=SHA256)
    recomputed: str = Field(pattern=DATE)
    rerun: str | None = Field(default=None, pattern=DATE)
    rerun_items: int = Field(default=0, ge=0)
    cardiobench: str
    migrated_from: str | None = Field(default=None, pattern=SHA256)


class Withdrawal(Record):
    """``cardiobench/withdrawal.json``: the entry stays on disk, and is not ranked any more."""

    schema_version: Literal[1] = 1
    reason: str = Field(min_length=1, max_length=300)
    date: str = Field(pattern=DATE)


def wrong_with_text(text: str) -> str | None:
    """What is wrong with a text for a board: printable ASCII, no markup, no address."""
    if len(text) > _LONGEST:
        return f"a text of more than {_LONGEST} characters"
    if not text.isascii() or not (text.isprintable() or not text):
        return "a text that is not printable ASCII"
    if _ADDRESS.search(text):
        return "an address in a text"
    return "markup in a text" if _MARKUP.search(text) else None


def verification_mark(entry: Entry) -> str:
    """``re-run``, ``recomputed`` or ``-``, as the board shows it; closed weights are said.

    A mark counts only for the very files that were verified. It also says where plain mteb ran the
    tasks.
    """
    by = ""
    if entry.manifest_path.is_file() and entry.manifest().evaluated_by:
        by = f" (evaluated by {entry.manifest().evaluated_by})"
    submission = find_record(SubmissionRecord, entry.submission_path)
    if submission is None:
        return f"-{by}"
    closed = "" if submission.open_weights else " (closed weights)"
    verification = find_record(Verification, entry.verification_path)
    if verification is None or verification.submission_sha256 != sha256_file(entry.submission_path):
        return f"-{closed}{by}"
    return f"{'re-run' if verification.rerun else 'recomputed'}{closed}{by}"
