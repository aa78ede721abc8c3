"""``cardiobench errors``: what a model gets wrong."""

import json
from pathlib import Path

import click

from cardiobench.cli.options import completion
from cardiobench.cli.options.board_folder import results_folder
from cardiobench.cli.options.inspection import inspection_options, terminal_width


@click.command(name="errors")
@click.argument("name", metavar="MODEL")
@click.option(
    "--task",
    required=True,
    metavar="NAME",
    shell_complete=completion.tasks,
    help="Task to look at.",
)
@click.option("--area", metavar="NAME", help="Only the items of one area of cardiology.")
@inspection_options
def command(
    name: str,
    task: str,
    area: str | None,
    folder: Path | None,
    limit: int,
    as_json: bool,
    page: Path | None,
) -> None:
    """Show the items of a task that MODEL gets wrong, worst first, and how many in each area.

    Wrong triplets and pairs with their similarities; queries with what was found first and where
    the right one stands. MODEL is a name on the board, NAME@REVISION, or a recipe's line.
    """
    from cardiobench.plugins.tasks import task_named

    spec, place = task_named(task), results_folder(folder)
    from cardiobench.foundation.terminal import quieten
    from cardiobench.inspection.mistakes import mistakes
    from cardiobench.inspection.model import Models

    model = Models(place).named(name)
    model.items(spec.name)
    quieten()
    found = mistakes(model, spec, area)
    if page is not None:
        from cardiobench.foundation.files import write_text
        from cardiobench.inspection.page import mistakes_page

        write_text(page, mistakes_page(found))
        click.echo(f"Page: {page}", err=as_json)
    if as_json:
        from cardiobench.inspection.records import mistakes_record

        click.echo(json.dumps(mistakes_record(found), indent=1, ensure_ascii=False))
    elif page is None:
        from cardiobench.inspection.terminal import mistakes_text

        click.echo(mistakes_text(found, limit, terminal_width()))
