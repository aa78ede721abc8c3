"""From a job, which any machine may hold, to what a runner here is asked to do."""

from pathlib import Path

from cardiobench.plugins.architecture import Backend, Precision
from cardiobench.plugins.executor import Job
from cardiobench.plugins.registry import load_plugins
from cardiobench.plugins.tasks import task_named
from cardiobench.runs.summary import RunRequest
from cardiobench.training.recipe import Recipe


def resolve(job: Job, output: Path) -> RunRequest:
    """What a runner is asked to do.

    Args:
        job: what to do.
        output: folder of the results.

    Raises:
        CardioBenchError: this machine does not know the model, a task or the recipe's options;
            the message names it.
    """
    foreign = "/" in job.model
    own = () if foreign else (load_plugins().architecture(job.model),)
    return RunRequest(
        architectures=own,
        foreign=(job.model,) if foreign else (),
        recipe=Recipe(**job.recipe) if job.recipe is not None else None,
        zero_shot=job.recipe is None,
        seed=job.seed,
        tasks=tuple(task_named(name) for name in job.tasks),
        output=output,
        speed=job.speed,
        baselines=False,
        device=job.device,
        trust_remote_code=job.trust_remote_code,
        allow_pickle=job.allow_pickle,
        precision=Precision(job.precision) if job.precision else None,
        backend=Backend(job.backend),
        embedding_cache=job.embedding_cache,
        mteb_medical=job.mteb_medical,
        report_to=job.report_to,
    )
