"""``cardiobench leaderboard``: the board from its entries."""

from pathlib import Path

import click

from cardiobench.errors import CardioBenchError

_FOLDER = click.argument(
    "folder", default="leaderboard", type=click.Path(path_type=Path, file_okay=False)
)


@click.group(name="leaderboard")
def command() -> None:
    """Build a board from the entries below FOLDER/results, or check that it is current."""


@command.command()
@_FOLDER
def build(folder: Path) -> None:
    """Write FOLDER/README.md from the entries below FOLDER/results."""
    from cardiobench.files import write_text

    board = folder / "README.md"
    write_text(board, _render(folder))
    click.echo(f"Board: {board}")


@command.command()
@_FOLDER
def check(folder: Path) -> None:
    """Fail (exit 1) if FOLDER/README.md is not what its entries give."""
    board = folder / "README.md"
    current = board.read_text(encoding="utf-8") if board.is_file() else ""
    if current != _render(folder):
        click.echo(f"{board} is stale. Type: cardiobench leaderboard build {folder}", err=True)
        raise click.exceptions.Exit(1)
    click.echo(f"{board} is current.")


def _render(folder: Path) -> str:
    if not folder.is_dir():
        raise CardioBenchError(f"No folder {folder}. Type: cardiobench run --output {folder}")
    from cardiobench.board import board_markdown
    from cardiobench.leaderboard import board_rows

    return board_markdown(board_rows(folder))
