"""Packing, recording, withdrawing and superseding."""

import json
import re
import shutil
from pathlib import Path

import pytest
import yaml

from cardiobench.board.build import board_pages
from cardiobench.board.pages.front import retired_section
from cardiobench.board.read import BoardData, read_rows
from cardiobench.board.rows import PUBLISHED
from cardiobench.cli.main import main
from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.foundation.files import sha256_file
from cardiobench.results.confirmations import confirmations
from cardiobench.results.entry import Entry, finished_entries
from cardiobench.results.records import verification_mark
from cardiobench.results.withdrawals import standing, withdraw
from cardiobench.sharing.submission.contents import read_contents
from cardiobench.sharing.submission.identity import check_identity, known_names
from cardiobench.sharing.submission.pack import chosen_entries, pack
from cardiobench.sharing.submission.published import check_published
from cardiobench.sharing.submission.report import Report
from cardiobench.sharing.submission.verify import Verifier, record_verification
from tests.submissions import (
    ADAPTED,
    LEADERBOARD,
    TASK,
    ZERO_SHOT,
    committed,
    edit,
    rename,
    scores_of,
    submission,
)


def run_copy(to: Path, name: str, *, alias: str | None = None) -> Entry:
    """A run folder with one finished entry, a model of its own if it has another name."""
    source = committed(name)
    copy = Entry(to, alias or name, source.revision)
    shutil.copytree(source.folder, copy.folder)
    shutil.copytree(LEADERBOARD / "items", to / "items", dirs_exist_ok=True)
    if alias:
        rename(copy, alias)
    return copy


def tree(folder: Path) -> dict[str, bytes]:
    """Every file."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def packed(*arguments: object) -> int:
    """Exit code of the command."""
    with pytest.raises(SystemExit) as stop:
        main(["submit", "pack", *map(str, arguments)])
    return int(stop.value.code or 0)


@pytest.fixture
def board(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout's published board with one entry that has more tasks than the suite."""
    place = tmp_path / "leaderboard"
    run_copy(place, ZERO_SHOT)
    monkeypatch.setattr("cardiobench.results.entry.published_folder", lambda: place)
    monkeypatch.setattr("cardiobench.sharing.submission.pack.published_folder", lambda: place)
    return place


def test_packing_what_is_published_writes_nothing(
    board: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A newcomer's own run of the suite: other times and dates, fewer tasks, equal scores."""
    run = run_copy(tmp_path / "run", ZERO_SHOT)
    edit(run.manifest_path, lambda m: m.update(date="2026-11-25", commit="0" * 40))
    for task in [name for name in run.manifest().data if name.endswith("Hard")]:
        edit(run.manifest_path, lambda m, task=task: m["data"].pop(task))
        run.result_path(task).unlink()
    edit(run.result_path(TASK), lambda r: r.update(evaluation_time=9.9, date=1.0))
    before = tree(board)
    assert packed(tmp_path / "run", "--to", board) == 0
    assert f"Already published, equal: {ZERO_SHOT}" in capsys.readouterr().out
    assert tree(board) == before


def test_an_equal_run_confirms_what_is_published(
    board: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """One file, counted for each hardware, and only for the entry as it is."""
    run = run_copy(tmp_path / "run", ZERO_SHOT)
    entry, before = Entry(board, run.name, run.revision), tree(board)
    assert confirmations(entry) == 0
    for cpu in ("Abacus", "Abacus", "Slide rule"):
        edit(run.manifest_path, lambda m, cpu=cpu: m["hardware"].update(cpu=cpu))
        assert packed(tmp_path / "run", "--to", board, "--confirm") == 0
    assert "Confirmed: " in capsys.readouterr().out
    assert confirmations(entry) == 2
    assert {p: c for p, c in tree(board).items() if "confirmations" not in p} == before
    report = Report("")
    contents = read_contents(entry.folder, report)
    assert contents is not None
    check_published(contents, LEADERBOARD, report, maintainer=False)
    assert [f.severity for f in report.findings] == ["warning", "warning"]
    edit(entry.submission_path, lambda r: r.update(cardiobench="0.0.1"))
    assert confirmations(entry) == 0


@pytest.mark.parametrize("where", ["the board", "another folder"])
def test_packing_other_results_of_a_published_revision_is_refused(
    where: str, board: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is written, here or there."""
    run = run_copy(tmp_path / "run", ZERO_SHOT)
    edit(run.result_path(TASK), lambda r: scores_of(r).update(main_score=0.9))
    before = tree(board)
    target = board if where == "the board" else tmp_path / "elsewhere"
    assert packed(tmp_path / "run", "--to", target) == 2
    assert "is on the board already, with other tasks, scores" in capsys.readouterr().err
    assert tree(board) == before
    assert not (tmp_path / "elsewhere").exists()


def test_packing_over_a_withdrawn_entry_is_refused(
    board: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is withdrawn stays so."""
    run_copy(tmp_path / "run", ZERO_SHOT)
    withdraw(board, ZERO_SHOT, committed().revision, "A mistake.")
    before = tree(board)
    assert packed(tmp_path / "run", "--to", board) == 2
    assert "was withdrawn, and stays so" in capsys.readouterr().err
    assert tree(board) == before


def test_only_what_is_published_can_be_superseded(
    board: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An unknown revision is a slip of the pen."""
    run = run_copy(tmp_path / "run", ADAPTED)
    assert packed(tmp_path / "run", "--to", board, "--supersedes", "abc") == 2
    assert "Unknown revision 'abc'" in capsys.readouterr().err
    assert not Entry(board, run.name, run.revision).folder.exists()


def test_a_partial_run_is_packed_on_purpose_only(
    board: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is missing is said first."""
    run = run_copy(tmp_path / "run", ADAPTED)
    edit(run.manifest_path, lambda m: m["data"].pop(TASK))
    assert packed(tmp_path / "run", "--to", board) == 2
    said = capsys.readouterr().err
    assert f"{ADAPTED} lacks 1 of the suite's" in said
    assert TASK in said
    assert not Entry(board, run.name, run.revision).folder.exists()
    assert packed(tmp_path / "run", "--to", board, "--partial") == 0
    assert Entry(board, run.name, run.revision).submission_path.is_file()


def test_a_pack_is_what_a_pull_request_adds(tmp_path: Path) -> None:
    """The leaderboard's own layout, every file hashed, nothing that verification would refuse."""
    alias = "example/heart"
    run = run_copy(tmp_path / "run", ADAPTED, alias=alias)
    (run.folder / "SciFact.json").write_text("{}")
    (run.extras / "mteb_medical.json").write_text('{"SciFact": 0.5}')
    (run.extras / "notes.txt").write_text("mine")
    assert packed(tmp_path / "run", "--to", tmp_path / "board") == 0
    folder = tmp_path / "board" / "results" / alias.replace("/", "__") / run.revision
    record = json.loads((folder / "cardiobench" / "submission.json").read_text())
    files = {str(p.relative_to(folder)): sha256_file(p) for p in folder.rglob("*") if p.is_file()}
    del files["cardiobench/submission.json"]
    assert record["files"] == files
    assert "cardiobench/adapter/adapter_model.safetensors" in files
    assert not {"SciFact.json", "cardiobench/mteb_medical.json", "cardiobench/notes.txt"} & {*files}


def test_rows_that_are_only_timed_are_not_packed(tmp_path: Path) -> None:
    """They hold nothing to recompute; what has scores beside them is packed."""
    run_copy(tmp_path, ZERO_SHOT)
    timed = Entry(tmp_path, "random-weights/bge-small", "float32-1")
    manifest = committed(ZERO_SHOT).manifest()
    model = manifest.model.model_copy(update={"name": timed.name, "kind": "speed-only"})
    timed.write_manifest(manifest.model_copy(update={"model": model, "data": {}}))
    assert [entry.name for entry in chosen_entries(tmp_path, [])] == [ZERO_SHOT]
    with pytest.raises(UnknownNameError, match="random-weights/bge-small"):
        chosen_entries(tmp_path, [timed.name])


def test_a_large_adapter_stays_on_the_hub(tmp_path: Path) -> None:
    """Its address takes its place; without one, packing says what to type."""
    run = run_copy(tmp_path / "run", ADAPTED)
    with (run.adapter_folder / "adapter_model.safetensors").open("ab") as stream:
        stream.truncate(9 * 2**20)
    with pytest.raises(CardioBenchError, match=r"larger than 8 MiB.*--adapter ORG/NAME@REVISION"):
        pack(run, tmp_path / "board")
    assert not (tmp_path / "board").exists()
    packed = pack(run, tmp_path / "board", adapter="example/adapter@main")
    assert not packed.adapter_folder.exists()


def test_what_is_there_is_not_overwritten(tmp_path: Path) -> None:
    """A folder that was not packed stays; an earlier pack is replaced whole."""
    run = run_copy(tmp_path / "run", ZERO_SHOT)
    target = Entry(tmp_path / "board", run.name, run.revision)
    target.folder.mkdir(parents=True)
    with pytest.raises(CardioBenchError, match="is there already"):
        pack(run, tmp_path / "board")
    target.folder.rmdir()
    pack(run, tmp_path / "board")
    (target.folder / "stray.json").write_text("{}")
    pack(run, tmp_path / "board")
    assert not (target.folder / "stray.json").exists()


def test_baselines_are_packed_by_name_only(tmp_path: Path) -> None:
    """Everybody has them; a misspelt name gets a guess."""
    chosen = {e.name for e in chosen_entries(LEADERBOARD, ())}
    assert {ADAPTED, ZERO_SHOT} <= chosen
    assert not [name for name in chosen if "baseline" in name]
    with pytest.raises(UnknownNameError, match=f"Did you mean '{ZERO_SHOT}'"):
        chosen_entries(LEADERBOARD, ("sentence-transformers/all-MiniLM-L6-v3",))
    with pytest.raises(CardioBenchError, match="Type: cardiobench run"):
        chosen_entries(tmp_path, ())


def test_a_recorded_verification_counts_for_those_files_only(tmp_path: Path) -> None:
    """The board shows the mark until somebody packs other files."""
    entry = submission(tmp_path, tasks=(TASK,))
    assert verification_mark(entry) == "-"
    record_verification(entry.folder, Verifier(tmp_path / "empty").verify(entry.folder))
    assert verification_mark(entry) == "recomputed"
    assert read_rows(entry.root, PUBLISHED)[0].verified == "recomputed"
    edit(entry.extras / "submission.json", lambda r: r.update(cardiobench="0.0.1"))
    assert verification_mark(entry) == "-"


def test_a_withdrawn_entry_is_one_line_and_has_no_rank(tmp_path: Path) -> None:
    """Its files stay; nothing else on the board changes but the ranks."""
    board = tmp_path / "board"
    shutil.copytree(LEADERBOARD, board)
    before = {p for p in board.rglob("*") if p.is_file()}
    name, revision = ADAPTED, committed(ADAPTED).revision
    written = withdraw(board, name, revision[:8], "Trained on test items by mistake.")
    assert {p for p in board.rglob("*") if p.is_file()} == {*before, written}
    rows = read_rows(board, PUBLISHED)
    assert name not in {row.manifest.model.name for row in rows}
    pages = board_pages(BoardData(rows=tuple(rows), retired=tuple(standing(board)[1])))
    page = pages["README.md"]
    (line,) = [line for line in page.splitlines() if name in line]
    assert line.startswith(f"- {name} at {revision[:12]}: withdrawn on ")
    assert line.endswith("Trained on test items by mistake.")
    (retired,) = json.loads(pages["leaderboard.json"])["retired"]
    assert (retired["model"], retired["revision"]) == (name, revision)


def test_withdrawing_needs_a_known_entry_and_a_plain_reason(tmp_path: Path) -> None:
    """Mistakes change nothing."""
    run_copy(tmp_path, ZERO_SHOT)
    with pytest.raises(UnknownNameError, match="Unknown model 'x/y'"):
        withdraw(tmp_path, "x/y", "1", "why")
    with pytest.raises(UnknownNameError, match="Unknown revision 'ffff'"):
        withdraw(tmp_path, ZERO_SHOT, "ffff", "why")
    for reason in ("", " ", "<script>", "a\nb", "x" * 301):
        with pytest.raises(CardioBenchError, match="Say in one line why"):
            withdraw(tmp_path, ZERO_SHOT, committed().revision, reason)
    assert standing(tmp_path)[1] == []


def test_a_newer_revision_supersedes_an_older_one_if_it_says_so(tmp_path: Path) -> None:
    """And a withdrawn one supersedes nothing."""
    old = submission(tmp_path / "old", tasks=(TASK,))
    newer = Entry(old.root, old.name, "b" * 40)
    shutil.copytree(old.folder, newer.folder)
    edit(newer.manifest_path, lambda m: m["model"].update(revision=newer.revision))
    assert len(standing(old.root)[0]) == 2
    edit(
        newer.extras / "submission.json",
        lambda r: r.update(revision=newer.revision, supersedes=[old.revision]),
    )
    ranked, retired = standing(old.root)
    assert [entry.revision for entry in ranked] == [newer.revision]
    assert "superseded by revision bbbbbbbbbbbb" in retired_section(retired)
    withdraw(old.root, newer.name, newer.revision, "A mistake.")
    assert [entry.revision for entry in standing(old.root)[0]] == [old.revision]


def test_the_workflow_runs_the_base_branch_only() -> None:
    """Its own definition and code from the base, actions by hash, a token that can only read."""
    path = Path(__file__).parents[3] / ".github" / "workflows" / "submission.yml"
    workflow = yaml.safe_load(path.read_text())
    # YAML reads a bare "on" as true.
    assert list(workflow[True]) == ["pull_request_target"]
    assert workflow["permissions"] == {"contents": "read"}
    (job,) = workflow["jobs"].values()
    base, _, _, submitted, verify = job["steps"]
    assert base["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"
    assert submitted["with"]["path"] == verify["working-directory"] == "submitted"
    for step in job["steps"]:
        assert "uses" not in step or re.search("@[0-9a-f]{40}$", step["uses"])
        # Nothing that a pull request chooses becomes part of a command.
        assert "${{" not in step.get("run", "")
    # The path filter of GitHub sees 300 files at most, so there is none.
    assert "paths" not in (workflow[True]["pull_request_target"] or {})
    # The very command that the documents tell submitters to type.
    typed = "cardiobench submit verify leaderboard --against "
    assert typed in verify["run"]
    assert typed in (path.parents[2] / "docs" / "submitting.md").read_text()


@pytest.mark.parametrize("entry", [*finished_entries(LEADERBOARD)], ids=lambda entry: entry.name)
def test_committed_entries_are_what_was_packed(entry: Entry) -> None:
    """No file changed, came or went since; what was verified is this."""
    report = Report(str(entry.folder))
    contents = read_contents(entry.folder, report)
    assert contents is not None
    check_identity(contents, known_names(LEADERBOARD), report)
    assert report.findings == []
    assert verification_mark(entry) == "re-run"


@pytest.mark.slow
def test_the_committed_board_verifies(capsys: pytest.CaptureFixture[str]) -> None:
    """Every score of every committed entry recomputes."""
    with pytest.raises(SystemExit) as stop:
        main(["submit", "verify", str(LEADERBOARD)])
    assert stop.value.code == 0
    assert "REFUSED" not in capsys.readouterr().out
