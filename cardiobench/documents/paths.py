"""Which files a user means by folders, globs and paths of documents."""

import glob
from collections.abc import Iterable
from pathlib import Path

from cardiobench.errors import DataError

# How a file is read, by the end of its name.
FORMATS = {
    ".txt": "text",
    ".text": "text",
    ".md": "markdown",
    ".markdown": "markdown",
    ".html": "html",
    ".htm": "html",
    ".xhtml": "html",
    ".epub": "epub",
    ".docx": "docx",
    ".pdf": "pdf",
    ".xml": "xml",
    ".nxml": "xml",
    ".cnxml": "xml",
}


def document_files(origins: Iterable[str]) -> tuple[Path, ...]:
    """The files that paths, folders (with all below them) and globs name: each once, sorted.

    Raises:
        DataError: a path matches nothing, a folder has no document, or a named file is of no
            format that can be read.
    """
    files: dict[Path, None] = {}
    for origin in origins:
        for file in _matching(origin):
            files.setdefault(file.resolve(), None)
    return tuple(sorted(files))


def _matching(origin: str) -> list[Path]:
    path = Path(origin).expanduser()
    if path.is_dir():
        below = [p for p in sorted(path.rglob("*")) if p.is_file() and p.suffix.lower() in FORMATS]
        if not below:
            raise DataError(f"The folder {origin} has no document: {_allowed()}.")
        return below
    if path.is_file():
        if path.suffix.lower() not in FORMATS:
            raise DataError(f"Cannot read {origin}: documents are {_allowed()}.")
        return [path]
    found = [Path(name) for name in sorted(glob.glob(str(path), recursive=True))]  # noqa: PTH207  # absolute ones too
    matched = [p for p in found if p.is_file() and p.suffix.lower() in FORMATS]
    if not matched:
        what = "matches no document" if glob.has_magic(origin) else "does not exist"
        raise DataError(f"{origin} {what}. Give files, folders or globs such as 'books/*.epub'.")
    return matched


def _allowed() -> str:
    return ", ".join(FORMATS)
