"""Entries of schema version 1 as version 2: the same content; ids and labels once for all."""

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from cardiobench.errors import CardioBenchError
from cardiobench.foundation.files import sha256_file
from cardiobench.results.entry import (
    MANIFEST,
    SCHEMA_VERSION,
    SUBMISSION,
    Entry,
    finished_entries,
    items_file,
)
from cardiobench.results.items import HEADS
from cardiobench.results.records import SubmissionRecord, Verification
from cardiobench.results.schema import find_record, write_record


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """What a migration came to.

    Attributes:
        entries: how many were of an older version.
        before, after: bytes of items files and heads.
    """

    entries: int
    before: int
    after: int


def migrate(root: Path) -> Migration:
    """Bring every finished entry below a leaderboard or run folder to the present schema version.

    The whole of ``results/`` is made anew beside the old one and takes its place at the end, so a
    failure leaves everything as it was. Items are read back and compared before that. Of an entry
    with a submission.json the hashes are made anew, but only if they were right before; a
    verification of that very submission.json then names the new one and, as ``migrated_from``, the
    old one, which can be made again from the new files byte for byte.

    Raises:
        CardioBenchError: an entry cannot be read, its files are not those of its submission.json,
            or the folder cannot be written.
    """
    old = [entry for entry in finished_entries(root) if _is_old(entry)]
    before = _item_bytes(root)
    if not old:
        return Migration(entries=0, before=before, after=before)
    try:
        with tempfile.TemporaryDirectory(prefix=".migrating-", dir=root) as name:
            scratch = Path(name)
            _copy(root / "results", scratch / "results")
            for entry in old:
                _migrate(entry, Entry(scratch, entry.name, entry.revision))
            (root / HEADS).mkdir(exist_ok=True)
            for head in (scratch / HEADS).iterdir():
                shutil.copyfile(head, root / HEADS / head.name)
            _swap(root / "results", scratch / "results", scratch / "old")
    except OSError as error:
        raise CardioBenchError(
            f"Cannot migrate {root}: {error.strerror or error}. Nothing was changed; free some "
            "space or make it writable."
        ) from error
    return Migration(entries=len(old), before=before, after=_item_bytes(root))


def _is_old(entry: Entry) -> bool:
    return entry.manifest().schema_version < SCHEMA_VERSION


def _copy(source: Path, target: Path) -> None:
    """Links instead of bytes where the file system has them: nothing below is written in place."""

    def linked(kept: str, copy: str) -> None:
        try:
            os.link(kept, copy)
        except OSError:
            shutil.copy2(kept, copy)

    shutil.copytree(source, target, symlinks=True, copy_function=linked)


def _swap(place: Path, new: Path, old: Path) -> None:
    place.rename(old)
    try:
        new.rename(place)
    except OSError:
        old.rename(place)
        raise


def _migrate(entry: Entry, copy: Entry) -> None:
    record = find_record(SubmissionRecord, entry.submission_path)
    if record is not None:
        _check_signed(entry, record)
    manifest = entry.manifest()
    for task in manifest.data:
        items = entry.items(task)
        copy.write_items(items)
        if copy.items(task) != items:
            raise CardioBenchError(f"{entry.items_path(task)} does not come back as it was.")
    copy.write_manifest(manifest.model_copy(update={"schema_version": SCHEMA_VERSION}))
    if record is None:
        return
    written = (MANIFEST, *(items_file(task) for task in manifest.data))
    files = record.files | {path: sha256_file(copy.folder / path) for path in written}
    write_record(record.model_copy(update={"files": files}), copy.submission_path)
    verification = find_record(Verification, entry.verification_path)
    signed = sha256_file(entry.submission_path)
    if verification is not None and verification.submission_sha256 == signed:
        kept = {"submission_sha256": sha256_file(copy.submission_path), "migrated_from": signed}
        write_record(verification.model_copy(update=kept), copy.verification_path)


def _check_signed(entry: Entry, record: SubmissionRecord) -> None:
    """Only what somebody stood by is signed again.

    Raises:
        CardioBenchError: a file is not what submission.json says.
    """
    for path, sha256 in record.files.items():
        place = entry.folder / path
        if not place.is_file() or sha256_file(place) != sha256:
            raise CardioBenchError(
                f"{place} is not what {SUBMISSION} beside it lists, so nothing was migrated. "
                "Restore it (git checkout), or pack the entry anew: cardiobench submit pack"
            )


def _item_bytes(root: Path) -> int:
    """Bytes of all items files and heads of finished entries."""
    entries = finished_entries(root)
    files = [file for e in entries for file in e.items_path("x").parent.glob("*.json")]
    return sum(file.stat().st_size for file in [*files, *(root / HEADS).glob("*.json")])
