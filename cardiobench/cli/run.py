"""``cardiobench run``: the main job."""

from collections.abc import Collection
from pathlib import Path
from typing import Any

import click

from cardiobench.cli.options import completion
from cardiobench.cli.options.device import DEVICE_HELP, check_device
from cardiobench.cli.options.executor import check_address, executor_options, taken_from
from cardiobench.cli.options.folder import folder_options, told_from, weights_option
from cardiobench.cli.options.output import check_writable, output_option
from cardiobench.foundation.processes import rank
from cardiobench.foundation.terminal import Stages
from cardiobench.plugins.architecture import Backend, Precision

DEFAULT_RECIPE = "quick"


@click.command(name="run")
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="NAME|FOLDER",
    shell_complete=completion.models,
    help="Architecture to run (see `cardiobench plugins`), a folder that holds a model, or the hub "
    "id of any model that mteb can load, which runs zero-shot; repeat for more.  "
    "[default: the recipe's models, or minilm]",
)
@folder_options
@weights_option
@click.option(
    "--recipe",
    "recipes",
    multiple=True,
    metavar="NAME|FILE.toml",
    shell_complete=completion.recipes,
    help="How to adapt: quick, paper, a plugin's recipe, or your own TOML file; repeat for more.  "
    "[default: quick]",
)
@click.option(
    "--task",
    "tasks",
    multiple=True,
    metavar="NAME",
    shell_complete=completion.tasks,
    help="Task to evaluate on (see `cardiobench tasks`); repeat for more.  [default: the suite]",
)
@click.option(
    "--seed",
    "seeds",
    multiple=True,
    type=int,
    metavar="N",
    help="Training seed; repeat for more.  [default: the recipe's seeds, or 0]",
)
@output_option("Folder for results and board")
@click.option("--train/--no-train", default=True, help="Adapt the models too.")
@click.option("--speed/--no-speed", default=True, help="Time the models too.")
@click.option("--baselines/--no-baselines", default=True, help="Run random and TF-IDF too.")
@click.option("--mteb-medical", is_flag=True, help="Run mteb's own medical tasks too (hub data).")
@click.option("--device", metavar="DEVICE", help=DEVICE_HELP)
@click.option(
    "--precision",
    type=click.Choice([p.value for p in Precision]),
    help="Number format of the weights; another than the model's own gives a row of its own.",
)
@click.option(
    "--backend",
    type=click.Choice([b.value for b in Backend]),
    default=Backend.TORCH.value,
    show_default=True,
    help="What computes the network, zero-shot; openvino (an extra) is faster on a CPU.",
)
@click.option(
    "--embedding-cache/--no-embedding-cache",
    default=True,
    help="Keep embeddings in the cache folder for the next run of the same weights.",
)
@click.option(
    "--report-to",
    multiple=True,
    metavar="TRACKER",
    help="Show trainings in tensorboard, trackio or wandb too; repeat for more.",
)
@click.option("--trust-remote-code", is_flag=True, help="Allow models that run code from the hub.")
@click.option("--allow-pickle", is_flag=True, help="Allow weights published as a pickle only.")
@executor_options
def command(
    models: tuple[str, ...],
    recipes: tuple[str, ...],
    tasks: tuple[str, ...],
    seeds: tuple[int, ...],
    output: Path,
    report_to: tuple[str, ...],
    train: bool,
    baselines: bool,
    **options: Any,
) -> None:
    """Train, evaluate and time models, then write a Markdown board.

    Stop it at any moment; the same command goes on from there and does nothing twice. Several
    models, recipes or seeds are jobs in processes of their own: one that fails fails alone.
    """
    from cardiobench.runs.dispatch import baseline_jobs, dispatch, run_here
    from cardiobench.runs.plan import plan
    from cardiobench.training.arguments import check_trackers

    where = taken_from(options)
    check_device(options["device"], here=where.executor == "local")
    check_address(where.address)
    stages = Stages()
    check_trackers(report_to)
    jobs = plan(
        models=models,
        recipes=(recipes or (DEFAULT_RECIPE,)) if train else (),
        seeds=seeds,
        tasks=tasks,
        report_to=report_to,
        told=told_from(options),
        say=stages.say,
        **options,
    )
    if rank() == 0:
        check_writable(output)
    outcome = dispatch(jobs, output, where, stages)
    if rank():
        return
    if baselines and outcome.entries:
        outcome += run_here(baseline_jobs(jobs[0]), output, stages)
    if not outcome.stages_done:
        click.echo(f"Nothing to do: all {len(outcome.entries)} entries are complete.")
    _show(outcome.entries, output, stages)
    if outcome.failures:
        parts = f"{len(outcome.failures)} of its parts failed, see above"
        click.echo(f"The run is not complete: {parts}. The same command tries again.", err=True)
        raise click.exceptions.Exit(1)


def _show(entries: Collection[tuple[str, str]], output: Path, stages: Stages) -> None:
    """Write the board, and show what this run is about: entries by name and revision."""
    from shutil import get_terminal_size

    from cardiobench.board.folder import write
    from cardiobench.board.show import run_table
    from cardiobench.plugins.registry import load_plugins

    board = write(output, load_plugins())
    for name in board.data.left_out:
        stages.say(f"Warning: results of {name} are left out: no installed plugin supplies it.")
    if entries:
        models = set(entries)
        mine = (row.manifest for row in board.data.rows if row.key[:2] in models)
        tasks = {task for manifest in mine for task in manifest.data}
        click.echo(run_table(board, models, tasks, get_terminal_size().columns))
    click.echo(f"Board: {output / 'README.md'}")
