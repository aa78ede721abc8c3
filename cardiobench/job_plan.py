"""The jobs of a run: models x recipes x seeds."""

from collections.abc import Callable, Sequence
from typing import Any

from cardiobench.architecture import Backend
from cardiobench.errors import CardioBenchError
from cardiobench.job import Job
from cardiobench.known_tasks import task_named
from cardiobench.plugins import load_plugins
from cardiobench.recipe import load_recipe
from cardiobench_tasks.catalogue import SUITE


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
        models: architectures, or hub ids of models that mteb loads, which run zero-shot only.
        recipes: presets, plugins' recipes or TOML files.
        seeds: training seeds.
        tasks: tasks to evaluate on; none means the suite.
        say: told of plugins that could not be used, and of models that cannot be adapted.
        options: other fields of :class:`cardiobench.job.Job`.

    Raises:
        CardioBenchError: a model, a recipe or a task is not known, or a recipe is wrong.
    """
    plugins = load_plugins()
    for problem in plugins.problems:
        say(f"Warning: {problem}")
    ours = {spec.checkpoint: spec.name for spec, _ in plugins.architectures()}
    names = list(dict.fromkeys(ours.get(name, name) for name in models))
    if options.get("backend") == Backend.OPENVINO:
        _refuse_foreign(names)
    known = {name: plugins.architecture(name) for name in names if "/" not in name}
    loaded = [load_recipe(recipe).to_json() for recipe in dict.fromkeys(recipes)]
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
                Job(model=name, recipe=recipe, seed=seed, **options)
                for recipe in loaded
                for seed in dict.fromkeys(seeds)
            ]
    return jobs


def _refuse_foreign(names: Sequence[str]) -> None:
    for name in names:
        if "/" in name:
            raise CardioBenchError(
                f"--backend openvino runs the models of plugins only, and no plugin has {name}. "
                "Leave --backend out, or type: cardiobench new-plugin"
            )
