"""A board's files on disk: written, compared, and cleared of what no entry gives any more."""

import re
from collections.abc import Mapping
from pathlib import Path

from cardiobench.foundation.files import write_text

# Every page and figure says so; a file of somebody else's in the same folder does not.
_MARK = "cardiobench leaderboard build"
_FOLDERS = ("tasks", "areas", "figures")
_MAKER = re.compile(rf"{_MARK}, (matplotlib [\w.+-]+)")


def write_board(folder: Path, pages: Mapping[str, str]) -> None:
    """Write every file of a board, and remove generated ones that are not part of it."""
    for name, text in pages.items():
        write_text(folder / name, text)
    for path in left_over(folder, pages):
        path.unlink()


def left_over(folder: Path, pages: Mapping[str, str]) -> list[Path]:
    """Generated files in a board's folder that its entries do not give."""
    there = [folder, *(folder / name for name in _FOLDERS)]
    present = [
        path
        for place in there
        for pattern in ("*.md", "*.svg", "*.html")
        for path in place.glob(pattern)
    ]
    kept = {folder / name for name in pages}
    return sorted(path for path in present if path not in kept and _MARK in _text(path))


def stale_files(folder: Path, pages: Mapping[str, str]) -> list[Path]:
    """Files that are missing, differ from what the entries give, or should not be there.

    Other versions of matplotlib draw other bytes: a figure made by another one is only looked for.
    """
    stale = [
        folder / name
        for name, text in pages.items()
        if not (folder / name).is_file() or _differs(_text(folder / name), text)
    ]
    return stale + left_over(folder, pages)


def _differs(on_disk: str, wanted: str) -> bool:
    makers = [match[1] if (match := _MAKER.search(text)) else "" for text in (on_disk, wanted)]
    return on_disk != wanted and (makers[0] == makers[1] or not makers[0])


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
