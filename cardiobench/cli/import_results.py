"""``cardiobench import``: results of others as entries of ours."""

from pathlib import Path

import click

from cardiobench.cli.options.output import DEFAULT_OUTPUT, check_writable

_FOLDER = click.Path(path_type=Path, file_okay=False, exists=True)


@click.group(name="import")
def command() -> None:
    """Make entries of results from elsewhere."""


@command.command(name="mteb-results")
@click.argument("cache", type=_FOLDER)
@click.option(
    "--predictions",
    type=_FOLDER,
    help="The prediction_folder of mteb.evaluate.  [default: anywhere below CACHE]",
)
@click.option(
    "--output",
    default=DEFAULT_OUTPUT,
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Run folder to write entries to.",
)
@click.option("--model", "models", multiple=True, metavar="ORG/NAME", help="[default: all]")
def mteb_results(
    cache: Path, predictions: Path | None, output: Path, models: tuple[str, ...]
) -> None:
    """Make entries of what mteb.evaluate left in CACHE, the folder of an mteb.ResultCache.

    Scores must follow from the predictions that mteb kept (prediction_folder). Exit code 1 if a
    result could not be taken.
    """
    from cardiobench.foundation.terminal import quieten
    from cardiobench.sharing.mteb_import import import_mteb_results

    check_writable(output)
    quieten()
    imported = import_mteb_results(cache, output, models, predictions)
    for one in imported:
        if one.tasks:
            click.echo(f"Imported: {one.entry.folder} ({len(one.tasks)} tasks)")
        for problem in one.problems:
            click.echo(f"Left out: {problem}", err=True)
    if any(one.tasks for one in imported):
        click.echo(f"Next: cardiobench submit pack {output} --to leaderboard")
    if any(one.problems for one in imported):
        raise click.exceptions.Exit(1)
