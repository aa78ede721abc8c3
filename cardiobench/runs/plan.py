"""The jobs of a run: models x recipes x seeds."""

import itertools
import json
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from cardiobench.errors import CardioBenchError
from cardiobench.models.model_folder import folder_architecture, is_folder, with_weights
from cardiobench.plugins.architecture import Architecture, Backend
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
    name: str | None = None,
    pooling: str | None = None,
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
        name: what the model in a folder is called.
        pooling: how a folder's tokens become one embedding, where it does not say so.
        weights: ``NAME=FOLDER``, where a registered architecture's weights lie.
        options: other fields of :class:`cardiobench.plugins.executor.Job`.

    Raises:
        CardioBenchError: a model, a recipe or a task is not known, or a recipe is wrong.
    """
    plugins = load_plugins()
    for problem in plugins.problems:
        say(f"Warning: {problem}")
    folders, models = _folders(models, name, pooling)
    ours = {spec.checkpoint: spec.name for spec, _ in plugins.architectures()}
    loaded = [load_recipe(recipe) for recipe in dict.fromkeys(recipes)]
    groups = _groups(models, loaded, folders)
    named = [[ours.get(model, model) for model in group] for group in groups]
    names = list(dict.fromkeys(itertools.chain.from_iterable(named)))
    if options.get("backend") == Backend.OPENVINO:
        _refuse_foreign(names)
    known = {model: plugins.architecture(model) for model in names if "/" not in model}
    placed = _placed(known, folders, weights)
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


def _folders(
    models: Sequence[str], name: str | None, pooling: str | None
) -> tuple[dict[str, Architecture], list[str]]:
    """Specifications of the models that are folders, and the names of the others."""
    paths = [model for model in models if is_folder(model)]
    if (name or pooling) and len(paths) != 1:
        raise CardioBenchError("--name and --pooling are of one folder: give one --model FOLDER.")
    specs = [folder_architecture(path, name=name, pooling=pooling) for path in paths]
    return {spec.name: spec for spec in specs}, [m for m in models if m not in paths]


def _placed(
    known: Mapping[str, Architecture], folders: Mapping[str, Architecture], weights: Sequence[str]
) -> dict[str, Architecture]:
    """Architectures whose weights lie in a folder: models of folders, then those of --weights."""
    placed = dict(folders)
    for name in folders:
        if name in {spec.name for spec, _ in load_plugins().architectures()}:
            raise CardioBenchError(f"A plugin has a model named {name}. Give another: --name NAME")
    for option in weights:
        name, _, folder = option.partition("=")
        if name not in known or not folder:
            raise CardioBenchError(
                f"--weights {option}: give NAME=FOLDER, with a NAME that --model names too."
            )
        placed[name] = with_weights(known[name], folder)
    return placed


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
