"""Options of the commands that look at items: ``errors`` and ``compare``."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

_F = TypeVar("_F", bound=Callable[..., Any])


def inspection_options(command: _F) -> _F:
    """Add ``--from``, ``--limit``, ``--json`` and ``--html``."""
    options = (
        click.option(
            "--from",
            "folder",
            type=click.Path(path_type=Path, file_okay=False),
            help="Folder with results, beside the published ones.  [default: cardiobench-runs if "
            "it is there]",
        ),
        click.option(
            "--limit",
            type=click.IntRange(min=0),
            default=10,
            show_default=True,
            help="Most items to print.",
        ),
        click.option("--json", "as_json", is_flag=True, help="Print everything, for scripts."),
        click.option(
            "--html",
            "page",
            type=click.Path(path_type=Path, dir_okay=False),
            help="Write everything to a page of one file instead.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def terminal_width() -> int:
    """Characters a line; 80 where nobody says."""
    return shutil.get_terminal_size((80, 24)).columns
