"""``cardiobench export``: our results in other projects' layouts."""

from pathlib import Path

import click

from cardiobench.cli.options.output import DEFAULT_OUTPUT
from cardiobench.errors import UnknownNameError


@click.group(name="export")
def command() -> None:
    """Write results in other projects' layouts."""


@command.command(name="mteb-results")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--from",
    "root",
    default=DEFAULT_OUTPUT,
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Run or leaderboard folder.",
)
@click.option("--model", "models", multiple=True, metavar="ORG/NAME", help="[default: all]")
def mteb_results(folder: Path, root: Path, models: tuple[str, ...]) -> None:
    """Write mteb's files to FOLDER/results, as its public results repository lays them out."""
    from cardiobench.results.mteb_layout import export_mteb_results
    from cardiobench.sharing.task_export import check_folder

    check_folder(folder)
    written = export_mteb_results(root, folder, models)
    click.echo(f"Exported: {len(written)} files below {folder / 'results'}")


@command.command(name="mteb-tasks")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option(
    "--task", "tasks", multiple=True, metavar="NAME", help="Task to export.  [default: the suite]"
)
@click.option(
    "--organisation",
    default="cardiobench",
    show_default=True,
    metavar="ORG",
    help="Where the data will be on the hub.",
)
def mteb_tasks(folder: Path, tasks: tuple[str, ...], organisation: str) -> None:
    """Write task classes, statistics and data to FOLDER, as a pull request to mteb has them."""
    from cardiobench_tasks.catalogue import CATALOGUE, SUITE

    by_name = {spec.name: spec for spec in CATALOGUE}
    for name in tasks:
        if name not in by_name:
            raise UnknownNameError("task", name, by_name)
    from cardiobench.foundation.terminal import quieten
    from cardiobench.sharing.mteb_tasks import export_mteb_tasks

    quieten()
    chosen = tuple(by_name[name] for name in dict.fromkeys(tasks)) or SUITE
    for path in export_mteb_tasks(chosen, folder, organisation):
        click.echo(f"Exported: {path}")
    click.echo(f"Next: {folder / 'README.md'}")
