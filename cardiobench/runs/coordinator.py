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
                self.view.watch([one.job for one in self._running if one.started is not None])
                time.sleep(wait_s)
        finally:
            for one in self._running:
                one.handle.stop()
                self._set(one.job, "stopped", attempts=one.attempts)
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
        for one in list(self._running):
            if one.handle.done():
                self._running.remove(one)
                self._end(one, waiting)
                changed += 1
            elif one.started is None and one.handle.running():
                one.started = time.time()
                self._set(one.job, "running", attempts=one.attempts, started=one.started)
                changed += 1
            elif self._is_late(one):
                one.handle.stop()
                self._running.remove(one)
                minutes = (self.timeout_s or 0) / 60
                why = f"was stopped after {minutes:g} minutes; what it did before is kept."
                self._ended(one, "failed", why=why)
                changed += 1
        return changed

    def _is_late(self, one: _Running) -> bool:
        if self.timeout_s is None or one.started is None:
            return False
        return time.time() - one.started > self.timeout_s

    def _end(self, one: _Running, waiting: deque[tuple[Job, int]]) -> None:
        try:
            outcome = one.handle.outcome()
        except JobLostError as error:
            if one.attempts < ATTEMPTS:
                JobRecord(one.job.folder(self.output)).say(f"{error} It is started again.")
                self._set(one.job, "waiting", why=str(error), attempts=one.attempts)
                waiting.append((one.job, one.attempts + 1))
            else:
                self._ended(one, "failed", why=f"{error} It was tried {one.attempts} times.")
        except CardioBenchError as error:
            self._ended(one, "failed", why=str(error))
        else:
            name: StateName = "failed" if outcome.failures else "done"
            why = " ".join(outcome.failures)
            self._ended(one, name, why=why, entries=outcome.entries)

    def _ended(self, one: _Running, name: StateName, **known: Any) -> None:
        now = time.time()
        started = one.started or now
        seconds = round(now - started, 3)
        self._set(one.job, name, attempts=one.attempts, started=started, seconds=seconds, **known)

    def _set(self, job: Job, name: StateName, **known: Any) -> None:
        """Record a state; ``known`` are other fields of :class:`JobState`, which checks them."""
        state = JobState(state=name, pid=os.getpid(), **known)
        self.states[job.key] = state
        JobRecord(job.folder(self.output)).write_state(state)
        self.view.changed(job, state)
