"""``cardiobench validate``: how much of a trained update to keep, without looking at a task."""

from pathlib import Path

import click

from cardiobench.cli.options.output import DEFAULT_OUTPUT, check_writable
from cardiobench.foundation.files import canonical_json
from cardiobench.training.validation_parts import PARTS


@click.command(name="validate")
@click.option("--model", default="minilm", show_default=True, metavar="NAME", help="Architecture.")
@click.option(
    "--recipe",
    "recipe_name",
    default="best",
    show_default=True,
    metavar="NAME|FILE.toml",
    help="What is trained; `adapter_scale` of it is not used.",
)
@click.option("--seed", default=0, show_default=True, help="Training seed.")
@click.option(
    "--scale",
    "scales",
    type=click.FloatRange(min=0, min_open=True, max=10),
    multiple=True,
    default=(0.25, 0.5, 0.75, 1.0),
    show_default=True,
    help="Factor on the trained update; repeat for more.",
)
@click.option(
    "--output",
    default=DEFAULT_OUTPUT,
    show_default=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder of the training; what is done there is not done again.",
)
@click.option("--device", metavar="DEVICE", help="cpu, cuda, cuda:1, mps.  [default: best]")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def command(
    model: str,
    recipe_name: str,
    seed: int,
    scales: tuple[float, ...],
    output: Path,
    device: str | None,
    as_json: bool,
) -> None:
    """Train on a part of the concepts and score shares of the update on the rest.

    One training, then the validation of the base model and of base + scale x update for
    each scale: held-out concepts, written questions, assertions and everyday similarity.
    No task is looked at. Put the scale that you choose into the recipe as `adapter_scale`.
    """
    from cardiobench.foundation.terminal import Stages, quieten
    from cardiobench.plugins.registry import load_plugins
    from cardiobench.training.recipe import load_recipe

    plugins = load_plugins()
    architecture, recipe = plugins.architecture(model), load_recipe(recipe_name)
    check_writable(output)
    quieten()
    from cardiobench.training.scales import validated_scales

    table = validated_scales(
        architecture, recipe, plugins, seed, scales, output, Stages(), device=device
    )
    if as_json:
        click.echo(canonical_json(table))
        return
    from cardiobench.foundation.markdown import own_table

    rows = [
        {"scale": f"{row['scale']:g}", **{k: f"{row[k]:.4f}" for k in (*PARTS, "mean")}}
        for row in table
    ]
    click.echo(own_table(rows))
