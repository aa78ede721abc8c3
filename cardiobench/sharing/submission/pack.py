"""Packing finished entries of a run folder for a pull request."""

import shutil
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.foundation.files import read_json, sha256_file, write_json
from cardiobench.foundation.machine import own_version
from cardiobench.models.baselines import BASELINES
from cardiobench.models.trained_weights import ADAPTER_CONFIG
from cardiobench.results.entry import (
    ADAPTER,
    MANIFEST,
    META,
    SCHEMA_VERSION,
    WEIGHTS,
    Entry,
    finished_entries,
    items_file,
    predictions_file,
    published_folder,
    result_file,
)
from cardiobench.results.records import SubmissionRecord
from cardiobench.results.schema import write_record
from cardiobench.sharing.submission.contents import is_hashed
from cardiobench.sharing.submission.document_text import check_no_document_text
from cardiobench.sharing.submission.published import is_equal, stated_by
from cardiobench.sharing.submission.safe_files import KINDS, kind_of
from cardiobench_tasks.catalogue import SUITE


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
    chosen = [e for e in entries if (e.name in names if names else e.name not in BASELINES)]
    if not chosen:
        raise CardioBenchError(f"No results below {root}. Type: cardiobench run --output {root}")
    return chosen


def missing_tasks(entry: Entry) -> list[str]:
    """Tasks of the suite that an entry has no results of, at their pinned data revision."""
    data = entry.manifest().data
    return [spec.name for spec in SUITE if data.get(spec.name) != spec.revision]


def check_complete(entries: Sequence[Entry]) -> None:
    """Refuse rows that lack tasks of the suite, which nobody should send by mistake.

    Raises:
        CardioBenchError: one lacks some; names them.
    """
    for entry in entries:
        lacking = missing_tasks(entry)
        if lacking:
            raise CardioBenchError(
                f"{entry.name} lacks {len(lacking)} of the suite's {len(SUITE)} tasks: "
                f"{', '.join(lacking)}. Run them, or add --partial: its row has no mean and stands "
                "below the complete ones"
            )


def published_twin(entry: Entry, boards: Iterable[Path]) -> Entry | None:
    """The published entry that already says all that this one says, if there is one.

    Args:
        entry: a finished entry.
        boards: folders that may hold it: the one to pack to, and the published one.

    Raises:
        CardioBenchError: name and revision are published with other results, or withdrawn.
    """
    manifest = entry.manifest()
    for board in boards:
        other = Entry(board, entry.name, entry.revision)
        if other.folder.resolve() == entry.folder.resolve():
            continue
        if other.withdrawal_path.is_file():
            raise CardioBenchError(
                f"{entry.name} at {entry.revision} was withdrawn, and stays so. Submit new results "
                "under a revision of their own"
            )
        if not other.manifest_path.is_file():
            continue
        if is_equal(manifest.data, stated_by(entry), other):
            return other
        if other.verification_path.is_file() or _is_of_checkout(board):
            raise CardioBenchError(
                f"{entry.name} at {entry.revision} is on the board already, with other tasks, "
                "scores or predictions. Nothing was written; what is published stays. Changed "
                f"weights need a revision of their own; your own earlier pack: rm -r {other.folder}"
            )
    return None


def _is_of_checkout(board: Path) -> bool:
    published = published_folder()
    return published is not None and published.resolve() == board.resolve()


def check_supersedes(entry: Entry, revisions: Sequence[str], boards: Iterable[Path]) -> None:
    """Only what is published can be superseded.

    Raises:
        UnknownNameError: no board has such a revision of this model.
    """
    listed = {e.revision for b in boards for e in finished_entries(b) if e.name == entry.name}
    for revision in revisions:
        if revision not in listed - {entry.revision}:
            raise UnknownNameError("revision", revision, listed - {entry.revision})


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
        CardioBenchError: the entry lacks a file, the adapter is nowhere, a file quotes documents
            that the model was trained on, or the folder cannot be written.
    """
    packed = Entry(target, entry.name, entry.revision)
    files = _files(entry)
    if entry.manifest().training is not None and WEIGHTS not in files and adapter is None:
        limit = KINDS["weights"][1] // 2**20
        raise CardioBenchError(
            f"The adapter of {entry.name} is missing or larger than {limit} MiB. Publish it on the "
            "hub, then add: --adapter ORG/NAME@REVISION"
        )
    check_no_document_text(entry, [entry.folder / file for file in (*files, MANIFEST)])
    before = packed.folder
    if before.resolve() != entry.folder.resolve():
        if before.exists() and not packed.submission_path.is_file():
            raise CardioBenchError(f"{before} is there already; delete it or name another folder.")
        _copy(entry, files, before)
        _name_no_folder(packed)
    _bring_heads(entry, packed)
    record = SubmissionRecord(
        name=entry.name,
        revision=entry.revision,
        open_weights=_is_open(entry),
        adapter=adapter,
        supersedes=sorted(supersedes),
        cardiobench=own_version(),
        files={file: sha256_file(packed.folder / file) for file in files},
    )
    write_record(record, packed.submission_path)
    return packed


def _bring_heads(entry: Entry, packed: Entry) -> None:
    """Heads of items lie beside results/, where those of a new task have to come along."""
    manifest = entry.manifest()
    if manifest.schema_version == SCHEMA_VERSION:
        for task in manifest.data:
            packed.write_items(entry.items(task))


def _is_open(entry: Entry) -> bool:
    """Whether others can load the weights; of a folder's only where the user says so."""
    unsaid = entry.manifest().model.access == "unknown"
    return not unsaid and read_json(entry.folder / META).get("open_weights") is not False


def _name_no_folder(packed: Entry) -> None:
    """An adapter on a model in a folder names no base: elsewhere the folder is not there."""
    config = packed.adapter_folder / ADAPTER_CONFIG
    if config.is_file():
        options = read_json(config)
        base = str(options.get("base_model_name_or_path") or "")
        if Path(base).is_absolute():
            write_json(config, {**options, "base_model_name_or_path": None, "revision": None})


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
        if kind is None or not is_hashed(file) or kind in ("result", "items", "predictions"):
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
