"""Many jobs through an executor: starting, watching, trying again, and keeping their states."""

import os
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from cardiobench.errors import CardioBenchError
from cardiobench.plugins.executor import Executor, Handle, Job, JobLostError, Needs
from cardiobench.runs.needs import needs_of
from cardiobench.runs.record import JobRecord, JobState, StateName

ATTEMPTS = 3
_SHORTEST_WAIT_S = 0.02
_LONGEST_WAIT_S = 0.5


class View(Protocol):
    """Where the user sees what happens."""

    def changed(self, job: Job, state: JobState) -> None:
        """A job is in a new state."""

    def watch(self, jobs: Sequence[Job]) -> None:
        """Show how far the running jobs are; called a few times a second."""


@dataclass(slots=True)
class _Running:
    job: Job
    handle: Handle
    attempts: int
    started: float | None = None


@dataclass(slots=True)
class Coordinator:
    """Has an executor do jobs and keeps a record of each; one that fails does not stop the rest.

    Attributes:
        output: folder of the results, where each job has a folder below ``jobs/``.
        executor: what runs the jobs.
        view: where the user sees what happens.
        timeout_s: seconds after which a running job is stopped, or None.
        states: how each job ended, by key.
    """

    output: Path
    executor: Executor
    view: View
    timeout_s: float | None = None
    states: dict[str, JobState] = field(default_factory=dict)
    _running: list[_Running] = field(default_factory=list)

    def run(self, jobs: Sequence[Job]) -> dict[str, JobState]:
        """Do jobs; gives how each ended, by its key.

        When it is interrupted, running jobs are stopped and marked so.
        """
        waiting = deque((job, 1) for job in jobs)
        for job in jobs:
            JobRecord(job.folder(self.output)).write_job(job)
            self._set(job, "waiting")
        wait_s = _SHORTEST_WAIT_S
        try:
            while waiting or self._running:
                moved = self._start(waiting) + self._collect(waiting)
                wait_s = _SHORTEST_WAIT_S if moved else min(wait_s * 1.5, _LONGEST_WAIT_S)
                self.view.watch(
                    [active.job for active in self._running if active.started is not None]
                )
                time.sleep(wait_s)
        finally:
            for active in self._running:
                active.handle.stop()
                self._set(active.job, "stopped", attempts=active.attempts)
            for job, attempts in waiting:
                self._set(job, "stopped", attempts=attempts - 1)
            self.executor.close()
        return self.states

    def _start(self, waiting: deque[tuple[Job, int]]) -> int:
        """Start what there is room for, in order but past what does not fit yet."""
        started = 0
        full: set[Needs] = set()
        for _ in range(len(waiting)):
            job, attempt = waiting.popleft()
            needs = needs_of(job)
            if needs in full or not self.executor.has_room(needs):
                full.add(needs)
                waiting.append((job, attempt))
                continue
            try:
                handle = self.executor.start(job, needs, self.output)
            except CardioBenchError as error:
                self._set(job, "failed", why=str(error), attempts=attempt)
            else:
                self._running.append(_Running(job, handle, attempt))
            started += 1
        return started

    def _collect(self, waiting: deque[tuple[Job, int]]) -> int:
        """Take note of jobs that began or ended."""
        changed = 0
        for active in list(self._running):
            if active.handle.done():
                self._running.remove(active)
                self._end(active, waiting)
                changed += 1
            elif active.started is None and active.handle.running():
                active.started = time.time()
                self._set(active.job, "running", attempts=active.attempts, started=active.started)
                changed += 1
            elif self._is_late(active):
                active.handle.stop()
                self._running.remove(active)
                minutes = (self.timeout_s or 0) / 60
                why = f"was stopped after {minutes:g} minutes; what it did before is kept."
                self._ended(active, "failed", why=why)
                changed += 1
        return changed

    def _is_late(self, active: _Running) -> bool:
        if self.timeout_s is None or active.started is None:
            return False
        return time.time() - active.started > self.timeout_s

    def _end(self, active: _Running, waiting: deque[tuple[Job, int]]) -> None:
        try:
            outcome = active.handle.outcome()
        except JobLostError as error:
            if active.attempts < ATTEMPTS:
                JobRecord(active.job.folder(self.output)).say(f"{error} It is started again.")
                self._set(active.job, "waiting", why=str(error), attempts=active.attempts)
                waiting.append((active.job, active.attempts + 1))
            else:
                self._ended(active, "failed", why=f"{error} It was tried {active.attempts} times.")
        except CardioBenchError as error:
            self._ended(active, "failed", why=str(error))
        else:
            name: StateName = "failed" if outcome.failures else "done"
            why = " ".join(outcome.failures)
            self._ended(active, name, why=why, entries=outcome.entries)

    def _ended(self, active: _Running, name: StateName, **known: Any) -> None:
        now = time.time()
        started = active.started or now
        seconds = round(now - started, 3)
        self._set(
            active.job, name, attempts=active.attempts, started=started, seconds=seconds, **known
        )

    def _set(self, job: Job, name: StateName, **known: Any) -> None:
        """Record a state; ``known`` are other fields of :class:`JobState`, which checks them."""
        state = JobState(state=name, pid=os.getpid(), **known)
        self.states[job.key] = state
        JobRecord(job.folder(self.output)).write_state(state)
        self.view.changed(job, state)
