"""``cardiobench sweep``: a grid over recipe fields, architectures and seeds."""

from pathlib import Path
from typing import Any

import click

from cardiobench.cli.options.device import DEVICE_HELP, check_device
from cardiobench.cli.options.executor import check_address, executor_options, taken_from
from cardiobench.cli.options.output import DEFAULT_SWEEPS, check_writable


@click.command(name="sweep")
@click.argument("file", metavar="NAME|FILE.toml")
@click.option(
    "--output",
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for entries and report.  [default: cardiobench-sweeps/NAME]",
)
@click.option("--device", metavar="DEVICE", help=DEVICE_HELP)
@click.option("--trust-remote-code", is_flag=True, help="Allow models that run code from the hub.")
@click.option("--allow-pickle", is_flag=True, help="Allow weights published as a pickle only.")
@executor_options
def command(file: str, output: Path | None, **options: Any) -> None:
    """Train and evaluate every point of a sweep, then write a table and a figure.

    FILE says what to vary (docs/sweeps.md); paper-grid, the study's ablation, is shipped. Each
    point is an entry. Stop it at any moment; the same command goes on from there.
    """
    from cardiobench.foundation.files import write_text
    from cardiobench.runs.dispatch import run_apart
    from cardiobench.runs.sweep import load_sweep
    from cardiobench.runs.sweep_report import point_results, sweep_pages

    where = taken_from(options)
    check_device(options["device"], here=where.executor == "local")
    check_address(where.address)
    sweep = load_sweep(file)
    points = sweep.points(**options)
    output = output or Path(DEFAULT_SWEEPS) / sweep.name
    check_writable(output)
    states, left = run_apart([point.job for point in points], output, where)
    results = point_results(points, output)
    for name, text in sweep_pages(sweep, results, len(points)).items() if results else ():
        write_text(output / name, text)
    failed = [point.job for point in points if states[point.job.key].state != "done"]
    if not left:
        click.echo(f"Nothing to do: all {len(points)} points are complete.")
    if results:
        click.echo(f"Report: {output / 'README.md'}")
    if failed:
        parts = f"{len(failed)} of {len(points)} points failed, see above"
        click.echo(f"The sweep is not complete: {parts}. The same command tries again.", err=True)
        raise click.exceptions.Exit(1)
