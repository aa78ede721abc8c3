"""A grid over recipe fields x architectures x seeds, from a TOML file."""

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from importlib import resources
from pathlib import Path
from typing import Any

from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.foundation.files import parse_toml, read_file
from cardiobench.plugins.executor import Job
from cardiobench.plugins.registry import load_plugins
from cardiobench.plugins.tasks import task_named
from cardiobench.training.recipe import Recipe, load_recipe

_SHIPPED = "cardiobench.runs.sweeps"
_FIELDS = ("models", "recipe", "seeds", "tasks", "grid")


@dataclass(frozen=True, slots=True)
class Point:
    """One point of a sweep: what it varies, and its job.

    Attributes:
        values: recipe field to value, for the fields that the sweep varies.
        job: what to do; zero-shot where ``values`` is empty.
    """

    values: Mapping[str, Any]
    job: Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """What to vary.

    Attributes:
        name: short name, part of the adapted models' names.
        models: architectures.
        recipe: the recipe that every point starts from.
        seeds: training seeds.
        tasks: tasks to evaluate on; none trains and validates only.
        grids: each a mapping of recipe field to its values; the points are all combinations
            within each.
    """

    name: str
    models: tuple[str, ...]
    recipe: str
    seeds: tuple[int, ...]
    tasks: tuple[str, ...]
    grids: tuple[Mapping[str, Sequence[Any]], ...]

    @property
    def varied(self) -> list[str]:
        """The recipe fields that are varied, in the order of the file."""
        return list(dict.fromkeys(field for grid in self.grids for field in grid))

    def points(self, **options: Any) -> list[Point]:
        """Every point, zero-shot models first; all are checked before any runs.

        Args:
            options: other fields of :class:`cardiobench.plugins.executor.Job`.

        Raises:
            CardioBenchError: a point's recipe is not allowed; the message names the values.
        """
        job = Job(model="", tasks=self.tasks, speed=False, **options)
        models = [replace(job, model=model) for model in self.models]
        zero_shot = [Point({}, job) for job in models] if self.tasks else []
        base = load_recipe(self.recipe).to_json()
        combinations = [
            dict(zip(grid, values, strict=True))
            for grid in self.grids
            for values in itertools.product(*grid.values())
        ]
        # What all points have in common says nothing in their names.
        common = set.intersection(*(set(_parts(values)) for values in combinations))
        recipes = [self._recipe(base, values, common) for values in combinations]
        return zero_shot + [
            Point(values, replace(job, recipe=recipe, seed=seed))
            for job in models
            for values, recipe in zip(combinations, recipes, strict=True)
            for seed in self.seeds
        ]

    def _recipe(
        self, base: Mapping[str, Any], values: Mapping[str, Any], common: set[str]
    ) -> dict[str, Any]:
        place = ", ".join(f"{field} = {value!r}" for field, value in values.items())
        parts = [part for part in _parts(values) if part not in common] or ["point"]
        try:
            recipe = Recipe(**{**base, **values, "name": "-".join([self.name, *parts])})
        except CardioBenchError as error:
            raise CardioBenchError(f"Sweep {self.name} at {place}: {error}") from error
        return recipe.to_json()


def _parts(values: Mapping[str, Any]) -> list[str]:
    """Each value in a model's name: numbers with their field, words alone."""
    texts = {f: re.sub(r"[^A-Za-z0-9._-]+", ".", str(v)).strip(".") for f, v in values.items()}
    return [text if isinstance(values[f], str) else f"{f}{text}" for f, text in texts.items()]


def sweep_names() -> list[str]:
    """The names of the sweeps that CardioBench ships, sorted."""
    files = resources.files(_SHIPPED).iterdir()
    return sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml"))


def load_sweep(name_or_path: str) -> Sweep:
    """A shipped sweep by name, or a TOML file by path (all that ends in ``.toml``).

    Raises:
        UnknownNameError: no shipped sweep has that name.
        CardioBenchError: the file cannot be read or parsed, or a field is unknown or wrong; the
            message names file and field.
    """
    if name_or_path.endswith(".toml"):
        path = Path(name_or_path)
        return _parse(read_file(path, "sweep"), name=path.stem, origin=str(path))
    if name_or_path not in sweep_names():
        hint = "A sweep of your own is given as a path that ends in .toml."
        raise UnknownNameError("sweep", name_or_path, sweep_names(), hint=hint)
    text = (resources.files(_SHIPPED) / f"{name_or_path}.toml").read_text(encoding="utf-8")
    return _parse(text, name=name_or_path, origin=f"sweep {name_or_path}")


def _parse(text: str, *, name: str, origin: str) -> Sweep:

    table = parse_toml(text, origin)
    try:
        for field in table:
            if field not in _FIELDS:
                raise UnknownNameError("field", field, _FIELDS)
        sweep = Sweep(
            name=name,
            models=_listed(table, "models", str, ["minilm"]),
            recipe=table.get("recipe", "quick"),
            seeds=_listed(table, "seeds", int, [0]),
            tasks=_listed(table, "tasks", str, []),
            grids=_grids(table.get("grid")),
        )
        for model in sweep.models:
            load_plugins().architecture(model)
        for task in sweep.tasks:
            task_named(task)
        if not isinstance(sweep.recipe, str):
            raise CardioBenchError("recipe is not a text: name a preset, or a TOML file.")
        return sweep
    except CardioBenchError as error:
        raise CardioBenchError(f"{origin}: {error}") from error


def _listed(
    table: Mapping[str, Any], field: str, kind: type, default: list[Any]
) -> tuple[Any, ...]:
    values = table.get(field, default)
    if not isinstance(values, list) or not all(type(value) is kind for value in values):
        example = '["minilm"]' if kind is str else "[0, 1]"
        raise CardioBenchError(f"{field} = {values!r} is not a list such as {example}.")
    if not values and default:
        raise CardioBenchError(f"{field} is empty; name at least one.")
    return tuple(dict.fromkeys(values))


def _grids(value: Any) -> tuple[Mapping[str, Sequence[Any]], ...]:
    known = [f.name for f in fields(Recipe) if f.name != "name" and f.metadata["recorded"]]
    grids = value if isinstance(value, list) else [value]
    for grid in grids:
        values = grid.values() if isinstance(grid, dict) else ()
        if not values or not all(isinstance(value, list) and value for value in values):
            raise CardioBenchError(
                "grid is not a table of recipe fields, each with a list of values: "
                "[[grid]] and below it rank = [8, 16]."
            )
        for name in grid:
            if name not in known:
                raise UnknownNameError("field of a recipe", name, known)
    return tuple(grids)
