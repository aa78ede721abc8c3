"""The jobs of a run: models x recipes x seeds."""

import itertools
import json
from collections.abc import Callable, Collection, Sequence
from dataclasses import asdict, replace
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
        models: architectures, or hub ids (zero-shot only); none means the recipes' own, or minilm.
        recipes: presets, plugins' recipes or TOML files.
        seeds: training seeds; none means those that each recipe names, or 0.
        tasks: tasks to evaluate on; none means the suite.
        say: told of plugins that could not be used, and of models that cannot be adapted.
        told: what the user says of the one model that is a folder.
        weights: ``NAME=FOLDER``, where a registered architecture's weights lie, or the base of an
            adapter.
        options: other fields of :class:`~cardiobench.plugins.executor.Job`.

    Raises:
        CardioBenchError: a model, a recipe or a task is not known, or a recipe is wrong.
    """
    for problem in load_plugins().problems:
        say(f"Warning: {problem}")
    given = given_folders(weights)
    folders = folder_models(models, told, given, say)
    loaded = [load_recipe(recipe) for recipe in dict.fromkeys(recipes)]
    groups = _groups([model for model in models if not is_folder(model)], loaded, folders)
    names = list(dict.fromkeys(itertools.chain.from_iterable(groups)))
    known = _known(names, options.get("backend"))
    placed = {**folders, **placed_models(known, given, models)}
    known |= placed
    specs = [task_named(name) for name in dict.fromkeys(tasks)] or SUITE
    options["tasks"] = tuple(spec.name for spec in specs)
    jobs: list[Job] = []
    for model in [*names, *folders]:
        options["architecture"] = _as_json(placed[model]) if model in placed else None
        jobs.append(Job(model=model, **options))
        if loaded and (obstacle := _obstacle(known.get(model), options.get("backend"))):
            say(f"{model}: zero-shot only, {obstacle}.")
        elif model in known:
            own = [r for r, g in zip(loaded, groups, strict=False) if model in [*g, *folders]]
            jobs += _adapted(jobs[-1], own, seeds)
    return jobs


def _adapted(job: Job, recipes: Sequence[Recipe], seeds: Sequence[int]) -> list[Job]:
    """A zero-shot job by every recipe with every seed."""
    return [
        replace(job, recipe=recipe.to_json(), seed=seed)
        for recipe in recipes
        for seed in dict.fromkeys(seeds or recipe.seeds or (0,))
    ]


def _obstacle(architecture: Architecture | None, backend: str | None) -> str:
    """Why a model of a plugin cannot be adapted, or ``""``."""
    if backend == Backend.OPENVINO:
        return "adapters are trained and evaluated with torch"
    if architecture is not None and not architecture.lora_targets:
        return "it has no lora_targets"
    return ""


def _groups(
    models: Sequence[str], recipes: Sequence[Recipe], folders: Collection[str]
) -> list[Sequence[str]]:
    """The models of each recipe, folders apart; without recipes, those that run zero-shot.

    A checkpoint of a plugin's architecture is known by the architecture's name.
    """
    own = [recipe.models for recipe in recipes] or [()]
    groups = [models or ([] if folders else group or (DEFAULT_MODEL,)) for group in own]
    ours = {spec.checkpoint: spec.name for spec, _ in load_plugins().architectures()}
    return [[ours.get(model, model) for model in group] for group in groups]


def _as_json(architecture: Architecture) -> dict[str, Any]:
    """What a job's file will hold, so that equal jobs have equal keys."""
    values: dict[str, Any] = json.loads(json.dumps(asdict(architecture)))
    return values


def _known(names: Sequence[str], backend: str | None) -> dict[str, Architecture]:
    """The architectures of plugins among the names; the others are hub ids, which mteb loads."""
    foreign = [name for name in names if "/" in name]
    if foreign and backend == Backend.OPENVINO:
        raise CardioBenchError(
            f"--backend openvino runs the models of plugins only, and no plugin has {foreign[0]}. "
            "Leave --backend out, or type: cardiobench new-plugin"
        )
    return {name: load_plugins().architecture(name) for name in names if name not in foreign}
