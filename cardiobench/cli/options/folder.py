"""The options of models that are folders: what they are called, and what nobody else can tell."""

from collections.abc import Callable
from dataclasses import fields
from typing import TYPE_CHECKING, Any, TypeVar

import click

from cardiobench.plugins.architecture import ACCESS, Pooling

if TYPE_CHECKING:
    from cardiobench.runs.folders import Told

_F = TypeVar("_F", bound=Callable[..., Any])


def pooling_option(command: _F) -> _F:
    """Add ``--pooling``."""
    return click.option(
        "--pooling",
        type=click.Choice([p.value for p in Pooling]),
        help="How the tokens of a folder's model become one embedding, if the folder does not say.",
    )(command)


def weights_option(command: _F) -> _F:
    """Add ``--weights``."""
    return click.option(
        "--weights",
        multiple=True,
        metavar="NAME=FOLDER",
        help="Where the published weights of an architecture lie, or the base of an adapter "
        "folder; repeat for more.",
    )(command)


def folder_options(command: _F) -> _F:
    """Add ``--name``, ``--pooling``, ``--open-weights``, ``--licence``, ``--reference``."""
    options = (
        click.option("--name", metavar="NAME", help="What the model in a folder is called."),
        pooling_option,
        click.option(
            "--open-weights",
            type=click.Choice(ACCESS),
            help="Who can have a folder's weights.  [default: not said]",
        ),
        click.option("--licence", metavar="SPDX", help="Licence of a folder's weights."),
        click.option("--reference", metavar="URL", help="A page about a folder's model."),
    )
    for option in reversed(options):
        command = option(command)
    return command


def told_from(options: dict[str, Any]) -> "Told":
    """What :func:`folder_options` added, taken out of a command's options."""
    from cardiobench.runs.folders import Told

    return Told(**{field.name: options.pop(field.name) for field in fields(Told)})
