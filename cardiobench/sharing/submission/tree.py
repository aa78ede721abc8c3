"""A copy of a board against the board itself: what differs, and what should not be there at all."""

import filecmp
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from cardiobench.errors import CardioBenchError
from cardiobench.results.items import HEADS
from cardiobench.sharing.submission.report import Finding
from cardiobench.sharing.submission.safe_files import MAX_FILES

# Git keeps no empty folder without it.
_KEEP = ".gitkeep"
_MAX_STRAYS = 20
_NOT_OURS = "A pull request of results adds folders below results/ and nothing else; remove it."


def find_entries(path: Path) -> list[Path]:
    """The entries that a path names: itself, or all below a board or run folder.

    Whatever else lies in ``results/`` is listed too, so that verification refuses it.

    Raises:
        CardioBenchError: there is nothing of the kind.
    """
    if path.is_file():
        raise CardioBenchError(f"{path} is a file. Unpack it, and name the folder.")
    results = path / "results"
    if is_link(results):
        return [results]
    if not results.is_dir():
        if (path / "cardiobench").is_dir() or (path / "model_meta.json").is_file():
            return [path]
        if path.absolute().parent.name == "results":
            return sorted(path.iterdir())
        raise CardioBenchError(
            f"No entry and no results/ in {path}. Type: cardiobench submit pack --to {path}"
        )
    entries: list[Path] = []
    for model in sorted(results.iterdir()):
        if _keeps_folder(model):
            continue
        inside = sorted(model.iterdir()) if model.is_dir() and not is_link(model) else []
        entries += inside or [model]
    return entries


def changed_entries(path: Path, board: Path) -> tuple[list[Path], list[str]]:
    """Entries of a copy of a board that are new or changed, and those that are gone from it."""
    entries = find_entries(path)
    changed = [e for e in entries if not same_folder(e, board / e.relative_to(path))]
    missing = [
        str(entry.relative_to(board))
        for entry in find_entries(board)
        if not os.path.lexists(path / entry.relative_to(board))
    ]
    return changed, missing


def strays(path: Path, board: Path) -> list[Finding]:
    """Files of a copy, outside ``results/``, that the board does not have or has otherwise.

    Pages and figures are made by maintainers, so none of a pull request's own is believed. New
    heads of items are looked at apart (:func:`new_heads`).
    """
    findings = []
    for place, name in _files(path):
        if name.startswith(("results/", f"{HEADS}/")) and not is_link(place.parent):
            continue
        if not same_file(place, board / name):
            said = "it lies outside results/ and is not what the board has"
            findings.append(Finding(name, said, _NOT_OURS))
        if len(findings) == _MAX_STRAYS:
            break
    for name in _plain_names(board / HEADS) - _plain_names(path / HEADS):
        if (path / HEADS).is_dir():
            said = "on the board, but not here"
            findings.append(Finding(f"{HEADS}/{name}", said, "Put it back."))
    return findings


def new_heads(path: Path, board: Path) -> list[str]:
    """Names of the heads of items that a copy has and the board has not, or has otherwise."""
    folder = path / HEADS
    if is_link(folder) or not folder.is_dir():
        return []
    names = [p.name for p in sorted(folder.iterdir()) if not _keeps_folder(p)]
    return [name for name in names if not same_file(folder / name, board / HEADS / name)]


def is_link(path: Path) -> bool:
    """Whether a path is a link, wherever it leads."""
    return os.path.lexists(path) and stat.S_ISLNK(path.lstat().st_mode)


def is_plain(path: Path) -> bool:
    """Whether a path is a regular file that nobody may execute, and no link."""
    if not os.path.lexists(path):
        return False
    mode = path.lstat().st_mode
    return stat.S_ISREG(mode) and not mode & 0o111


def same_file(one: Path, two: Path) -> bool:
    """Whether two plain files hold the same bytes."""
    return is_plain(one) and is_plain(two) and filecmp.cmp(one, two, shallow=False)


def same_folder(one: Path, two: Path) -> bool:
    """Whether two folders hold the same bytes; anything but plain files counts as different."""
    if is_link(one) or not one.is_dir() or not two.is_dir():
        return False
    names = plain_files(one)
    return (
        names is not None
        and names == plain_files(two)
        and all(same_file(one / name, two / name) for name in names)
    )


def plain_files(folder: Path) -> list[str] | None:
    """Paths below a folder, sorted; None if there are too many or one is no plain file."""
    names: list[str] = []
    for place, name in _files(folder):
        if not is_plain(place) or len(names) > MAX_FILES:
            return None
        names.append(name)
    return sorted(names)


def _files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Everything below a folder that is no folder itself; links are told, not followed."""
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            place = Path(parent, name)
            if not stat.S_ISDIR(place.lstat().st_mode):
                yield place, str(place.relative_to(folder))


def _plain_names(folder: Path) -> set[str]:
    if is_link(folder) or not folder.is_dir():
        return set()
    return {path.name for path in folder.iterdir() if is_plain(path)}


def _keeps_folder(path: Path) -> bool:
    """Git's placeholder: an empty plain file, not merely its name."""
    return path.name == _KEEP and is_plain(path) and path.lstat().st_size == 0
