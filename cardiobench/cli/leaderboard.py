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
    """Write FOLDER/README.md and its pages from the entries below FOLDER/results."""
    from cardiobench.files import write_text

    for name, text in _render(folder).items():
        write_text(folder / name, text)
    click.echo(f"Board: {folder / 'README.md'}")


@command.command()
@_FOLDER
def check(folder: Path) -> None:
    """Fail (exit 1) if FOLDER/README.md and its pages are not what its entries give."""
    for name, text in _render(folder).items():
        page = folder / name
        current = page.read_text(encoding="utf-8") if page.is_file() else ""
        if current != text:
            click.echo(f"{page} is stale. Type: cardiobench leaderboard build {folder}", err=True)
            raise click.exceptions.Exit(1)
    click.echo(f"{folder / 'README.md'} is current.")


def _render(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        raise CardioBenchError(f"No folder {folder}. Type: cardiobench run --output {folder}")
    from cardiobench.board import board_pages
    from cardiobench.leaderboard import board_rows, left_out, retired_entries

    rows = board_rows(folder)
    for name in left_out(rows):
        said = f"results of {name} are left out: no installed plugin supplies it."
        click.echo(f"Warning: {said}", err=True)
    return board_pages(rows, retired_entries(folder))
