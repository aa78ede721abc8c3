"""Plain text, streamed: paragraphs stand between empty lines."""

import io
from collections.abc import Iterator
from pathlib import Path

from cardiobench.documents.encoding import encoding_of
from cardiobench.documents.raw import RawBlock
from cardiobench.errors import DataError

SAMPLE = 1 << 20
# A longer line is no prose, and a longer paragraph is cut where a line ends.
LONGEST_LINE = 1 << 20
LONGEST_PARAGRAPH = 50_000


def text_blocks(path: Path, start: int = 0, end: int | None = None) -> Iterator[RawBlock]:
    """The paragraphs that begin from byte ``start`` to before ``end``; memory stays bounded.

    A part that does not start the file begins after the first empty line from ``start`` on, and
    the part before it goes on to there, so parts side by side give each paragraph once.

    Raises:
        DataError: it is no text, or has a line of more than a million characters.
    """
    with path.open("rb") as stream:
        encoding = encoding_of(stream.read(SAMPLE))
        stream.seek(start)
        if start and not _after_empty_line(stream, encoding, start, end):
            return
        gathered: list[str] = []
        size = 0
        while True:
            place = stream.tell() if end is not None else 0
            line = next(_lines(stream, encoding), "")
            if not line:
                break
            if line.strip():
                gathered.append(line.strip())
                size += len(line)
            if gathered and (not line.strip() or size > LONGEST_PARAGRAPH):
                yield RawBlock(kind="paragraph", text="\n".join(gathered))
                gathered, size = [], 0
            # The empty line from which the next part goes on.
            if end is not None and place >= end and not line.strip():
                return
        if gathered:
            yield RawBlock(kind="paragraph", text="\n".join(gathered))


def _after_empty_line(
    stream: io.BufferedReader, encoding: str, start: int, end: int | None
) -> bool:
    """Go past the first empty line that begins at ``start`` or later; False if that is not ours."""
    stream.seek(start - 1)
    # To the first line that begins there or later.
    stream.readline(LONGEST_LINE)
    while True:
        place = stream.tell()
        line = next(_lines(stream, encoding), None)
        if line is None:
            return False
        if not line.strip():
            return end is None or place < end


def has_parts(path: Path) -> bool:
    """Whether a file can be read from the middle: not where a line end is several bytes."""
    with path.open("rb") as stream:
        return not encoding_of(stream.read(SAMPLE)).startswith(("utf-16", "utf-32"))


def _lines(stream: io.BufferedReader, encoding: str) -> Iterator[str]:
    while True:
        line = stream.readline(LONGEST_LINE)
        if not line:
            return
        if len(line) == LONGEST_LINE and not line.endswith(b"\n"):
            raise DataError(
                f"a line of more than {LONGEST_LINE:,} bytes is no prose; break its lines"
            )
        try:
            yield line.decode(encoding)
        except UnicodeDecodeError as error:
            raise DataError(f"not {encoding} text near byte {stream.tell():,}") from error
