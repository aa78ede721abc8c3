"""A document, or a part of a large text file: what is read, kept and resumed as one."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cardiobench.documents.article import article_blocks
from cardiobench.documents.converted import converted_blocks
from cardiobench.documents.encoding import decoded
from cardiobench.documents.markdown_text import markdown_blocks
from cardiobench.documents.paths import FORMATS
from cardiobench.documents.plain_text import has_parts, text_blocks
from cardiobench.documents.raw import RawBlock, below_headings
from cardiobench.errors import DataError

# Bytes of plain text in one part.
PART = 8 << 20
# What is read whole may not be larger; plain text has no limit.
LARGEST = {"markdown": 64 << 20, "html": 64 << 20, "xml": 64 << 20}
LARGEST_CONVERTED = 1 << 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """What is read as one.

    Attributes:
        path: the document.
        kind: a value of :data:`cardiobench.documents.paths.FORMATS`.
        start: first byte of a part of a plain text.
        end: byte before which its paragraphs begin, or None for the end of the file.
        size: bytes of it.
    """

    path: Path
    kind: str
    start: int
    end: int | None
    size: int

    def blocks(self) -> Iterator[RawBlock]:
        """Its blocks below their headings.

        Raises:
            DataError: the document cannot be read.
        """
        if self.kind == "text":
            return text_blocks(self.path, self.start, self.end)
        limit = LARGEST.get(self.kind, LARGEST_CONVERTED)
        if self.size > limit:
            raise DataError(
                f"larger than {limit >> 20} MiB; split it, or save it as plain text (.txt)"
            )
        if self.kind == "markdown":
            return below_headings(markdown_blocks(decoded(self.path.read_bytes())))
        if self.kind == "xml":
            return below_headings(article_blocks(self.path.read_bytes()))
        return below_headings(converted_blocks(self.path, self.kind))


def units_of(path: Path) -> tuple[Unit, ...]:
    """The parts of a document; one, except for a large plain text.

    Raises:
        DataError: it is empty or cannot be opened.
    """
    kind = FORMATS[path.suffix.lower()]
    try:
        size = path.stat().st_size
        if not size:
            raise DataError("empty")
        in_parts = kind == "text" and size > PART and has_parts(path)
    except OSError as error:
        raise DataError(f"cannot be read: {error.strerror}") from error
    starts = range(0, size, PART) if in_parts else (0,)
    return tuple(
        Unit(
            path=path,
            kind=kind,
            start=start,
            end=start + PART if in_parts and start + PART < size else None,
            size=min(PART, size - start) if in_parts else size,
        )
        for start in starts
    )
