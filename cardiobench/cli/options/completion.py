"""What the shell offers after Tab, without any heavy import: models, tasks and recipes."""

from collections.abc import Iterable

import click


def models(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Names of architectures that begin so."""
    from cardiobench.plugins.registry import load_plugins

    return _begin((spec.name for spec, _ in load_plugins().architectures()), begun)


def tasks(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Names of tasks that begin so."""
    from cardiobench.plugins.tasks import known_tasks

    return _begin(known_tasks(), begun)


def recipes(context: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    """Names of recipes that begin so."""
    from cardiobench.training.recipe import recipe_names

    return _begin(recipe_names(), begun)


def _begin(names: Iterable[str], begun: str) -> list[str]:
    return [name for name in names if name.lower().startswith(begun.lower())]
