"""The jobs of a run: models x recipes x seeds."""

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from cardiobench.errors import CardioBenchError
from cardiobench.plugins.architecture import Backend
from cardiobench.plugins.executor import Job
from cardiobench.plugins.registry import load_plugins
from cardiobench.plugins.tasks import task_named
from cardiobench.training.recipe import Recipe, load_recipe
from cardiobench_tasks.catalogue import SUITE

DEFAULT_MODEL = "minilm"


def plan(
    *,
    models: Sequence[str],
    recipes: Sequence[str],
    seeds: Sequence[int],
    tasks: Sequence[str],
    say: Callable[[str], None],
    **options: Any,
) -> list[Job]:
    """Each model zero-shot, then by every recipe with every seed; everything is checked first.

    Args:
        models: architectures, or hub ids of models that mteb loads, which run zero-shot only; none
            means those that the recipes name, or minilm.
        recipes: presets, plugins' recipes or TOML files.
        seeds: training seeds; none means those that each recipe names, or 0.
        tasks: tasks to evaluate on; none means the suite.
        say: told of plugins that could not be used, and of models that cannot be adapted.
        options: other fields of :class:`cardiobench.plugins.executor.Job`.

    Raises:
        CardioBenchError: a model, a recipe or a task is not known, or a recipe is wrong.
    """
    plugins = load_plugins()
    for problem in plugins.problems:
        say(f"Warning: {problem}")
    ours = {spec.checkpoint: spec.name for spec, _ in plugins.architectures()}
    loaded = [load_recipe(recipe) for recipe in dict.fromkeys(recipes)]
    named = [[ours.get(m, m) for m in group] for group in _groups(models, loaded)]
    names = list(dict.fromkeys(itertools.chain.from_iterable(named)))
    if options.get("backend") == Backend.OPENVINO:
        _refuse_foreign(names)
    known = {name: plugins.architecture(name) for name in names if "/" not in name}
    specs = [task_named(name) for name in dict.fromkeys(tasks)] or SUITE
    options["tasks"] = tuple(spec.name for spec in specs)
    jobs: list[Job] = []
    for name in names:
        jobs.append(Job(model=name, **options))
        if loaded and options.get("backend") == Backend.OPENVINO:
            say(f"{name}: zero-shot only, adapters are trained and evaluated with torch.")
        elif loaded and name in known and not known[name].lora_targets:
            say(f"{name}: zero-shot only, it has no lora_targets.")
        elif name in known:
            jobs += [
                Job(model=name, recipe=recipe.to_json(), seed=seed, **options)
                for recipe, adapted in zip(loaded, named, strict=False)
                if name in adapted
                for seed in dict.fromkeys(seeds or recipe.seeds or (0,))
            ]
    return jobs


def _groups(models: Sequence[str], recipes: Sequence[Recipe]) -> list[Sequence[str]]:
    """The models of each recipe; without recipes, those that run zero-shot."""
    own = [recipe.models for recipe in recipes] or [()]
    return [models or group or (DEFAULT_MODEL,) for group in own]


def _refuse_foreign(names: Sequence[str]) -> None:
    for name in names:
        if "/" in name:
            raise CardioBenchError(
                f"--backend openvino runs the models of plugins only, and no plugin has {name}. "
                "Leave --backend out, or type: cardiobench new-plugin"
            )
