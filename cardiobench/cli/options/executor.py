"""The options that say where jobs run, and running them: for ``run`` and ``sweep``."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from cardiobench.plugins.executor import Job
    from cardiobench.runs.record import JobState

_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Where:
    """Where jobs run, as typed.

    Attributes:
        executor: name of the executor.
        jobs: most jobs at once, or None for as many as fit.
        address: of a running cluster, or None.
        shared_folder: whether workers see the output folder, or None to find out.
        timeout_min: minutes that a job may take, or None.
    """

    executor: str
    jobs: int | None
    address: str | None
    shared_folder: bool | None
    timeout_min: float | None

    @property
    def is_default(self) -> bool:
        """Whether nothing was asked for, so that one model may run in this process."""
        return self.executor == "local" and self.jobs is None and self.timeout_min is None


def executor_options(command: _F) -> _F:
    """Add ``--executor``, ``--jobs``, ``--address``, ``--shared-folder`` and ``--timeout``."""
    options = (
        click.option(
            "--executor",
            default="local",
            show_default=True,
            metavar="NAME",
            help="What runs the jobs: local, ray, or a plugin's executor.",
        ),
        click.option(
            "--jobs",
            type=click.IntRange(min=1),
            metavar="N",
            help="Most jobs at once; cores, GPUs and memory are shared out.  [default: one, or one "
            "a GPU]",
        ),
        click.option("--address", metavar="ADDRESS", help="A running cluster, for --executor ray."),
        click.option(
            "--shared-folder/--no-shared-folder",
            default=None,
            help="Whether a cluster's workers see the output folder.  [default: found out]",
        ),
        click.option(
            "--timeout",
            "timeout_min",
            type=click.FloatRange(min=0, min_open=True),
            metavar="MINUTES",
            help="Stop a job that is not done by then, and go on with the next.",
        ),
    )
    for option in reversed(options):
        command = option(command)
    return command


def run_jobs(
    jobs: Sequence["Job"], output: Path, where: Where
) -> "tuple[dict[str, JobState], int]":
    """Do jobs that are not done yet; gives the state of each by its key, and how many were left.

    Timings of models that share a machine's cores say nothing, so these jobs are timed afterwards,
    one by one.

    Raises:
        CardioBenchError: the executor cannot be had.
    """
    from cardiobench.runs.executors.local import cards

    crowded = where.executor == "local" and (where.jobs or 1) > 1 and not cards()
    if not crowded:
        return _coordinate(jobs, output, where)
    untimed = {job.key: replace(job, speed=False) for job in jobs}
    states, ran = _coordinate(list(untimed.values()), output, where)
    done = [job for job in jobs if states[untimed[job.key].key].state == "done"]
    timed, timings = _coordinate([j for j in done if j.speed], output, replace(where, jobs=1))
    first = {job.key: states[untimed[job.key].key] for job in jobs}
    return {**first, **timed}, ran + timings


def _coordinate(
    jobs: Sequence["Job"], output: Path, where: Where
) -> "tuple[dict[str, JobState], int]":
    from cardiobench.plugins.executor import ExecutorOptions
    from cardiobench.runs.coordinator import Coordinator
    from cardiobench.runs.executors import build_executor
    from cardiobench.runs.record import JobRecord, is_complete
    from cardiobench.runs.view import job_view

    states = {job.key: JobRecord(job.folder(output)).state() for job in jobs}
    left = [job for job in jobs if not is_complete(job, states[job.key], output)]
    if left:
        options = ExecutorOptions(
            jobs=where.jobs, address=where.address, shared_folder=where.shared_folder
        )
        executor = build_executor(where.executor, options)
        timeout_s = where.timeout_min * 60 if where.timeout_min else None
        with job_view(output, len(left)) as view:
            coordinator = Coordinator(output, executor, view, timeout_s)
            states |= coordinator.run(left)
    return states, len(left)
