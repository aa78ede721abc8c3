"""From a job, which any machine may hold, to what it means on this one."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cardiobench.errors import CardioBenchError
from cardiobench.models.checkpoint import pinned
from cardiobench.plugins.architecture import Architecture, Backend, Precision
from cardiobench.plugins.executor import Job
from cardiobench.plugins.registry import Plugins
from cardiobench.plugins.tasks import task_named
from cardiobench.training.recipe import Recipe

if TYPE_CHECKING:
    from cardiobench_tasks.catalogue import TaskSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedJob:
    """A job with what its names stand for.

    Attributes:
        job: what to do.
        output: folder of the results.
        plugins: where encoders come from.
        tasks: the tasks to evaluate on.
        usual: the architecture as its plugin supplies it, or None for a model that no plugin has.
        architecture: the same with its commit, number format and backend as the job says.
        recipe: how to adapt, or None for zero-shot.
    """

    job: Job
    output: Path
    plugins: Plugins
    tasks: "tuple[TaskSpec, ...]"
    usual: Architecture | None
    architecture: Architecture | None
    recipe: Recipe | None

    @property
    def name(self) -> str:
        """What the entry is called, without an organisation if it is adapted."""
        name = self.architecture.name if self.architecture else self.job.model
        return f"{name}-{self.recipe.name}-seed{self.job.seed}" if self.recipe else name


def resolve(job: Job, output: Path, plugins: Plugins) -> ResolvedJob:
    """What a job means on this machine.

    Args:
        job: what to do.
        output: folder of the results.
        plugins: where architectures come from.

    Raises:
        CardioBenchError: this machine does not know the model, a task or the recipe's options, or
            the model cannot be adapted; the message names it.
    """
    usual = None
    if job.architecture is not None:
        usual = Architecture.from_json(job.architecture)
    elif not job.is_foreign:
        usual = plugins.architecture(job.model)
    if job.recipe is not None and not (usual and usual.lora_targets):
        raise CardioBenchError(f"{job.model} is zero-shot only, it has no lora_targets.")
    architecture = None
    if usual is not None:
        architecture = pinned(usual)
        precision = Precision(job.precision) if job.precision else architecture.precision
        architecture = architecture.at(precision).on(Backend(job.backend))
    return ResolvedJob(
        job=job,
        output=output,
        plugins=plugins,
        tasks=tuple(task_named(name) for name in job.tasks),
        usual=usual,
        architecture=architecture,
        recipe=Recipe(**job.recipe) if job.recipe is not None else None,
    )
