"""``cardiobench plugins``: what can be run, and what could not be loaded."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from cardiobench.cli.options.page import report_page

if TYPE_CHECKING:
    from cardiobench.plugins.registry import Plugins


@click.command(name="plugins")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON, for scripts.")
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a Markdown page about our own architectures instead, counted at full size.",
)
@click.option("--check", is_flag=True, help="With --page: write nothing; exit 1 if it is stale.")
def command(as_json: bool, page: Path | None, check: bool) -> None:
    """List architectures, the plugins they come from, and plugins with problems."""
    from cardiobench.plugins.registry import load_plugins

    plugins = load_plugins()
    if page is not None:
        _write_page(plugins, page, check)
        return
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


def _write_page(plugins: "Plugins", page: Path, check: bool) -> None:
    from cardiobench.foundation.terminal import quieten
    from cardiobench.models.architecture_page import architecture_page

    quieten()
    ours = [s for s, provider in plugins.architectures() if provider.distribution == "cardiobench"]
    remake = f"cardiobench plugins --page {page}"
    report_page(page, architecture_page(ours), check=check, remake=remake)


def _architectures(plugins: "Plugins") -> list[dict[str, Any]]:
    from cardiobench.models.local_weights import weights_place

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
    supplied = [("task", spec.name, provider) for spec, provider in plugins.tasks()]
    supplied += [("pair source", spec.name, provider) for spec, provider in plugins.pair_sources()]
    supplied += [("recipe", spec.name, provider) for spec, provider in plugins.recipes()]
    return [
        {
            "supplies": kind,
            "name": name,
            "plugin": provider.plugin,
            "package": provider.distribution,
            "version": provider.version,
        }
        for kind, name, provider in supplied
        if not provider.is_built_in
    ]


def _everything(plugins: "Plugins") -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "architectures": _architectures(plugins),
        "others": _others(plugins),
        "disabled": [asdict(provider) for provider in plugins.disabled],
        "problems": [asdict(problem) for problem in plugins.problems],
    }
