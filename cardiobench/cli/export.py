"""``cardiobench export``: our results in other projects' layouts."""

from pathlib import Path

import click

from cardiobench.cli.options.output import DEFAULT_OUTPUT


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
