"""``cardiobench run``: the main job."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cardiobench.cli.options.executor import Where, executor_options
from cardiobench.errors import CardioBenchError
from cardiobench.foundation.processes import rank, world_size
from cardiobench.foundation.quiet import quieten
from cardiobench.foundation.terminal import Stages
from cardiobench.plugins.architecture import Backend, Precision

if TYPE_CHECKING:
    from cardiobench.plugins.executor import Job
    from cardiobench.results.entry import Entry
    from cardiobench.runs.summary import RunRequest, RunSummary

DEFAULT_OUTPUT = "cardiobench-runs"
DEFAULT_SWEEPS = "cardiobench-sweeps"
DEFAULT_RECIPE = "quick"


@click.command(name="run")
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="NAME",
    help="Architecture to run (see `cardiobench plugins`), or the hub id of any model that mteb "
    "can load, which runs zero-shot; repeat for more.  [default: the recipe's models, or minilm]",
)
@click.option(
    "--recipe",
    "recipes",
    multiple=True,
    metavar="NAME|FILE.toml",
    help="How to adapt: quick, paper, a plugin's recipe, or your own TOML file; repeat for more.  "
    "[default: quick]",
)
@click.option(
    "--task",
    "tasks",
    multiple=True,
    metavar="NAME",
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
@click.option(
    "--output",
    default=DEFAULT_OUTPUT,
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for results and board; what is done there is not done again.",
)
@click.option("--train/--no-train", default=True, help="Adapt the models too.")
@click.option("--speed/--no-speed", default=True, help="Time the models too.")
@click.option("--baselines/--no-baselines", default=True, help="Run random and TF-IDF too.")
@click.option("--mteb-medical", is_flag=True, help="Run mteb's own medical tasks too (hub data).")
@click.option("--device", metavar="DEVICE", help="cpu, cuda, cuda:1, mps.  [default: best]")
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
    from cardiobench.runs.plan import plan
    from cardiobench.training.arguments import check_trackers

    where = Where(**{name: options.pop(name) for name in Where.__dataclass_fields__})
    stages = Stages()
    check_trackers(report_to)
    jobs = plan(
        models=models,
        recipes=(recipes or (DEFAULT_RECIPE,)) if train else (),
        seeds=seeds,
        tasks=tasks,
        report_to=report_to,
        say=stages.say,
        **options,
    )
    if rank() == 0:
        check_writable(output)
    # One model with one recipe needs no process of its own.
    apart = not where.is_default or len(jobs) > 2 or len({job.model for job in jobs}) > 1
    summary = _apart(jobs, output, where) if apart else _here(jobs, output, stages)
    if rank():
        return
    if baselines and summary.entries:
        _baselines(jobs[0], output, stages, summary)
    if not summary.stages_done:
        click.echo(f"Nothing to do: all {len(summary.entries)} entries are complete.")
    _show(summary.entries, output, stages)
    if summary.failures:
        said = f"{len(summary.failures)} of its parts failed, see above"
        click.echo(f"The run is not complete: {said}. The same command tries again.", err=True)
        raise click.exceptions.Exit(1)


def _here(jobs: "list[Job]", output: Path, stages: Stages) -> "RunSummary":
    """Do the jobs of one model in this process."""
    from dataclasses import replace

    from cardiobench.runs.resolve import resolve

    # The last job has the recipe, if there is one; the first is zero-shot.
    request = replace(resolve(jobs[-1], output), zero_shot=True)
    return _run(request, stages)


def _run(request: "RunRequest", stages: Stages) -> "RunSummary":
    """Carry out a request in this process."""
    from cardiobench.plugins.registry import load_plugins

    quieten()
    from cardiobench.runs.runner import Runner

    return Runner(request, load_plugins(), stages).run()


def _apart(jobs: "list[Job]", output: Path, where: Where) -> "RunSummary":
    """Do jobs in processes of their own.

    Raises:
        CardioBenchError: this process is one of several that train together, or all jobs failed.
    """
    if world_size() > 1:
        raise CardioBenchError(
            "Several processes train one model together: give one model, one recipe and one seed, "
            "and leave --jobs, --executor and --timeout out."
        )
    from cardiobench.cli.options.executor import run_jobs
    from cardiobench.errors import StageError
    from cardiobench.runs.record import entries_of
    from cardiobench.runs.summary import RunSummary

    states, ran = run_jobs(jobs, output, where)
    summary = RunSummary(stages_done=ran)
    for job in jobs:
        state = states[job.key]
        summary.entries += entries_of(state, output)
        if state.state != "done":
            summary.failures.append(StageError(f"{job.label}: {state.why or state.state}"))
    if summary.failures and not summary.entries:
        raise summary.failures[0]
    return summary


def _baselines(job: "Job", output: Path, stages: Stages, summary: "RunSummary") -> None:
    """Run the baselines on the tasks of a job, and add what was done to the summary."""
    from dataclasses import replace

    from cardiobench.runs.resolve import resolve

    request = replace(resolve(job, output), architectures=(), foreign=(), baselines=True)
    done = _run(request, stages)
    summary.stages_done += done.stages_done
    summary.entries += done.entries
    summary.failures += done.failures


def _show(entries: "list[Entry]", output: Path, stages: Stages) -> None:
    """Write the board, and show what this run is about."""
    from shutil import get_terminal_size

    from cardiobench.board.folder import write
    from cardiobench.board.show import run_table

    board = write(output)
    for name in board.data.left_out:
        stages.say(f"Warning: results of {name} are left out: no installed plugin supplies it.")
    if entries:
        models = {(entry.name, entry.revision) for entry in entries}
        tasks = {task for entry in entries for task in entry.manifest().data}
        click.echo(run_table(board, models, tasks, get_terminal_size().columns))
    click.echo(f"Board: {output / 'README.md'}")


def check_writable(folder: Path) -> None:
    """Fail before any work if results could not be stored.

    Raises:
        CardioBenchError: the folder cannot be made or written.
    """
    probe = folder / ".cardiobench-write-test"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe.write_bytes(b"")
        probe.unlink()
        # Our own folders, where nobody chose another, are not for version control.
        ignore = Path(folder.parts[0]) / ".gitignore"
        if folder.parts[0] in (DEFAULT_OUTPUT, DEFAULT_SWEEPS) and not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise CardioBenchError(
            f"Cannot write to {folder}: {error.strerror}. Choose a writable folder with --output."
        ) from error
