"""Entries that stay on disk but are not ranked: withdrawn, or superseded by a newer revision."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.results.entry import Entry, finished_entries
from cardiobench.results.records import SubmissionRecord, Withdrawal, wrong_with_text
from cardiobench.results.schema import find_record, write_record


@dataclass(frozen=True, slots=True)
class Retired:
    """An entry that is not ranked, and why."""

    entry: Entry
    reason: str


def withdraw(board: Path, name: str, revision: str, reason: str) -> Path:
    """Mark an entry as withdrawn; its files stay.

    Args:
        board: run or leaderboard folder.
        name: the model, ``organisation/model``.
        revision: its revision, or the first letters of it.
        reason: one line of printable ASCII, up to 300 characters.

    Returns:
        The record that was written.

    Raises:
        UnknownNameError: no such model or revision.
        CardioBenchError: the reason is empty or holds markup; or the revision is not the only one.
    """
    entries = [entry for entry in finished_entries(board) if entry.name == name]
    if not entries:
        raise UnknownNameError("model", name, {e.name for e in finished_entries(board)})
    matching = [entry for entry in entries if entry.revision.startswith(revision)]
    if not matching:
        raise UnknownNameError("revision", revision, (e.revision for e in entries))
    if len(matching) > 1:
        raise CardioBenchError(f"{revision} begins {len(matching)} revisions of {name}; say more.")
    wrong = wrong_with_text(reason) if reason.strip() else "no reason"
    if wrong:
        raise CardioBenchError(f"--reason: {wrong}. Say in one line why.")
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    write_record(Withdrawal(reason=reason.strip(), date=today), matching[0].withdrawal_path)
    return matching[0].withdrawal_path


def standing(board: Path) -> tuple[list[Entry], list[Retired]]:
    """The entries to rank, and the withdrawn and superseded ones."""
    entries = list(finished_entries(board))
    newer = _superseded(entries)
    ranked, retired = [], []
    for entry in entries:
        withdrawal = find_record(Withdrawal, entry.withdrawal_path)
        by = newer.get((entry.name, entry.revision))
        if withdrawal is not None:
            reason = f"withdrawn on {withdrawal.date}: {withdrawal.reason}"
            retired.append(Retired(entry, reason))
        elif by is not None:
            retired.append(Retired(entry, f"superseded by revision {by[:12]}"))
        else:
            ranked.append(entry)
    return ranked, retired


def _superseded(entries: Sequence[Entry]) -> dict[tuple[str, str], str]:
    """Model and revision to the revision that takes its place; a withdrawn one takes none."""
    newer: dict[tuple[str, str], str] = {}
    for entry in entries:
        record = find_record(SubmissionRecord, entry.submission_path)
        if record is not None and not entry.withdrawal_path.is_file():
            newer |= {(entry.name, old): entry.revision for old in record.supersedes}
    return {old: new for old, new in newer.items() if old[1] != new}
