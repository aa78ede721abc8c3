"""Migration of entries of schema version 1: the same content, all entries or none."""

import json
import shutil
from pathlib import Path

import pytest

from cardiobench.cli.main import main
from cardiobench.errors import CardioBenchError
from cardiobench.foundation.files import sha256_file, write_json
from cardiobench.results.entry import Entry, finished_entries
from cardiobench.results.items import HEADS
from cardiobench.results.migrate import migrate
from cardiobench.results.records import SubmissionRecord, Verification, verification_mark
from cardiobench.results.schema import read_record, write_record
from tests.submissions import LEADERBOARD, committed

NAMES = ("cardiobench/baseline-tfidf", "sentence-transformers/all-MiniLM-L6-v2")


def as_version_1(entry: Entry) -> None:
    """An entry as version 1 wrote it, signed and verified."""
    manifest = entry.manifest()
    for task in manifest.data:
        items = entry.items(task)
        write_json(entry.items_path(task), items.model_dump(mode="json"))
    entry.write_manifest(manifest.model_copy(update={"schema_version": 1}))
    record = read_record(SubmissionRecord, entry.submission_path)
    files = {path: sha256_file(entry.folder / path) for path in record.files}
    write_record(record.model_copy(update={"files": files}), entry.submission_path)
    verification = read_record(Verification, entry.verification_path)
    signed = {"submission_sha256": sha256_file(entry.submission_path), "migrated_from": None}
    write_record(verification.model_copy(update=signed), entry.verification_path)


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """Two published entries in version 1."""
    for name in NAMES:
        entry = Entry(tmp_path / "board", name, committed(name).revision)
        shutil.copytree(committed(name).folder, entry.folder)
        as_version_1(entry)
    return tmp_path / "board"


def tree(folder: Path) -> dict[str, bytes]:
    """Every file."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_migrated_entries_hold_the_same_and_are_still_signed_and_verified(
    board: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Items, hashes and marks; the heads lie once beside the results."""
    before = {e: {t: e.items(t) for t in e.manifest().data} for e in finished_entries(board)}
    old = {entry: sha256_file(entry.submission_path) for entry in before}
    with pytest.raises(SystemExit, match="0"):
        main(["leaderboard", "migrate", str(board)])
    assert "Migrated: 2 entries; items take" in capsys.readouterr().out
    tasks = {task for items in before.values() for task in items}
    assert len(list((board / HEADS).iterdir())) == len(tasks)
    assert not [path for path in board.iterdir() if path.name.startswith(".")]
    for entry, items in before.items():
        assert {task: entry.items(task) for task in items} == items
        assert entry.manifest().schema_version == 2
        record = read_record(SubmissionRecord, entry.submission_path)
        assert record.files == {path: sha256_file(entry.folder / path) for path in record.files}
        assert verification_mark(entry) == "re-run"
        assert read_record(Verification, entry.verification_path).migrated_from == old[entry]
        assert all(file.stat().st_nlink == 1 for file in entry.folder.rglob("*") if file.is_file())


def test_what_was_verified_can_be_made_again_from_the_migrated_files(board: Path) -> None:
    """So that ``migrated_from`` is no mere word: version 1 comes back byte for byte."""
    before = tree(board)
    migrate(board)
    for entry in finished_entries(board):
        as_version_1(entry)
    assert {p: c for p, c in tree(board).items() if not p.startswith(HEADS)} == before


def test_a_second_migration_changes_nothing(board: Path) -> None:
    """Nor does one of a folder of the present version."""
    migrate(board)
    before = tree(board)
    assert migrate(board).entries == 0
    assert tree(board) == before


def test_an_entry_that_is_not_what_was_signed_stops_all(board: Path) -> None:
    """Signing it again would make a forgery look like what somebody stood by."""
    forged = next(e for e in finished_entries(board) if e.name == NAMES[1])
    stored = json.loads(forged.items_path("CardioNegation").read_text())
    stored["values"][0] += 0.1
    write_json(forged.items_path("CardioNegation"), stored)
    before = tree(board)
    with pytest.raises(CardioBenchError, match=r"CardioNegation\.json is not what .*git checkout"):
        migrate(board)
    assert tree(board) == before


def test_a_mark_that_did_not_count_does_not_count_afterwards(board: Path) -> None:
    """A verification of other files stays one."""
    entry = next(finished_entries(board))
    verification = read_record(Verification, entry.verification_path)
    other = verification.model_copy(update={"submission_sha256": "0" * 64})
    write_record(other, entry.verification_path)
    migrate(board)
    assert verification_mark(entry) == "-"
    assert read_record(Verification, entry.verification_path) == other


def test_a_failure_in_the_middle_leaves_all_as_it_was(
    board: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The new results take the old ones' place in one step, at the end."""
    before = tree(board)
    rename = Path.rename

    def full(self: Path, target: Path) -> Path:
        if self.parent.name.startswith(".migrating-") and self.name == "results":
            raise OSError(28, "No space left on device")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", full)
    with pytest.raises(CardioBenchError, match=r"No space left .* Nothing was changed"):
        migrate(board)
    after = {p: c for p, c in tree(board).items() if not p.startswith(HEADS)}
    assert after == before


def test_the_committed_board_can_be_migrated(tmp_path: Path) -> None:
    """Most of what items take is said once."""
    copy = tmp_path / "leaderboard"
    shutil.copytree(LEADERBOARD / "results", copy / "results")
    shutil.copytree(LEADERBOARD / HEADS, copy / HEADS)
    for entry in finished_entries(copy):
        as_version_1(entry)
    done = migrate(copy)
    assert done.entries == len(list(finished_entries(LEADERBOARD)))
    assert done.after < done.before / 2
