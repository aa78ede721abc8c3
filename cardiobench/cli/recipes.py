"""``cardiobench recipes``: what ``run --recipe`` takes by name, and the page about its fields."""

import json
from pathlib import Path

import click

from cardiobench.cli.options.page import report_page


@click.command(name="recipes")
@click.option(
    "--page",
    type=click.Path(path_type=Path, dir_okay=False, exists=True),
    help="Write the tables of all fields into a Markdown page instead, between its marks.",
)
@click.option("--check", is_flag=True, help="With --page: write nothing; exit 1 if it is stale.")
@click.option("--json", "as_json", is_flag=True, help="Print every field as JSON, for scripts.")
def command(page: Path | None, check: bool, as_json: bool) -> None:
    """List the recipes that can be named, with what differs from the defaults."""
    if page is not None:
        _write_page(page, check)
        return
    from dataclasses import asdict, fields

    from cardiobench.training.recipe import load_recipe, recipe_names
    from cardiobench.training.recipe_fields import is_default

    if as_json:
        loaded = {name: asdict(load_recipe(name)) for name in recipe_names()}
        click.echo(json.dumps(loaded, indent=1, default=list))
        return
    for name in recipe_names():
        recipe = load_recipe(name)
        click.echo(name)
        for field in fields(recipe):
            value = getattr(recipe, field.name)
            if field.name != "name" and not is_default(field, value):
                shown = ", ".join(map(str, value)) if isinstance(value, tuple) else value
                click.echo(f"  {field.name} = {shown}")


def _write_page(page: Path, check: bool) -> None:
    from cardiobench.training.recipe_page import with_tables

    text = with_tables(page.read_text(encoding="utf-8"))
    report_page(page, text, check=check, remake=f"cardiobench recipes --page {page}")
