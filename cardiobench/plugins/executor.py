"""The interface of an executor, for ours and for those of plugins."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from cardiobench.errors import CardioBenchError, StageError

if TYPE_CHECKING:
    from cardiobench.plugins.job import Job
    from cardiobench.runs.needs import Needs
    from cardiobench.runs.worker import JobOutcome

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]*")


class JobLostError(StageError):
    """The worker or machine that ran a job went away; the job itself may be good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorOptions:
    """What the user asked for.

    Attributes:
        jobs: most jobs at once, or None for as many as fit.
        address: of a cluster that is running already, or None.
        shared_folder: whether workers see the output folder, or None to find out.
    """

    jobs: int | None = None
    address: str | None = None
    shared_folder: bool | None = None


class Handle(Protocol):
    """A job that was handed over."""

    def running(self) -> bool:
        """Whether it has begun; False while it waits in a queue."""

    def done(self) -> bool:
        """Whether it has ended, well or not; answers at once."""

    def outcome(self) -> "JobOutcome":
        """What it left; only called once it is done.

        Raises:
            JobLostError: its worker went away; it is started again, a few times.
            CardioBenchError: it failed.
        """

    def stop(self) -> None:
        """End it now."""


class Executor(Protocol):
    """Hands jobs to something that runs them."""

    def has_room(self, needs: "Needs") -> bool:
        """Whether a job of these needs may be started now; a queue of its own has always room."""

    def start(self, job: "Job", needs: "Needs", output: Path) -> Handle:
        """Hand over a job: have :func:`cardiobench.runs.worker.run_job` called with it."""

    def close(self) -> None:
        """Free what the executor holds; no job is running any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorSource:
    """An executor that can be chosen by name.

    Attributes:
        name: for ``--executor``: lower case, digits, ``.``, ``_``, ``-``.
        build: makes the executor; raises :class:`cardiobench.errors.CardioBenchError` with what to
            do if something is missing.

    Raises:
        CardioBenchError: a field is not allowed; names it.
    """

    name: str
    build: Callable[[ExecutorOptions], Executor]

    def __post_init__(self) -> None:
        for field, good in (
            ("name", isinstance(self.name, str) and bool(_NAME.fullmatch(self.name))),
            ("build", callable(self.build)),
        ):
            if not good:
                raise CardioBenchError(
                    f"ExecutorSource {self.name!r}: {field}={getattr(self, field)!r} is not "
                    "allowed; the docstring of cardiobench.ExecutorSource gives its range."
                )
