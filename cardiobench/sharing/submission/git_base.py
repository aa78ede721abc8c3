"""The board that a pull request starts from, out of git, and what the branch changes."""

import io
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from cardiobench.errors import CardioBenchError
from cardiobench.results.items import HEADS
from cardiobench.sharing.submission.report import Finding

_PLAIN = "100644"
_MAX_SHOWN = 20
_ALONE = "A pull request of results changes nothing outside leaderboard/results; remove it."


@dataclass(frozen=True, slots=True)
class GitBase:
    """A board at the commit that a branch starts from.

    Attributes:
        board: folder with its ``results/`` and ``items/``.
        findings: paths that the branch changes outside these, and modes that no result has.
        touches_board: whether the branch changes anything below the board at all.
    """

    board: Path
    findings: list[Finding]
    touches_board: bool


@contextmanager
def git_base(path: Path, revision: str) -> Iterator[GitBase]:
    """The board of ``path`` as it is at a git revision, or where the branch left it.

    Args:
        path: the board folder of a checkout.
        revision: what the pull request is made against, such as ``origin/main``.

    Raises:
        CardioBenchError: no git checkout, or no such revision.
    """
    top = Path(_text(path, "rev-parse", "--show-toplevel"))
    place = path.resolve().relative_to(top.resolve()).as_posix()
    base = _text(path, "merge-base", revision, "HEAD")
    changes = _changes(top, base)
    touches = any(name.startswith(f"{place}/") for name in changes)
    with tempfile.TemporaryDirectory(prefix="cardiobench-") as scratch:
        board = Path(scratch) / place
        board.mkdir(parents=True)
        folders = [f"{place}/results", f"{place}/{HEADS}"]
        kept = [f for f in folders if _run(top, "ls-tree", base, "--", f)]
        if kept:
            packed = _run(top, "archive", "--format=tar", base, "--", *kept)
            with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
                archive.extractall(scratch, filter="data")
        (board / "results").mkdir(exist_ok=True)
        yield GitBase(board, list(_wrong(changes, place)) if touches else [], touches)


def _changes(top: Path, base: str) -> dict[str, str]:
    """Changed path to its new mode: committed, in the working tree, or not yet added."""
    fields = _run(top, "diff", "--raw", "--no-renames", "-z", base).decode(errors="replace")
    parts = fields.split("\0")
    changes = {
        name: about.split(" ")[1] for about, name in zip(parts[::2], parts[1::2], strict=False)
    }
    new = _run(top, "ls-files", "--others", "--exclude-standard", "-z").decode(errors="replace")
    return changes | {name: _PLAIN for name in new.split("\0") if name}


def _wrong(changes: dict[str, str], place: str) -> Iterator[Finding]:
    inside = (f"{place}/results/", f"{place}/{HEADS}/")
    outside = [name for name in sorted(changes) if not name.startswith(inside)]
    for name in outside[:_MAX_SHOWN]:
        yield Finding(name, f"changed beside the results in {place}/results", _ALONE)
    if len(outside) > _MAX_SHOWN:
        yield Finding(".", f"{len(outside) - _MAX_SHOWN} more paths are changed outside", _ALONE)
    for name, mode in sorted(changes.items()):
        # 000000: deleted, which verification of the entry tells.
        if name.startswith(inside) and mode not in (_PLAIN, "000000"):
            said = f"git mode {mode}: a link, a submodule or an executable file"
            yield Finding(name, said, "Add it as a plain file.")


def _text(folder: Path, *arguments: str) -> str:
    return _run(folder, *arguments).decode(errors="replace").strip()


def _run(folder: Path, *arguments: str) -> bytes:
    git = shutil.which("git")
    if git is None:
        raise CardioBenchError("--against a git revision needs git. Install it, or name a folder.")
    # Nothing that the checkout configures is run: no hooks, no helpers, no attributes' filters.
    plain = ["-c", "core.fsmonitor=false", "-c", "diff.external=", "-c", "core.hooksPath=/dev/null"]
    command = [git, *plain, "-C", str(folder), *arguments]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        lines = done.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"]
        raise CardioBenchError(
            f"git {arguments[0]} failed in {folder}: {lines[-1]}. Name a folder or a git revision, "
            "such as --against origin/main"
        )
    return done.stdout
