"""What is known of a job, in its folder: the job, its state, its progress and its log.

::

    jobs/{model-recipe-seed}-{key}/
        job.json         the job
        state.json       waiting, running, done, failed or stopped, and why
        progress.json    stage, done, total: as of a second ago
        log.txt          a line a stage
        output.txt       what its process printed, where it had one of its own
"""

import contextlib
import os
import platform
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from cardiobench.errors import CardioBenchError
from cardiobench.foundation.files import read_json, write_json
from cardiobench.foundation.interrupts import stop_if_received
from cardiobench.foundation.terminal import BEGUN, Rate, Stages, Step
from cardiobench.foundation.write_errors import write_failure
from cardiobench.plugins.executor import JOBS, Job, JobOutcome
from cardiobench.results.entry import Entry
from cardiobench.runs.stages import is_complete

StateName = Literal["waiting", "running", "done", "failed", "stopped"]
_SECONDS_BETWEEN_WRITES = 1.0


class JobState(BaseModel):
    """Where a job stands.

    Attributes:
        state: what it is doing.
        why: what failed, or ``""``.
        attempts: how often it was started.
        started: when it last began to run, in seconds since the epoch, or None.
        seconds: how long it ran, once it ended.
        entries: name and revision of each entry that it left.
        host: machine of the run that looks after it.
        pid: process of that run.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    state: StateName
    why: str = ""
    attempts: int = 0
    started: float | None = None
    seconds: float = 0.0
    entries: tuple[tuple[str, str], ...] = ()
    host: str = platform.node()
    pid: int = 0

    def outcome(self, label: str) -> JobOutcome:
        """What came of the job of that label; one that is not done has failed."""
        failures = () if self.state == "done" else (f"{label}: {self.why or self.state}",)
        return JobOutcome(self.entries, failures)

    @property
    def is_forsaken(self) -> bool:
        """Whether the run that looked after an unfinished job is gone (known on its own host)."""
        if self.state not in ("waiting", "running") or self.host != platform.node():
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            return False
        return False


class JobRecord:
    """The folder of one job.

    Args:
        folder: ``jobs/{slug}-{key}`` below an output folder.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write_job(self, job: Job) -> None:
        """Write what the job is."""
        write_json(self.folder / "job.json", job.to_json())

    def job(self) -> Job:
        """What the job is.

        Raises:
            CardioBenchError: it is missing or damaged.
        """
        return Job.from_json(read_json(self.folder / "job.json"))

    def write_state(self, state: JobState) -> None:
        """Write where the job stands."""
        write_json(self.folder / "state.json", state.model_dump(mode="json"))

    def state(self) -> JobState:
        """Where the job stands; waiting if that was never written, or is damaged."""
        try:
            return JobState.model_validate(read_json(self.folder / "state.json"))
        except (CardioBenchError, ValidationError):
            return JobState(state="waiting")

    def progress(self) -> tuple[str, int, int]:
        """(stage, done, total) as last written; total 0 if not known."""
        try:
            progress = read_json(self.folder / "progress.json")
            return str(progress["stage"]), int(progress["done"]), int(progress["total"])
        except (CardioBenchError, KeyError, TypeError, ValueError):
            return "", 0, 0

    def write_progress(self, stage: str, done: int, total: int) -> None:
        """Write how far a stage is."""
        progress = {"stage": stage, "done": done, "total": total}
        write_json(self.folder / "progress.json", progress)

    def say(self, line: str) -> None:
        """Add a line to the log."""
        path = self.folder / "log.txt"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with path.open("a", encoding="utf-8", errors="backslashreplace") as log:
                log.write(f"{line}\n")
        except OSError as error:
            raise write_failure(error, path) from error

    def lines(self, start: int) -> list[str]:
        """The whole lines of the log from line ``start`` on."""
        try:
            text = (self.folder / "log.txt").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return []
        return text.split("\n")[:-1][start:]

    def last_printed(self) -> str:
        """Why the job's own process ended: its last error line, or the last line, or ``""``."""
        try:
            text = (self.folder / "output.txt").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
        lines = [line.strip() for line in text.splitlines() if line.strip()]
        errors = [line for line in lines if line.startswith("Error: ")]
        return next(reversed(errors or lines), "")


def records(output: Path) -> list[JobRecord]:
    """The jobs below an output folder, by name."""
    return [JobRecord(path.parent) for path in sorted((output / JOBS).glob("*/job.json"))]


def is_recorded_complete(job: Job, output: Path) -> bool:
    """Whether a job is recorded as done and all that it left is there, of the current data."""
    state = JobRecord(job.folder(output)).state()
    entries = [Entry(output, *named) for named in state.entries]
    return state.state == "done" and bool(entries) and all(is_complete(e, job) for e in entries)


class RecordedStages(Stages):
    """Stages that go into a job's folder instead of onto a terminal.

    Args:
        record: the job's folder.
    """

    def __init__(self, record: JobRecord) -> None:
        self._record = record

    @contextlib.contextmanager
    def stage(self, label: str, unit: str = "", per_step: int = 1) -> Iterator[Step]:
        """Write how far the stage is, at most once a second."""
        started = time.monotonic()
        last = -_SECONDS_BETWEEN_WRITES
        rate = Rate(unit, per_step)

        def step(done: int, total: int) -> None:
            nonlocal last
            stop_if_received()
            rate.report(done)
            if time.monotonic() - last >= _SECONDS_BETWEEN_WRITES:
                last = time.monotonic()
                self._record.write_progress(label, done, total)

        self._record.write_progress(label, 0, 0)
        self.say(f"{label}{BEGUN}")
        ended = "stopped after"
        try:
            yield step
            ended = "done in"
        finally:
            self.say(f"{label}: {ended} {time.monotonic() - started:.0f} s{rate.told}")

    def say(self, text: str) -> None:
        """One line into the log."""
        self._record.say(text)


def as_json(record: JobRecord) -> dict[str, Any]:
    """A job with its state, for scripts."""
    stage, done, total = record.progress()
    state = record.state()
    name: StateName = "stopped" if state.is_forsaken else state.state
    return {
        "job": record.job().label,
        "folder": str(record.folder),
        **state.model_dump(mode="json"),
        "state": name,
        "seconds": state.seconds if name != "running" else _since(state.started),
        "stage": stage if name == "running" else "",
        "stage_done": done,
        "stage_total": total,
    }


def _since(started: float | None) -> float:
    """Seconds since a job began to run; 0 where that is not known."""
    return 0.0 if started is None else max(time.time() - started, 0.0)
