"""``cardiobench leaderboard``: the board from its entries."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cardiobench.cli.options import completion
from cardiobench.cli.options.board_folder import results_folder
from cardiobench.errors import CardioBenchError

if TYPE_CHECKING:
    from cardiobench.board.read import BoardData

_FOLDER = click.argument(
    "folder", default="leaderboard", type=click.Path(path_type=Path, file_okay=False)
)
_SHOWN_FOLDER = click.argument(
    "folder", required=False, type=click.Path(path_type=Path, file_okay=False)
)
_SHOWN_STALE = 5


@click.group(name="leaderboard")
def command() -> None:
    """Build, check or show a board from the entries below FOLDER/results."""


@command.command()
@_FOLDER
def build(folder: Path) -> None:
    """Write FOLDER/README.md, its pages, figures and exports from FOLDER/results."""
    from cardiobench.board.folder import write
    from cardiobench.plugins.registry import load_plugins

    _warn(write(_existing(folder), load_plugins()).data)
    click.echo(f"Board: {folder / 'README.md'}")


@command.command()
@_FOLDER
@click.option("--json", "as_json", is_flag=True, help="For scripts: the stale files by name.")
def check(folder: Path, as_json: bool) -> None:
    """Fail (exit 1) if any generated file is not what the entries give, or is left over."""
    from cardiobench.board.folder import stale
    from cardiobench.plugins.registry import load_plugins

    paths, board = stale(_existing(folder), load_plugins())
    _warn(board.data)
    if as_json:
        stale_names = [path.relative_to(folder).as_posix() for path in paths]
        click.echo(json.dumps({"current": not paths, "stale": stale_names}, indent=1))
        raise click.exceptions.Exit(1 if paths else 0)
    if paths:
        more = f" and {len(paths) - _SHOWN_STALE} more" if len(paths) > _SHOWN_STALE else ""
        names = ", ".join(str(path) for path in paths[:_SHOWN_STALE])
        verb = "is" if len(paths) == 1 else "are"
        click.echo(
            f"{names}{more} {verb} stale. Type: cardiobench leaderboard build {folder}", err=True
        )
        raise click.exceptions.Exit(1)
    click.echo(f"{folder / 'README.md'} is current.")


@command.command()
@_FOLDER
def migrate(folder: Path) -> None:
    """Bring the entries below FOLDER/results to the present schema version, all or none."""
    from cardiobench.results.migrate import migrate as migrate_entries

    done = migrate_entries(folder)
    sizes = f"items take {done.after:,} bytes, {done.before:,} before"
    click.echo(f"Migrated: {done.entries} entries; {sizes}.")


@command.command()
@_SHOWN_FOLDER
@click.option(
    "--task",
    metavar="NAME",
    shell_complete=completion.tasks,
    help="Show one task.  [default: the suite]",
)
@click.option(
    "--format",
    "style",
    type=click.Choice(["table", "md", "csv", "json", "latex"]),
    default="table",
    show_default=True,
)
@click.option("--sort", metavar="COLUMN", help="First letters of a column's heading.")
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
def show(
    folder: Path | None, task: str | None, style: str, sort: str | None, as_json: bool
) -> None:
    """Print the board, or one task of it; writes nothing.

    FOLDER is where `cardiobench run` writes if there are results there, else ./leaderboard, else
    the published board that is installed.
    """
    from cardiobench.board.facts import board_of
    from cardiobench.board.show import show as shown

    place = results_folder(folder)
    if folder is None:
        click.echo(f"Board of {place}", err=True)
    style = "json" if as_json else style
    click.echo(shown(board_of(_data(place)), task=task, style=style, sort=sort))


@command.command()
@_FOLDER
@click.option("--reported", is_flag=True, help="Draw what the study reports instead of a board.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for the SVG files.  [default: FOLDER/figures]",
)
def figures(folder: Path, reported: bool, output: Path | None) -> None:
    """Draw the study's figures and a rank plot, without the rest of the board."""
    from cardiobench.board.drawings import figures_of, reported_figures
    from cardiobench.board.facts import board_of
    from cardiobench.board.files import write_board

    if reported and output is None:
        raise click.UsageError(
            "--reported needs --output: the study's figures are not the board's."
        )
    drawn = reported_figures() if reported else figures_of(board_of(_data(folder)))
    place = output or folder / "figures"
    write_board(place, {f"{f.name}.svg": f.svg for f in drawn.values() if f.svg})
    for figure in drawn.values():
        if not figure.svg:
            click.echo(f"{figure.name} is left out: {figure.lacking}.")
    click.echo(f"Figures: {place}")


def _existing(folder: Path) -> Path:
    """The folder; says which results in it no board can show."""
    if not folder.is_dir():
        raise CardioBenchError(f"No folder {folder}. Type: cardiobench run --output {folder}")
    from cardiobench.results.entry import unfinished_entries

    for entry, results in unfinished_entries(folder):
        click.echo(
            f"Warning: {results} results of {entry.name} at {entry.revision[:12]} are left out: "
            "the run ended before it wrote their manifest. Type the same `cardiobench run` again "
            f"(--output {folder}).",
            err=True,
        )
    return folder


def _data(folder: Path) -> "BoardData":
    from cardiobench.board.read import read_board
    from cardiobench.plugins.tasks import supplied_tasks

    data = read_board(_existing(folder), supplied_tasks())
    _warn(data)
    return data


def _warn(data: "BoardData") -> None:
    for name in data.left_out:
        why = f"results of {name} are left out: no installed plugin supplies it."
        click.echo(f"Warning: {why}", err=True)
