"""``cardiobench audit``: what tasks give to those who know no medicine."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cardiobench.cli.options.page import report_page
from cardiobench.errors import CardioBenchError

if TYPE_CHECKING:
    from cardiobench.audit.report import TaskAudit
    from cardiobench_tasks.catalogue import TaskSpec


@click.command(name="audit")
@click.argument("names", nargs=-1, metavar="[TASK]...")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, for scripts.")
@click.option("--write", is_flag=True, help="Keep the audits of our tasks as their floors.")
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a Markdown page from the kept audits of our tasks instead.",
)
@click.option("--check", is_flag=True, help="With --page: write nothing; exit 1 if it is stale.")
def command(
    names: tuple[str, ...], as_json: bool, write: bool, page: Path | None, check: bool
) -> None:
    """Try every shortcut on tasks (by default all); exit 1 if a task's claim is broken.

    Shortcuts: shared words, length, BM25, TF-IDF, LSA, popularity, one text alone, random vectors.
    docs/audit.md says what each may see.
    """
    if page is not None:
        if names or as_json or write:
            raise CardioBenchError(
                "--page shows the kept audits of all our tasks: give nothing else."
            )
        _write_page(page, check)
        return
    if check:
        raise CardioBenchError("--check needs --page. Type: cardiobench audit --page FILE --check")
    from cardiobench.plugins.tasks import known_tasks, task_named

    chosen = [task_named(name) for name in dict.fromkeys(names)] or [*known_tasks().values()]
    audits = _audited(chosen)
    _show(audits, as_json)
    if write:
        from cardiobench.audit.floors import audits_path, keep_audits

        ours = {spec.name for spec in chosen if not spec.from_plugin}
        keep_audits(audit for audit in audits if audit.task in ours)
        click.echo(f"Kept: {audits_path()}", err=True)
    from cardiobench.audit.claims import breaches

    if any(breaches(audit) for audit in audits):
        raise click.exceptions.Exit(1)


def _audited(specs: "Sequence[TaskSpec]") -> "list[TaskAudit]":
    from cardiobench.audit.auditor import audit_task
    from cardiobench.foundation.terminal import quieten

    quieten()
    audits = []
    with _steps(specs) as step_of:
        for spec in specs:
            audits.append(audit_task(spec, step_of(spec)))
    return audits


@contextlib.contextmanager
def _steps(specs: "Sequence[TaskSpec]") -> "Iterator[Callable[[TaskSpec], Callable[[str], None]]]":
    """One bar for each task on a terminal, nothing elsewhere."""
    from cardiobench.foundation.terminal import bars, is_terminal

    if not is_terminal():
        yield lambda spec: lambda name: None
        return
    from cardiobench.audit.auditor import n_shortcuts

    with bars() as progress:

        def step_of(spec: "TaskSpec") -> Callable[[str], None]:
            bar = progress.add_task(spec.name, total=n_shortcuts(spec), rate="")
            return lambda name: progress.update(bar, advance=1, rate=name)

        yield step_of


def _show(audits: "Sequence[TaskAudit]", as_json: bool) -> None:
    if as_json:
        import json

        click.echo(json.dumps([_record(audit) for audit in audits], indent=1))
        return
    from tabulate import tabulate

    from cardiobench.audit.page import verdict

    rows = [
        {
            "task": audit.task,
            "shortcut": shortcut.name,
            "score": f"{shortcut.score:.3f}",
            "chance": f"{audit.chance:.3f}",
            "above chance": f"{audit.above_chance(shortcut):+.3f}",
            "verdict": verdict(audit, shortcut),
        }
        for audit in audits
        for shortcut in audit.shortcuts
    ]
    click.echo(tabulate(rows, headers="keys", disable_numparse=True))


def _record(audit: "TaskAudit") -> dict[str, Any]:
    from cardiobench.audit.claims import breaches

    return {
        **audit.model_dump(mode="json"),
        "floor": audit.floor.model_dump(mode="json"),
        "breaches": [shortcut.name for shortcut in breaches(audit)],
    }


def _write_page(page: Path, check: bool) -> None:
    from cardiobench.audit.floors import committed_audits
    from cardiobench.audit.page import audit_page

    remake = f"cardiobench audit --page {page}"
    report_page(page, audit_page(committed_audits()), check=check, remake=remake)
