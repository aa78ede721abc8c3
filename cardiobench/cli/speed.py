"""``cardiobench speed``: time architectures without evaluating them."""

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cardiobench.cli.options import completion
from cardiobench.cli.options.device import DEVICE_HELP, check_device
from cardiobench.cli.options.folder import pooling_option, weights_option
from cardiobench.cli.options.output import check_writable, output_option
from cardiobench.errors import CardioBenchError
from cardiobench.plugins.architecture import Architecture, Precision

if TYPE_CHECKING:
    from cardiobench.results.entry import Entry


@click.command(name="speed")
@click.argument(
    "names",
    nargs=-1,
    required=True,
    metavar="ARCHITECTURE|FOLDER...",
    shell_complete=completion.models,
)
@click.option(
    "--random-weights",
    is_flag=True,
    help="Make models of the published class and size with random weights; needs no hub.",
)
@weights_option
@pooling_option
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
    weights: tuple[str, ...],
    pooling: str | None,
    output: Path,
    device: str | None,
    precision: str | None,
) -> None:
    """Time architectures without scores: at full size with random weights, or with their own.

    Own weights are those of a FOLDER, of --weights, or of a pip package that carries them. Rows go
    to the board's speed tables.
    """
    from cardiobench.foundation.terminal import Stages, quieten
    from cardiobench.plugins.registry import load_plugins
    from cardiobench.runs.folders import Told, folder_models, given_folders, placed_models

    check_device(device)
    stages = Stages()
    given = given_folders(weights)
    folders = folder_models(names, Told(pooling=pooling), given, stages.say)
    chosen = _chosen(names, given, random_weights=random_weights)
    chosen |= {**folders, **placed_models(chosen, given, names)}
    check_writable(output)
    quieten()
    from cardiobench.board.folder import write
    from cardiobench.evaluation.speed import read_speed

    for named in chosen.values():
        architecture = named.at(Precision(precision)) if precision else named
        own = bool(architecture.folder) or not random_weights
        with stages.stage(f"{architecture.name}: speed, {'own' if own else 'random'} weights"):
            entry = (_time_own if own else _time_random)(output, architecture, device)
        speed = read_speed(entry.speed_path)
        click.echo(
            f"{architecture.name}: {speed.latency_p50_ms:.1f} ms a text (p50), "
            f"{speed.best_texts_per_second:,.0f} texts/s, {speed.peak_memory_mib:,.0f} MiB "
            f"({speed.peak_memory_kind})"
        )
    write(output, load_plugins())
    click.echo(f"Board: {output / 'README.md'}")


def _chosen(
    names: Collection[str], given: Collection[str], *, random_weights: bool
) -> dict[str, Architecture]:
    """The architectures among the names.

    Raises:
        CardioBenchError: one's weights are not at hand, and random ones were not asked for.
    """
    from cardiobench.models.local_weights import is_carried
    from cardiobench.models.model_folder import is_folder
    from cardiobench.plugins.registry import load_plugins

    plugins = load_plugins()
    chosen = [plugins.architecture(n) for n in dict.fromkeys(names) if not is_folder(n)]
    for spec in chosen:
        if not (random_weights or spec.name in given or spec.folder or is_carried(spec.carried)):
            raise CardioBenchError(
                f"{spec.name}: with which weights? Add --random-weights, or "
                f"--weights {spec.name}=FOLDER"
            )
    return {spec.name: spec for spec in chosen}


def _time_own(output: Path, architecture: Architecture, device: str | None) -> "Entry":
    from cardiobench.evaluation.speed_only import time_own

    return time_own(output, architecture, device=device)


def _time_random(output: Path, architecture: Architecture, device: str | None) -> "Entry":
    from cardiobench.evaluation.speed_random import random_entry, time_random

    entry = random_entry(output, architecture)
    if entry.manifest_path.is_file():
        return entry
    return time_random(output, architecture, device=device)
