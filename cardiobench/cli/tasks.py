"""``cardiobench tasks``: what models are asked."""

import click


@click.command(name="tasks")
def command() -> None:
    """List the tasks: what each asks, its main score, sources and data revision."""
    from tabulate import tabulate

    from cardiobench.plugins.registry import load_plugins
    from cardiobench.plugins.tasks import known_tasks

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
