"""``cardiobench plugins``: what can be run, and what could not be loaded."""

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from cardiobench.plugins import Plugins


@click.command(name="plugins")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, for scripts.")
def command(as_json: bool) -> None:
    """List architectures, the plugins they come from, and plugins with problems."""
    from cardiobench.plugins import load_plugins

    plugins = load_plugins()
    if as_json:
        import json

        click.echo(json.dumps(_everything(plugins), indent=1))
        return
    from tabulate import tabulate

    rows = [
        {
            "name": row["name"],
            "kind": row["kind"],
            "params (M)": f"{row['parameters'] / 1e6:,.1f}",
            "dim": row["embedding_dim"],
            "pooling": row["pooling"],
            "licence": row["licence"],
            "weights": row["weights"],
            "checkpoint": row["checkpoint"],
            "plugin": row["plugin"],
            "from": row["package"],
            "version": row["version"],
        }
        for row in _architectures(plugins)
    ]
    click.echo(tabulate(rows, headers="keys", disable_numparse=True))
    others = _others(plugins)
    if others:
        headings = {"package": "from"}
        shown = [{headings.get(k, k): v for k, v in row.items()} for row in others]
        click.echo(f"\n{tabulate(shown, headers='keys', disable_numparse=True)}")
    for provider in plugins.disabled:
        click.echo(f"Disabled: {provider.plugin} ({provider.distribution})")
    for problem in plugins.problems:
        click.echo(f"Problem: {problem}", err=True)


def _architectures(plugins: "Plugins") -> list[dict[str, Any]]:
    from cardiobench.at_hand import weights_place

    return [
        {
            "name": spec.name,
            "kind": spec.kind.value,
            "parameters": spec.parameters,
            "embedding_dim": spec.embedding_dim,
            "pooling": spec.pooling.value,
            "licence": spec.licence,
            "weights": weights_place(spec, built_by_plugin=plugins.builds_encoders(provider)),
            "checkpoint": spec.checkpoint,
            "revision": spec.revision,
            "plugin": provider.plugin,
            "package": provider.distribution,
            "version": provider.version,
        }
        for spec, provider in plugins.architectures()
    ]


def _others(plugins: "Plugins") -> list[dict[str, str]]:
    """Tasks, pair sources and recipes of plugins."""
    supplied = [("task", found.name, provider) for found, provider in plugins.tasks()]
    supplied += [
        ("pair source", found.name, provider) for found, provider in plugins.pair_sources()
    ]
    supplied += [("recipe", found.name, provider) for found, provider in plugins.recipes()]
    return [
        {
            "supplies": kind,
            "name": name,
            "plugin": provider.plugin,
            "package": provider.distribution,
            "version": provider.version,
        }
        for kind, name, provider in supplied
    ]


def _everything(plugins: "Plugins") -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "architectures": _architectures(plugins),
        "others": _others(plugins),
        "disabled": [asdict(provider) for provider in plugins.disabled],
        "problems": [asdict(problem) for problem in plugins.problems],
    }
