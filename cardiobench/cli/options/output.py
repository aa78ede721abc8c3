"""The folder that a command writes to: its default, and whether it can be written at all."""

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from cardiobench.errors import CardioBenchError
from cardiobench.foundation.write_errors import remedy

DEFAULT_OUTPUT = "cardiobench-runs"
DEFAULT_SWEEPS = "cardiobench-sweeps"


def output_option(meaning: str) -> Callable[[Any], Any]:
    """``--output`` of a command that goes on where it was stopped."""
    return click.option(
        "--output",
        default=DEFAULT_OUTPUT,
        show_default=True,
        type=click.Path(path_type=Path, file_okay=False),
        help=f"{meaning}; what is done there is not done again.",
    )


def check_writable(folder: Path) -> None:
    """Fail before any work if results could not be stored.

    Raises:
        CardioBenchError: the folder cannot be made or written.
    """
    probe = folder / ".cardiobench-write-test"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
        # Our own folders, where nobody chose another, are not for version control.
        ignore = Path(folder.parts[0]) / ".gitignore"
        if folder.parts[0] in (DEFAULT_OUTPUT, DEFAULT_SWEEPS) and not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise CardioBenchError(
            f"Cannot write to {folder}: {error.strerror}. {_remedy(error)}"
        ) from error


def _remedy(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return remedy(error)
    return "Choose a writable folder with --output."
