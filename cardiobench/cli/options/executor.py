"""The options that say where jobs run: for ``run`` and ``sweep``."""

import re
import socket
from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

import click

from cardiobench.errors import CardioBenchError
from cardiobench.plugins.executor import ExecutorOptions

_F = TypeVar("_F", bound=Callable[..., Any])
_ANSWER_S = 10
_FIELDS = fields(ExecutorOptions)


def executor_options(command: _F) -> _F:
    """Add ``--executor``, ``--jobs``, ``--address``, ``--shared-folder`` and ``--timeout``."""
    options = (
        click.option(
            "--executor",
            default="local",
            show_default=True,
            metavar="NAME",
            help="What runs the jobs: local, ray, or a plugin's executor.",
        ),
        click.option(
            "--jobs",
            type=click.IntRange(min=1),
            metavar="N",
            help="Most jobs at once; cores, GPUs and memory are shared out.  [default: one, or one "
            "a GPU]",
        ),
        click.option("--address", metavar="ADDRESS", help="A running cluster, for --executor ray."),
        click.option(
            "--shared-folder/--no-shared-folder",
            default=None,
            help="Whether a cluster's workers see the output folder.  [default: found out]",
        ),
        click.option(
            "--timeout",
            "timeout_min",
            type=click.FloatRange(min=0, min_open=True),
            metavar="MINUTES",
            help="Stop a job that is not done by then, and go on with the next.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def check_address(address: str | None) -> None:
    """Fail within seconds where nobody listens; Ray itself tries for minutes.

    Raises:
        CardioBenchError: nothing answers at ``HOST:PORT`` or ``ray://HOST:PORT``.
    """
    match = re.fullmatch(r"(?:ray://)?\[?([^/]+?)\]?:(\d{1,5})", address or "")
    if match is None:
        return  # "auto" and names of other executors' clusters
    try:
        socket.create_connection((match[1], int(match[2])), timeout=_ANSWER_S).close()
    except (OSError, OverflowError) as error:
        raise CardioBenchError(
            f"Nothing answers at --address {address}: {error}. `ray status` says whether a cluster "
            "runs; without --address a local one is started."
        ) from error


def taken_from(options: dict[str, Any]) -> ExecutorOptions:
    """What :func:`executor_options` added, taken out of a command's options."""
    return ExecutorOptions(**{field.name: options.pop(field.name) for field in _FIELDS})
