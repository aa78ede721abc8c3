"""``cardiobench tasks``: what models are asked."""

import json
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from cardiobench_tasks.catalogue import TaskSpec


@click.command(name="tasks")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, for scripts.")
def command(as_json: bool) -> None:
    """List the tasks: what each asks, its main score, sources and data revision."""
    from tabulate import tabulate

    from cardiobench.plugins.registry import load_plugins
    from cardiobench.plugins.tasks import known_tasks

    if as_json:
        click.echo(json.dumps([_record(spec) for spec in known_tasks().values()], indent=1))
        return

    rows = [
        {
            "name": spec.name,
            "suite": "-" if spec.from_plugin else "hard" if spec.hard else "default",
            "type": spec.type,
            "main score": spec.main_score,
            "sources": ", ".join(spec.sources),
            "data": spec.revision[:12],
            "from": spec.provider,
            "asks": spec.asks,
        }
        for spec in known_tasks().values()
    ]
    click.echo(tabulate(rows, headers="keys", disable_numparse=True))
    for problem in load_plugins().problems:
        click.echo(f"Problem: {problem}", err=True)


def _record(spec: "TaskSpec") -> dict[str, Any]:
    from dataclasses import asdict

    return {**asdict(spec), "group": spec.group, "split": spec.split}
