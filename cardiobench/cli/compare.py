"""``cardiobench compare``: two models on the same items."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cardiobench.cli.options import completion
from cardiobench.cli.options.board_folder import results_folder
from cardiobench.cli.options.inspection import inspection_options, terminal_width
from cardiobench.errors import CardioBenchError

if TYPE_CHECKING:
    from cardiobench.inspection.comparison import Comparing
    from cardiobench.inspection.model import Models


@click.command(name="compare")
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@click.option(
    "--task",
    metavar="NAME",
    shell_complete=completion.tasks,
    help="One task, with the items that differ.",
)
@inspection_options
def command(
    one: str,
    other: str,
    task: str | None,
    folder: Path | None,
    limit: int,
    as_json: bool,
    page: Path | None,
) -> None:
    """Show how far the models A and B are apart on each task, and whether that may be chance.

    Differences are paired by item, with 95% intervals and p-values. With --task also the items
    that one solves and the other does not. A and B are names on the board, or recipes' lines.
    """
    from cardiobench.plugins.tasks import task_named

    if task is not None:
        task_named(task)
    place = results_folder(folder)
    from cardiobench.foundation.terminal import quieten
    from cardiobench.inspection.model import Models

    models = Models(place)
    quieten()
    compared = _compared(models, one, other, task)
    if page is not None:
        from cardiobench.foundation.files import write_text
        from cardiobench.inspection.page import comparing_page

        write_text(page, comparing_page(compared))
        click.echo(f"Page: {page}", err=as_json)
    if as_json:
        from cardiobench.inspection.records import comparing_record

        click.echo(json.dumps(comparing_record(compared), indent=1, ensure_ascii=False))
    elif page is None:
        from cardiobench.inspection.terminal import comparing_text

        click.echo(comparing_text(compared, limit, terminal_width()))


def _compared(models: "Models", one: str, other: str, task: str | None) -> "Comparing":
    from cardiobench.inspection.comparison import comparing
    from cardiobench.plugins.tasks import known_tasks

    first, second = models.named(one), models.named(other)
    if task is not None:
        first.items(task), second.items(task)
    shared = [n for n in first.tasks if n in second.tasks and task in (None, n)]
    if not shared:
        raise CardioBenchError(
            f"{first.title} and {second.title} have no task in common: "
            f"{', '.join(first.tasks)}; {', '.join(second.tasks)}."
        )
    specs = [known_tasks()[name] for name in shared]
    return comparing(first, second, specs, models.pool(), flips=task is not None)
