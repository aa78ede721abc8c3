"""``cardiobench.adapt``: training a model for cardiology."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardiobench.api.planning import DEFAULT_FOLDER, planned, stages_for, task_names
from cardiobench.api.results import ModelResults, load_results
from cardiobench.errors import CardioBenchError
from cardiobench.plugins.executor import Job
from cardiobench.results.entry import Entry
from cardiobench.runs.dispatch import run_here


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapted:
    """What training left.

    Attributes:
        name: of the adapted model.
        revision: hash of adapter, base and recipe.
        folder: what ``SentenceTransformer(folder)`` loads: the adapter, or the whole model.
        results: its scores, and how they differ from the base's where that was evaluated in the
            same folder; None without tasks.
    """

    name: str
    revision: str
    folder: Path
    results: ModelResults | None


def adapt(
    model: str | Path,
    recipe: str | Path = "quick",
    tasks: str | Sequence[str] | None = None,
    *,
    seed: int | None = None,
    output: str | Path = DEFAULT_FOLDER,
    name: str | None = None,
    pooling: str | None = None,
    weights: dict[str, str] | None = None,
    device: str | None = None,
    verbose: bool = True,
    **options: Any,
) -> Adapted:
    """Adapt a model by a recipe, and evaluate base and adapted model; resumes where it stopped.

    Args:
        model: an architecture's name, or a folder (of a peft adapter too: merged first).
        recipe: a preset, a plugin's recipe, or a TOML file.
        tasks: names of tasks to evaluate on; None means the suite, ``()`` means none: train alone.
        seed: training seed; the recipe's own, or 0, by default.
        output: folder of the results, as ``cardiobench run`` lays it out.
        name, pooling, weights, device, verbose, options: as :func:`cardiobench.evaluate` takes
            them.

    Raises:
        CardioBenchError: the model or the recipe is not known, the recipe has several seeds and
            none was chosen, or the model cannot be adapted.
        StageError: the training failed.
    """
    stages, names = stages_for(verbose=verbose), task_names(tasks)
    seeds = () if seed is None else (seed,)
    options |= {"name": name, "pooling": pooling, "device": device, "speed": False}
    jobs = planned(
        model, names, stages, recipes=[str(recipe)], seeds=seeds, weights=weights, **options
    )
    training = _one_training(model, jobs)
    alone = tasks is not None and not names
    chosen = [dataclasses.replace(training, tasks=())] if alone else jobs
    outcome = run_here(chosen, Path(output), stages)
    if outcome.failures:
        raise CardioBenchError(outcome.failures[0])
    last, revision = outcome.entries[-1]
    models = () if alone else load_results(output, of=outcome.entries)
    return Adapted(
        name=last,
        revision=revision,
        folder=Entry(Path(output), last, revision).adapter_folder,
        results=next((model for model in models if model.revision == revision), None),
    )


def _one_training(model: str | Path, jobs: Sequence[Job]) -> Job:
    trainings = [job for job in jobs if job.recipe is not None]
    if len(trainings) != 1:
        what = "it has no lora_targets" if not trainings else "the recipe names several seeds"
        raise CardioBenchError(f"{model} cannot be adapted in one training: {what}.")
    return trainings[0]
