"""Standard output and error that never fail: finished work is not lost for want of a terminal."""

import codecs
import contextlib
import io
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

_ESCAPES = "cardiobench-escapes"


class _UnfailingFile(io.FileIO):
    """A file whose writes never fail; the first error is kept."""

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self.error: OSError | None = None

    def write(self, data: "bytes | bytearray | memoryview", /) -> int | None:  # type: ignore[override]
        """Write, or keep the error and take the data as written."""
        try:
            return super().write(data)
        except OSError as error:
            self.error = self.error or error
            return memoryview(data).nbytes


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """What an encoding lacks as ``\\\\uXXXX``, which JSON reads back."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    units = error.object[error.start : error.end].encode("utf-16-be", "surrogatepass")
    pairs = (int.from_bytes(units[k : k + 2]) for k in range(0, len(units), 2))
    return "".join(f"\\u{unit:04x}" for unit in pairs), error.end


@contextlib.contextmanager
def unfailing_streams() -> Iterator["list[_UnfailingFile]"]:
    """Have ``sys.stdout`` and ``sys.stderr`` take anything while the block runs.

    Yields:
        The files below them, in this order, whose ``error`` says what could not be written; fewer
        where a stream is closed or has been put in place by someone else.
    """
    codecs.register_error(_ESCAPES, _escaped)
    files: list[_UnfailingFile] = []
    streams = sys.stdout, sys.stderr
    sys.stdout = _unfailing(sys.stdout, sys.__stdout__, files)
    sys.stderr = _unfailing(sys.stderr, sys.__stderr__, files)
    try:
        yield files
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        sys.stdout, sys.stderr = streams


def _unfailing(
    stream: TextIO | None, original: TextIO | None, files: list[_UnfailingFile]
) -> TextIO:
    if stream is None:  # closed by whoever started us
        return Path(os.devnull).open("w")
    if stream is not original:
        return stream
    stream.flush()
    files.append(_UnfailingFile(stream.fileno()))
    return io.TextIOWrapper(
        io.BufferedWriter(files[-1]),
        encoding=stream.encoding,
        errors=_ESCAPES,
        line_buffering=stream.isatty() or original is sys.__stderr__,
        write_through=original is sys.__stderr__,
    )
