"""From the arguments of ``evaluate`` and ``adapt`` to the jobs of a run."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cardiobench.errors import UnknownNameError
from cardiobench.foundation.terminal import Stages
from cardiobench.plugins.executor import Job
from cardiobench.runs.folders import Told
from cardiobench.runs.plan import plan

DEFAULT_FOLDER = "cardiobench-runs"
# What only a user can tell of a folder.
_OPTIONS = ("precision", "backend", "trust_remote_code", "allow_pickle", "embedding_cache")
_TOLD = ("name", "pooling", "open_weights", "licence", "reference")


class Quiet(Stages):
    """Says nothing."""

    def say(self, text: str) -> None:
        """Leave a line out."""


def stages_for(*, verbose: bool) -> Stages:
    """Where progress is told."""
    return Stages() if verbose else Quiet()


def task_names(tasks: str | Sequence[str] | None) -> list[str]:
    """One name, or several, as a list."""
    return [tasks] if isinstance(tasks, str) else list(tasks or ())


def planned(
    model: str | Path,
    tasks: Sequence[str],
    stages: Stages,
    *,
    recipes: Sequence[str] = (),
    seeds: Sequence[int] = (),
    weights: Mapping[str, str] | None = None,
    **options: Any,
) -> list[Job]:
    """The jobs of one model.

    Args:
        model: a name; a Path is a folder even where its text could be a hub id.
        tasks: names of tasks; none means the suite.
        stages: where progress is told.
        recipes: how to adapt it, if at all.
        seeds: training seeds.
        weights: name of an architecture, or of an adapter's base, to a folder.
        options: what is told of a folder, and fields of a job.

    Raises:
        CardioBenchError: the model, a task, a recipe or an option is not known.
    """
    told = Told(**{key: options.pop(key, None) for key in _TOLD})
    named = str(model.expanduser().resolve()) if isinstance(model, Path) else model
    unknown = sorted(options.keys() - {*_OPTIONS, "device", "speed"})
    if unknown:
        raise UnknownNameError("option", unknown[0], [*_TOLD, *_OPTIONS])
    return plan(
        models=[named],
        recipes=recipes,
        seeds=seeds,
        tasks=tasks,
        say=stages.say,
        told=told,
        weights=[f"{key}={folder}" for key, folder in (weights or {}).items()],
        **options,
    )
