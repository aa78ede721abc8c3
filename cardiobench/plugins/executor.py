"""The interface of an executor, for ours and for those of plugins: jobs, needs, outcomes."""

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Protocol

from cardiobench.errors import CardioBenchError, StageError
from cardiobench.foundation.fields import check_fields, limits
from cardiobench.foundation.files import canonical_json, sha256_text
from cardiobench.plugins.architecture import SHORT_NAME, Backend

JOBS = "jobs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Everything that a machine needs to know to do one piece of a run; no job knows who runs it.

    Attributes:
        model: name of an architecture, or hub id of a model that mteb loads.
        tasks: names of the tasks to evaluate on.
        recipe: every option of the recipe to adapt by, or None for zero-shot.
        seed: training seed.
        speed: whether to time the model.
        device: torch device, or None for the best at hand.
        precision: number format of the weights, or None for the architecture's own.
        backend: what computes the network.
        trust_remote_code: whether code from the hub may run.
        allow_pickle: whether weights published as a pickle only may be read.
        embedding_cache: whether embeddings are kept for, and taken from, other runs.
        mteb_medical: whether to run mteb's own medical tasks too.
        report_to: trackers that trainings report to.
        architecture: the specification of a model that lies in a folder, as JSON values, or None
            where a plugin supplies it.
    """

    model: str
    tasks: tuple[str, ...]
    recipe: Mapping[str, Any] | None = None
    seed: int = 0
    speed: bool = True
    device: str | None = None
    precision: str | None = None
    backend: str = Backend.TORCH.value
    trust_remote_code: bool = False
    allow_pickle: bool = False
    embedding_cache: bool = True
    mteb_medical: bool = False
    report_to: tuple[str, ...] = ()
    architecture: Mapping[str, Any] | None = None

    def __post_init__(self) -> None:
        check_fields(self)

    @property
    def is_foreign(self) -> bool:
        """Whether no plugin supplies the model: mteb loads it, or it is a baseline."""
        return "/" in self.model

    @property
    def is_timed(self) -> bool:
        """Whether the model is to be timed; foreign ones never are."""
        return self.speed and not self.is_foreign

    @property
    def label(self) -> str:
        """What people call it: ``minilm zero-shot``, ``minilm quick seed 0``."""
        other = self.backend if self.backend != Backend.TORCH else None
        name = "-".join(part for part in (self.model, self.precision, other) if part)
        if self.recipe is None:
            return f"{name} zero-shot"
        return f"{name} {self.recipe['name']} seed {self.seed}"

    @property
    def key(self) -> str:
        """What tells jobs apart: a hash of all fields, 12 characters."""
        return sha256_text(canonical_json(self.to_json()))[:12]

    def folder(self, output: Path) -> Path:
        """Where the job's state, progress and log are, below the output folder."""
        slug = re.sub(r"[^A-Za-z0-9._-]+", "-", self.label)
        return output / JOBS / f"{slug}-{self.key}"

    def to_json(self) -> dict[str, Any]:
        """The job as JSON values."""
        values = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}
        if self.architecture is None:
            del values["architecture"]  # the keys of jobs stay what they were
        return values

    @classmethod
    def from_json(cls, values: Any) -> "Job":
        """The job that :meth:`to_json` gave.

        Raises:
            CardioBenchError: it is not a job, or one of another version.
        """
        known = {spec.name for spec in fields(cls)}
        if not isinstance(values, dict) or not {"model", "tasks"} <= values.keys() <= known:
            raise CardioBenchError(
                "This is not a job of this version of CardioBench: its fields are "
                f"{', '.join(sorted(known))}. Type the command that made it again."
            )
        return cls(**values)


@dataclass(frozen=True, slots=True)
class Needs:
    """What a job takes.

    Attributes:
        memory_bytes: main memory, or a card's if it runs on one; an estimate on the high side.
        gpu_share: part of one card, 0.25 or 1, where there are cards.
    """

    memory_bytes: int
    gpu_share: float


@dataclass(frozen=True, slots=True)
class JobOutcome:
    """What came of a job, or of several.

    Attributes:
        entries: name and revision of each entry that it leaves.
        failures: what failed, a line each.
        stages_done: how much was not done before.
    """

    entries: tuple[tuple[str, str], ...] = ()
    failures: tuple[str, ...] = ()
    stages_done: int = 0

    def __add__(self, other: "JobOutcome") -> "JobOutcome":
        return JobOutcome(
            self.entries + other.entries,
            self.failures + other.failures,
            self.stages_done + other.stages_done,
        )

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> "JobOutcome":
        """The outcome that ``dataclasses.asdict`` gave, from JSON."""
        entries = tuple((str(name), str(revision)) for name, revision in values["entries"])
        return cls(entries, tuple(values["failures"]), int(values["stages_done"]))


class JobLostError(StageError):
    """The worker or machine that ran a job went away; the job itself may be good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutorOptions:
    """Where jobs run, as the user asked for it.

    Attributes:
        executor: name of the executor.
        jobs: most jobs at once, or None for as many as fit.
        address: of a cluster that is running already, or None.
        shared_folder: whether workers see the output folder, or None to find out.
        timeout_min: minutes after which a running job is stopped, or None.
    """

    executor: str = "local"
    jobs: int | None = None
    address: str | None = None
    shared_folder: bool | None = None
    timeout_min: float | None = None

    @property
    def is_default(self) -> bool:
        """Whether nothing was asked for, so that one model may run in this process."""
        return self.executor == "local" and self.jobs is None and self.timeout_min is None


class Handle(Protocol):
    """A job that was handed over."""

    def running(self) -> bool:
        """Whether it has begun; False while it waits in a queue."""

    def done(self) -> bool:
        """Whether it has ended, well or not; answers at once."""

    def outcome(self) -> JobOutcome:
        """What it left; only called once it is done.

        Raises:
            JobLostError: its worker went away; it is started again, a few times.
            CardioBenchError: it failed.
        """

    def stop(self) -> None:
        """End it now."""


class Executor(Protocol):
    """Hands jobs to something that runs them."""

    def has_room(self, needs: Needs) -> bool:
        """Whether a job of these needs may be started now; a queue of its own has always room."""

    def start(self, job: Job, needs: Needs, output: Path) -> Handle:
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

    name: str = field(metadata=limits(pattern=SHORT_NAME))
    build: Callable[[ExecutorOptions], Executor]

    def __post_init__(self) -> None:
        check_fields(self)
