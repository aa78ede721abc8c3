"""``cardiobench run``: the main job."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cardiobench.architecture import Precision
from cardiobench.cli.children import run_children
from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.quiet import quieten

if TYPE_CHECKING:
    from cardiobench.progress import Stages
    from cardiobench.run_request import RunSummary

DEFAULT_OUTPUT = "cardiobench-runs"
DEFAULT_MODEL = "minilm"


@click.command(name="run")
@click.option(
    "--model",
    "models",
    multiple=True,
    metavar="NAME",
    help="Architecture to run (see `cardiobench plugins`), or the hub id of any model that mteb "
    "can load, which runs zero-shot; repeat for more.  [default: minilm]",
)
@click.option(
    "--recipe",
    default="quick",
    show_default=True,
    metavar="NAME|FILE.toml",
    help="How to adapt: quick, paper, a plugin's recipe, or your own TOML file.",
)
@click.option(
    "--task",
    "tasks",
    multiple=True,
    metavar="NAME",
    help="Task to evaluate on (see `cardiobench tasks`); repeat for more.  [default: the suite]",
)
@click.option("--seed", default=0, show_default=True, help="Training seed.")
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
    "--embedding-cache/--no-embedding-cache",
    default=True,
    help="Keep embeddings in the cache folder for the next run of the same weights.",
)
@click.option("--trust-remote-code", is_flag=True, help="Allow models that run code from the hub.")
@click.option("--allow-pickle", is_flag=True, help="Allow weights published as a pickle only.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=0, min_open=True),
    metavar="MINUTES",
    help="Stop a model that is not done by then, and go on with the next.",
)
@click.pass_context
def command(
    context: click.Context,
    /,
    models: tuple[str, ...],
    tasks: tuple[str, ...],
    recipe: str,
    train: bool,
    precision: str | None,
    timeout: float | None,
    **options: Any,
) -> None:
    """Train, evaluate and time models, then write a Markdown board.

    Stop it at any moment; the same command goes on from there and does nothing twice. Several
    models, or one with a timeout, run in processes of their own: one that fails fails alone.
    """
    from cardiobench.known_tasks import known_tasks
    from cardiobench.plugins import load_plugins
    from cardiobench.progress import Stages
    from cardiobench.recipe import load_recipe
    from cardiobench_tasks.catalogue import SUITE

    plugins = load_plugins()
    stages = Stages()
    for problem in plugins.problems:
        stages.say(f"Warning: {problem}")
    ours = {spec.checkpoint: spec.name for spec, _ in plugins.architectures()}
    names = list(dict.fromkeys(ours.get(name, name) for name in models or [DEFAULT_MODEL]))
    architectures = {name: plugins.architecture(name) for name in names if "/" not in name}
    chosen_recipe = load_recipe(recipe) if train else None
    by_name = known_tasks()
    for name in tasks:
        if name not in by_name:
            raise UnknownNameError("task", name, by_name, hint=plugins.hint())
    check_writable(options["output"])

    apart = len(names) > 1 or timeout is not None
    failed = run_children(context, names, timeout, stages.say) if apart else {}
    done = [name for name in names if name not in failed]
    quieten()
    from cardiobench.run_request import RunRequest
    from cardiobench.runner import Runner

    request = RunRequest(
        architectures=tuple(architectures[name] for name in done if name in architectures),
        foreign=tuple(name for name in done if name not in architectures),
        recipe=chosen_recipe,
        tasks=tuple(by_name[name] for name in dict.fromkeys(tasks)) or SUITE,
        precision=Precision(precision) if precision else None,
        **options,
    )
    summary = Runner(request, plugins, stages).run()
    if not summary.stages_done and not apart:
        click.echo(f"Nothing to do: all {len(summary.entries)} entries are complete.")
    _show(summary, options["output"], stages)
    failures = len(failed) + len(summary.failures)
    if failures:
        said = f"{failures} of its parts failed, see above"
        click.echo(f"The run is not complete: {said}. The same command tries again.", err=True)
        raise click.exceptions.Exit(1)


def _show(summary: "RunSummary", output: Path, stages: "Stages") -> None:
    """Write the board, and show what this run is about."""
    from cardiobench.board import board_pages, short_table
    from cardiobench.files import write_text
    from cardiobench.leaderboard import board_rows, left_out, read_row, retired_entries

    rows = board_rows(output)
    for name in left_out(rows):
        stages.say(f"Warning: results of {name} are left out: no installed plugin supplies it.")
    for name, text in board_pages(rows, retired_entries(output)).items() if rows else ():
        write_text(output / name, text)
    if summary.entries:
        click.echo(short_table([read_row(entry, "") for entry in summary.entries]))
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
        ignore = folder / ".gitignore"
        if folder.name == DEFAULT_OUTPUT and not ignore.exists():
            ignore.write_text("*\n", encoding="utf-8")
    except OSError as error:
        raise CardioBenchError(
            f"Cannot write to {folder}: {error.strerror}. Choose a writable folder with --output."
        ) from error
