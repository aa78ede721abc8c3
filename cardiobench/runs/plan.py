"""The jobs of a run: models x recipes x seeds."""

import itertools
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict
from typing import Any

from cardiobench.errors import CardioBenchError
from cardiobench.models.model_folder import is_folder
from cardiobench.plugins.architecture import Architecture, Backend
from cardiobench.plugins.executor import Job
from cardiobench.plugins.registry import load_plugins
from cardiobench.plugins.tasks import task_named
from cardiobench.runs.folders import Told, folder_models, given_folders, placed_models
from cardiobench.training.recipe import Recipe, load_recipe
from cardiobench_tasks.catalogue import SUITE

DEFAULT_MODEL = "minilm"
NOTHING = Told()


def plan(
    *,
    models: Sequence[str],
    recipes: Sequence[str],
    seeds: Sequence[int],
    tasks: Sequence[str],
    say: Callable[[str], None],
    told: Told = NOTHING,
    weights: Sequence[str] = (),
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
        told: what the user says of the one model that is a folder.
        weights: ``NAME=FOLDER``, where a registered architecture's weights lie, or the base of an
            adapter.
        options: other fields of :class:`cardiobench.plugins.executor.Job`.

    Raises:
        CardioBenchError: a model, a recipe or a task is not known, or a recipe is wrong.
    """
    plugins = load_plugins()
    for problem in plugins.problems:
        say(f"Warning: {problem}")
    given, everything = given_folders(weights), models
    folders = folder_models(models, told, given, say)
    models = [model for model in models if not is_folder(model)]
    ours = {spec.checkpoint: spec.name for spec, _ in plugins.architectures()}
    loaded = [load_recipe(recipe) for recipe in dict.fromkeys(recipes)]
    groups = _groups(models, loaded, folders)
    named = [[ours.get(model, model) for model in group] for group in groups]
    names = list(dict.fromkeys(itertools.chain.from_iterable(named)))
    if options.get("backend") == Backend.OPENVINO:
        _refuse_foreign(names)
    known = {model: plugins.architecture(model) for model in names if "/" not in model}
    placed = {**folders, **placed_models(known, given, everything)}
    known |= placed
    names += list(folders)
    named = [[*group, *folders] for group in named]
    specs = [task_named(name) for name in dict.fromkeys(tasks)] or SUITE
    options["tasks"] = tuple(spec.name for spec in specs)
    jobs: list[Job] = []
    for model in names:
        options["architecture"] = _as_json(placed[model]) if model in placed else None
        jobs.append(Job(model=model, **options))
        if loaded and options.get("backend") == Backend.OPENVINO:
            say(f"{model}: zero-shot only, adapters are trained and evaluated with torch.")
        elif loaded and model in known and not known[model].lora_targets:
            say(f"{model}: zero-shot only, it has no lora_targets.")
        elif model in known:
            jobs += [
                Job(model=model, recipe=recipe.to_json(), seed=seed, **options)
                for recipe, adapted in zip(loaded, named, strict=False)
                if model in adapted
                for seed in dict.fromkeys(seeds or recipe.seeds or (0,))
            ]
    return jobs


def _groups(
    models: Sequence[str], recipes: Sequence[Recipe], folders: Collection[str]
) -> list[Sequence[str]]:
    """The models of each recipe, folders apart; without recipes, those that run zero-shot."""
    own = [recipe.models for recipe in recipes] or [()]
    if folders:
        return [models for _ in own]
    return [models or group or (DEFAULT_MODEL,) for group in own]


def _as_json(architecture: Architecture) -> dict[str, Any]:
    """What a job's file will hold, so that equal jobs have equal keys."""
    values: dict[str, Any] = json.loads(json.dumps(asdict(architecture)))
    return values


def _refuse_foreign(names: Sequence[str]) -> None:
    for name in names:
        if "/" in name:
            raise CardioBenchError(
                f"--backend openvino runs the models of plugins only, and no plugin has {name}. "
                "Leave --backend out, or type: cardiobench new-plugin"
            )
