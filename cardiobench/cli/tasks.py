"""``cardiobench tasks``: what models are asked."""

import click


@click.command(name="tasks")
def command() -> None:
    """List the tasks: what each asks, its main score, sources and data revision."""
    from tabulate import tabulate

    from cardiobench_tasks.catalogue import CATALOGUE

    rows = [
        {
            "name": spec.name,
            "suite": "hard" if spec.hard else "default",
            "type": spec.type,
            "main score": spec.main_score,
            "sources": ", ".join(spec.sources),
            "data": spec.revision[:12],
            "asks": spec.asks,
        }
        for spec in CATALOGUE
    ]
    click.echo(tabulate(rows, headers="keys", disable_numparse=True))
