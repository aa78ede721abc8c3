"""Packing finished entries of a run folder for a pull request."""

import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.foundation.files import read_json, sha256_file
from cardiobench.foundation.machine import own_version
from cardiobench.models.baselines import BASELINES
from cardiobench.results.entry import (
    ADAPTER,
    META,
    SCHEMA_VERSION,
    WEIGHTS,
    Entry,
    finished_entries,
    items_file,
    predictions_file,
    result_file,
)
from cardiobench.results.records import SubmissionRecord
from cardiobench.results.schema import write_record
from cardiobench.sharing.submission.contents import NOT_HASHED
from cardiobench.sharing.submission.safe_files import KINDS, kind_of


def chosen_entries(root: Path, names: Sequence[str]) -> list[Entry]:
    """The entries to pack: the named models, or all but the baselines; none that is only timed.

    Raises:
        UnknownNameError: a model has no finished entry with scores.
        CardioBenchError: there is none at all.
    """
    entries = [e for e in finished_entries(root) if e.manifest().model.kind != "speed-only"]
    for name in names:
        if name not in {entry.name for entry in entries}:
            raise UnknownNameError("model", name, {entry.name for entry in entries})
    found = [e for e in entries if (e.name in names if names else e.name not in BASELINES)]
    if not found:
        raise CardioBenchError(f"No results below {root}. Type: cardiobench run --output {root}")
    return found


def pack(
    entry: Entry, target: Path, *, adapter: str | None = None, supersedes: Sequence[str] = ()
) -> Entry:
    """Write ``target/results/{model}/{revision}`` with the entry's files and their hashes.

    Adapter weights up to 8 MiB come along; larger ones stay out, and are found by their address on
    the hub and the hash in the training record. Results of mteb's own medical tasks stay out, since
    nothing is stored to recompute them from. The folder appears whole or not at all; one that was
    packed before is replaced.

    Args:
        entry: a finished entry.
        target: folder to write below; ``leaderboard`` in a checkout.
        adapter: hub id and revision of a larger adapter, ``organisation/model@revision``.
        supersedes: older revisions of this model, no longer ranked once this one is published.

    Raises:
        CardioBenchError: the entry lacks a file, the adapter is nowhere, or the folder cannot be
            written.
    """
    packed = Entry(target, entry.name, entry.revision)
    files = _files(entry)
    if entry.manifest().training is not None and WEIGHTS not in files and adapter is None:
        limit = KINDS["weights"][1] // 2**20
        raise CardioBenchError(
            f"The adapter of {entry.name} is missing or larger than {limit} MiB. Publish it on the "
            "hub, then add: --adapter ORG/NAME@REVISION"
        )
    before = packed.folder
    if before.resolve() != entry.folder.resolve():
        if before.exists() and not packed.submission_path.is_file():
            raise CardioBenchError(f"{before} is there already; delete it or name another folder.")
        _copy(entry, files, before)
    manifest = entry.manifest()
    if manifest.schema_version == SCHEMA_VERSION:
        # Heads lie beside results/, where those of a new task have to come along.
        for task in manifest.data:
            packed.write_items(entry.items(task))
    record = SubmissionRecord(
        name=entry.name,
        revision=entry.revision,
        open_weights=read_json(entry.folder / META).get("open_weights") is not False,
        adapter=adapter,
        supersedes=sorted(supersedes),
        cardiobench=own_version(),
        files={file: sha256_file(packed.folder / file) for file in files},
    )
    write_record(record, packed.submission_path)
    return packed


def _files(entry: Entry) -> list[str]:
    """Paths of the files to pack, sorted.

    Raises:
        CardioBenchError: one that must be there is not.
    """
    tasks = entry.manifest().data
    needed = [META] + [
        p(task) for task in tasks for p in (result_file, items_file, predictions_file)
    ]
    for file in needed:
        if not (entry.folder / file).is_file():
            raise CardioBenchError(f"{entry.folder / file} is missing. Type: cardiobench run")
    listed = [str(p.relative_to(entry.folder)) for p in entry.folder.rglob("*") if p.is_file()]
    kept = set(needed)
    for file in listed:
        kind = kind_of(file)
        if kind is None or file in NOT_HASHED or kind in ("result", "items", "predictions"):
            continue
        if (entry.folder / file).stat().st_size <= KINDS[kind][1]:
            kept.add(file)
    if WEIGHTS not in kept:
        kept = {file for file in kept if not file.startswith(f"{ADAPTER}/")}
    return sorted(kept)


def _copy(entry: Entry, files: Sequence[str], target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".packing-", dir=target.parent) as name:
            unfinished = Path(name) / "new"
            for file in files:
                (unfinished / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(entry.folder / file, unfinished / file)
            if target.exists():
                target.rename(Path(name) / "old")
            unfinished.rename(target)
    except OSError as error:
        raise CardioBenchError(
            f"Cannot write {target}: {error.strerror}. Choose a writable folder."
        ) from error
