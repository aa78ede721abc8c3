"""``cardiobench data``: where the data come from, their export, and their cards."""

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cardiobench.cli.options.page import keep_page
from cardiobench.cli.options.source import release_files, source_option
from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.sources.releases import releases

if TYPE_CHECKING:
    from cardiobench_tasks.catalogue import TaskSpec
    from cardiobench_tasks.task_data import Tables


@click.group(name="data", invoke_without_command=True)
@source_option
@click.pass_context
def command(context: click.Context, sources: tuple[str, ...]) -> None:
    """Show sources and tasks with versions and licences; export the tasks' data; write cards."""
    if context.invoked_subcommand is None:
        context.invoke(show, sources=sources)
    elif sources:
        name = context.invoked_subcommand
        raise CardioBenchError(f"--source stands after the command: cardiobench data {name} ...")


@command.command()
@source_option
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, for scripts.")
def show(sources: tuple[str, ...], as_json: bool) -> None:
    """List sources, licences and credits, the tasks' data, and where the cache is."""
    with releases(release_files(sources)):
        _show(as_json)
    if sources and not as_json:
        click.echo("`cardiobench run` and the board keep to the pinned data.")


def _show(as_json: bool) -> None:
    from tabulate import tabulate

    from cardiobench.foundation.files import cache_dir
    from cardiobench.sources.attribution import source_facts

    sources = source_facts().values()
    if as_json:
        told = [asdict(source) for source in sources]
        record = {"sources": told, "tasks": _task_records(), "cache": str(cache_dir())}
        click.echo(json.dumps(record, indent=1, ensure_ascii=False))
        return
    rows = [
        {
            "source": source.name,
            "version": source.version,
            "entries": f"{source.count:,} {source.unit}",
            "sha256": source.sha256[:12],
            "licence": source.licence,
        }
        for source in sources
    ]
    click.echo(tabulate(rows, headers="keys", disable_numparse=True))
    click.echo("\nCredits to give with the data:")
    for source in sources:
        click.echo(f"- {source.name}, {source.version}: {source.attribution}")
    click.echo(f"\n{_task_table()}")
    click.echo(f"\nCache: {cache_dir()}")


def _task_table() -> str:
    """Every task with the size of its data."""
    from tabulate import tabulate

    rows = [
        {
            "task": one["task"],
            "suite": one["suite"],
            "sources": ", ".join(one["sources"]),
            "rows": ", ".join(f"{name} {count:,}" for name, count in one["rows"].items()),
            "size": f"{one['bytes'] / 1e6:.2f} MB",
            "data": one["revision"][:12] + _difference(one),
        }
        for one in _task_records()
    ]
    return tabulate(rows, headers="keys", disable_numparse=True)


def _task_records() -> list[dict[str, Any]]:
    """Every task with the size of its data; mteb is needed only where the cache is cold."""
    from cardiobench.foundation.files import canonical_json
    from cardiobench_tasks.catalogue import CATALOGUE
    from cardiobench_tasks.task_data import tables_in_use

    records = []
    for spec in CATALOGUE:
        used, tables = tables_in_use(spec, partial(_build, spec))
        size = sum(len(canonical_json(row).encode()) for t in tables.values() for row in t)
        records.append(
            {
                "task": spec.name,
                "suite": "hard" if spec.hard else "default",
                "sources": list(spec.sources),
                "rows": {name: len(found) for name, found in tables.items()},
                "bytes": size,
                "revision": used.revision,
                "pinned": spec.revision,
            }
        )
    return records


def _build(spec: "TaskSpec") -> "Tables":
    """A task's tables, made while the terminal says so."""
    from cardiobench.foundation.terminal import Stages

    with Stages().stage(f"{spec.name}: building its data"):
        tables: Tables = spec.load().build()
    return tables


def _difference(one: dict[str, Any]) -> str:
    same = one["revision"] == one["pinned"]
    return "" if same else f" differs from the pinned {one['pinned'][:12]}"


@command.command()
@click.argument("folder", type=click.Path(path_type=Path))
@source_option
@click.option(
    "--task",
    "tasks",
    multiple=True,
    metavar="NAME",
    help="Task to export (see `cardiobench tasks`); repeat for more.  [default: all]",
)
def export(folder: Path, sources: tuple[str, ...], tasks: tuple[str, ...]) -> None:
    """Write tasks as Parquet to FOLDER/TASK, as stock mteb and datasets load them.

    Data of another release than the pinned one go to FOLDER/TASK-REVISION.
    """
    from cardiobench_tasks.catalogue import CATALOGUE

    by_name = {spec.name: spec for spec in CATALOGUE}
    for name in tasks:
        if name not in by_name:
            raise UnknownNameError("task", name, by_name)
    from cardiobench.foundation.terminal import quieten
    from cardiobench.sharing.task_export import check_folder, export_task

    files = release_files(sources)
    check_folder(folder)
    quieten()
    with releases(files):
        for name in dict.fromkeys(tasks or by_name):
            click.echo(f"Exported: {export_task(by_name[name], folder)}")


@command.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a file is not current.")
def statistics(check: bool) -> None:
    """Write the tasks' descriptive statistics where mteb finds them (maintainers)."""
    from cardiobench.foundation.files import read_json, write_json
    from cardiobench.foundation.terminal import quieten
    from cardiobench_tasks.catalogue import CATALOGUE

    quieten()
    for spec in CATALOGUE:
        task = spec.load()
        path = task.metadata.descriptive_stat_path
        found = task.calculate_descriptive_statistics(overwrite_results=True)
        if not check:
            write_json(path, found)
        elif not path.is_file() or read_json(path) != found:
            click.echo(f"{path} is stale. Type: cardiobench data statistics", err=True)
            raise click.exceptions.Exit(1)
    click.echo(f"{len(CATALOGUE)} files are {'current' if check else 'written'}.")


@command.command()
@click.argument("folder", default="docs/tasks", type=click.Path(path_type=Path))
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if a card is not current.")
def cards(folder: Path, check: bool) -> None:
    """Write a data card for each task, and an index, to FOLDER."""
    from cardiobench.board.task_cards import card_pages
    from cardiobench.foundation.terminal import quieten
    from cardiobench.sharing.task_export import check_folder

    if not check:
        check_folder(folder)
    quieten()
    for name, text in card_pages().items():
        keep_page(folder / name, text, check=check, remake=f"cardiobench data cards {folder}")
    click.echo(f"{folder / 'README.md'} and its cards are {'current' if check else 'written'}.")
