"""``cardiobench new-plugin``: the start of a package that adds a model."""

from pathlib import Path

import click


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
def command(name: str, folder: Path | None, checkpoint: str | None) -> None:
    """Write a package that adds the model NAME: specification, test, pyproject, README."""
    from cardiobench.plugins.template import Facts, check_name, facts_of, module_name, write_plugin

    check_name(name)
    facts = facts_of(checkpoint) if checkpoint else Facts()
    target = folder or Path(name)
    for path in write_plugin(name, target, facts):
        click.echo(f"Written: {target / path}")
    if facts.unknown:
        module = target / f"{module_name(name)}.py"
        click.echo(f"Fill in, in {module}: {', '.join(facts.unknown)}.")
    click.echo(
        f"Then type:\n  pip install -e '{target}[test]'\n  cardiobench plugins\n"
        f"  pytest {target}\n  cardiobench run --model {name}"
    )
