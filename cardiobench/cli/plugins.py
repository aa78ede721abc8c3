"""``cardiobench plugins``: what can be run, and what could not be loaded."""

import click


@click.command(name="plugins")
def command() -> None:
    """List architectures, the plugins they come from, and plugins with problems."""
    from tabulate import tabulate

    from cardiobench.embedded import carried_folder
    from cardiobench.plugins import load_plugins

    plugins = load_plugins()
    rows = []
    for spec, provider in plugins.architectures():
        carried = spec.carried is not None and carried_folder(spec.carried) is not None
        rows.append(
            {
                "name": spec.name,
                "kind": spec.kind.value,
                "params (M)": f"{spec.parameters / 1e6:,.1f}",
                "dim": spec.embedding_dim,
                "pooling": spec.pooling.value,
                "licence": spec.licence,
                "weights": "pip package" if carried else "hub",
                "checkpoint": spec.checkpoint,
                "from": provider.distribution,
            }
        )
    click.echo(tabulate(rows, headers="keys", disable_numparse=True))
    for problem in plugins.problems:
        click.echo(f"Problem: {problem}", err=True)
