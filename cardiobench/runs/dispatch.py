"""Doing the jobs of a run: in this process one after the other, or by an executor."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cardiobench.errors import CardioBenchError, StageError
from cardiobench.foundation.processes import from_first, rank, world_size
from cardiobench.foundation.terminal import Stages
from cardiobench.models.baselines import BASELINES
from cardiobench.plugins.executor import ExecutorOptions, Job, JobOutcome
from cardiobench.plugins.registry import Plugins, load_plugins
from cardiobench.runs.coordinator import Coordinator
from cardiobench.runs.executors import build_executor
from cardiobench.runs.executors.local import cards
from cardiobench.runs.record import JobRecord, JobState, is_recorded_complete
from cardiobench.runs.resolve import resolve
from cardiobench.runs.runner import Runner
from cardiobench.runs.view import job_view
from cardiobench.runs.worker import carry_out


def dispatch(
    jobs: Sequence[Job], output: Path, options: ExecutorOptions, stages: Stages
) -> JobOutcome:
    """Do jobs: those of one model with one recipe here, more of them in processes of their own.

    Args:
        jobs: what to do, each model's zero-shot job first.
        output: folder of the results.
        options: where jobs run.
        stages: where progress is shown.

    Raises:
        CardioBenchError: the first failure, if the jobs left nothing; or this process is one of
            several that train together, and there is more to do than one training.
    """
    if options.is_default and len(jobs) <= 2 and len({job.model for job in jobs}) == 1:
        return run_here(jobs, output, stages)
    if world_size() > 1:
        raise CardioBenchError(
            "Several processes train one model together: give one model, one recipe and one seed, "
            "and leave --jobs, --executor and --timeout out."
        )
    states, left = run_apart(jobs, output, options)
    outcome = JobOutcome(stages_done=left)
    for job in jobs:
        outcome += states[job.key].outcome(job.label)
    if outcome.failures and not outcome.entries:
        raise StageError(outcome.failures[0])
    return outcome


def baseline_jobs(job: Job) -> list[Job]:
    """The baselines on the tasks of a job."""
    return [replace(job, model=name, recipe=None) for name in BASELINES]


def run_here(
    jobs: Sequence[Job], output: Path, stages: Stages, plugins: Plugins | None = None
) -> JobOutcome:
    """Do jobs in this process; a model's other jobs are not tried once one of them left nothing.

    Args:
        jobs: what to do.
        output: folder of the results.
        stages: where progress is shown.
        plugins: where models come from; those installed by default.

    Raises:
        CardioBenchError: the first failure, if the jobs left nothing.
    """
    plugins = plugins or load_plugins()
    if rank():
        _help_to_train(jobs, output, stages, plugins)
        return JobOutcome()
    outcome = JobOutcome()
    errors: dict[str, CardioBenchError] = {}
    for job in jobs:
        if job.model in errors:
            continue
        try:
            outcome += carry_out(job, output, stages, plugins)
        except CardioBenchError as error:
            if world_size() > 1:
                raise  # the others may be in the middle of a training that cannot go on
            errors[job.model] = error
            outcome += JobOutcome(failures=(str(error),))
    if errors and not outcome.entries:
        raise next(iter(errors.values()))
    if any(job.recipe for job in jobs):
        from_first("", jobs[0].device)
    return outcome


def _help_to_train(jobs: Sequence[Job], output: Path, stages: Stages, plugins: Plugins) -> None:
    """What a process does that is not the first: take part in trainings until there is none."""
    trainings = {job.key: job for job in jobs if job.recipe is not None}
    while trainings and (key := from_first("", jobs[0].device)):
        Runner(resolve(trainings[key], output, plugins), stages).help_to_train()


def run_apart(
    jobs: Sequence[Job], output: Path, options: ExecutorOptions
) -> tuple[dict[str, JobState], int]:
    """Have an executor do the jobs that are not done yet.

    Timings of models that share a machine's cores say nothing, so these jobs are timed afterwards,
    one by one.

    Returns:
        The state of each job by its key, and how many were not done before.

    Raises:
        CardioBenchError: the executor cannot be had.
    """
    crowded = options.executor == "local" and (options.jobs or 1) > 1 and not cards()
    if not crowded:
        return _coordinate(jobs, output, options)
    untimed = {job.key: replace(job, speed=False) for job in jobs}
    states, left = _coordinate(list(untimed.values()), output, options)
    done = [job for job in jobs if states[untimed[job.key].key].state == "done"]
    timed, timings = _coordinate([j for j in done if j.speed], output, replace(options, jobs=1))
    first = {job.key: states[untimed[job.key].key] for job in jobs}
    return {**first, **timed}, left + timings


def _coordinate(
    jobs: Sequence[Job], output: Path, options: ExecutorOptions
) -> tuple[dict[str, JobState], int]:
    states = {job.key: JobRecord(job.folder(output)).state() for job in jobs}
    left = [job for job in jobs if not is_recorded_complete(job, output)]
    if left:
        executor = build_executor(options)
        timeout_s = options.timeout_min * 60 if options.timeout_min else None
        with job_view(output, len(left)) as view:
            states |= Coordinator(output, executor, view, timeout_s).run(left)
    return states, len(left)
