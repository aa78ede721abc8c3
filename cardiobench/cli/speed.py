"""``cardiobench speed``: time architectures without evaluating them."""

from pathlib import Path

import click

from cardiobench.cli.options import completion
from cardiobench.cli.options.device import DEVICE_HELP, check_device
from cardiobench.cli.options.output import check_writable, output_option
from cardiobench.plugins.architecture import Precision


@click.command(name="speed")
@click.argument(
    "names", nargs=-1, required=True, metavar="ARCHITECTURE...", shell_complete=completion.models
)
@click.option(
    "--random-weights",
    is_flag=True,
    required=True,
    help="Make models of the published class and size with random weights; needs no hub.",
)
@output_option("Folder for the timings and the board")
@click.option("--device", metavar="DEVICE", help=DEVICE_HELP)
@click.option(
    "--precision",
    type=click.Choice([p.value for p in Precision]),
    help="Number format of the weights.  [default: each architecture's own]",
)
def command(
    names: tuple[str, ...],
    random_weights: bool,
    output: Path,
    device: str | None,
    precision: str | None,
) -> None:
    """Time architectures at full size, without their weights and without scores.

    `cardiobench run` times models with their own weights. Rows go to the board's speed tables.
    """
    from cardiobench.foundation.terminal import Stages, quieten
    from cardiobench.plugins.registry import load_plugins

    plugins = load_plugins()
    chosen = [plugins.architecture(name) for name in dict.fromkeys(names)]
    check_device(device)
    check_writable(output)
    quieten()
    from cardiobench.board.folder import write
    from cardiobench.evaluation.speed import read_speed
    from cardiobench.evaluation.speed_random import random_entry, time_random

    stages = Stages()
    for named in chosen:
        architecture = named.at(Precision(precision)) if precision else named
        entry = random_entry(output, architecture)
        if not entry.manifest_path.is_file():
            with stages.stage(f"{architecture.name}: speed, random weights"):
                time_random(output, architecture, device=device)
        speed = read_speed(entry.speed_path)
        click.echo(
            f"{architecture.name}: {speed.latency_p50_ms:.1f} ms a text (p50), "
            f"{speed.best_texts_per_second:,.0f} texts/s, {speed.peak_memory_mib:,.0f} MiB "
            f"({speed.peak_memory_kind})"
        )
    write(output, plugins)
    click.echo(f"Board: {output / 'README.md'}")
