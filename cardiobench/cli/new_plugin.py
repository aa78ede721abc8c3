"""``cardiobench new-plugin``: the start of a package that adds a model."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cardiobench.cli.options.folder import pooling_option
from cardiobench.errors import CardioBenchError

if TYPE_CHECKING:
    from cardiobench.plugins.template import Facts


@click.command(name="new-plugin")
@click.argument("name")
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="Where to write the package.  [default: NAME]",
)
@click.option(
    "--checkpoint",
    metavar="ORG/MODEL",
    help="The model on the hub.  [default: BAAI/bge-base-en-v1.5, filled in and ready to run]",
)
@click.option(
    "--from",
    "source",
    metavar="FOLDER",
    help="A folder that holds the model: its files give the specification.",
)
@pooling_option
@click.option("--licence", metavar="SPDX", help="Licence of a folder's weights.")
def command(
    name: str,
    folder: Path | None,
    checkpoint: str | None,
    source: str | None,
    pooling: str | None,
    licence: str | None,
) -> None:
    """Write a package that adds the model NAME: specification, test, pyproject, README."""
    from cardiobench.plugins.template import Facts, check_name, facts_of, module_name, write_plugin

    check_name(name)
    target = folder or Path(name)
    if source:
        facts = _facts_in(source, checkpoint or f"local/{name}", pooling, licence)
    else:
        facts = facts_of(checkpoint) if checkpoint else Facts()
    for path in write_plugin(name, target, facts):
        click.echo(f"Written: {target / path}")
    if facts.unknown:
        module = target / f"{module_name(name)}.py"
        click.echo(f"Fill in, in {module}: {', '.join(facts.unknown)}.")
    click.echo(
        f"Then type:\n  pip install -e '{target}[test]'\n  cardiobench plugins\n"
        f"  pytest {target}\n  cardiobench run --model {name}"
    )


def _facts_in(source: str, checkpoint: str, pooling: str | None, licence: str | None) -> "Facts":
    """What the files of a folder say of its model."""
    from dataclasses import replace

    from cardiobench.foundation.terminal import quieten
    from cardiobench.models.adapter_folder import is_adapter, model_in_folder
    from cardiobench.plugins.template import facts_in

    quieten()
    if is_adapter(source):
        raise CardioBenchError(
            f"{source} holds an adapter, and a plugin is about a whole model. Run it as it is: "
            f"cardiobench run --model {source}"
        )
    spec = model_in_folder(source, name=checkpoint, pooling=pooling)
    return facts_in(replace(spec, licence=licence or spec.licence))
