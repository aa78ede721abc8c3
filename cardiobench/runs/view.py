"""All jobs of a run in one view: bars on a terminal, lines elsewhere."""

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cardiobench.foundation.terminal import BEGUN, bars, is_terminal
from cardiobench.plugins.executor import Job
from cardiobench.runs.record import JobRecord, JobState

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_SECONDS_BETWEEN_LOOKS = 0.5


class LineView:
    """Shows the lines of all jobs' logs as they come, and how each job ended.

    Args:
        output: folder of the results.
    """

    def __init__(self, output: Path) -> None:
        self._output = output
        self._lines: dict[str, int] = {}
        self._looked = 0.0

    def changed(self, job: Job, state: JobState) -> None:
        """Say how a job ended, or that it is tried again."""
        if state.state == "waiting" and not state.attempts:
            # What an earlier run logged has been shown.
            self._lines[job.key] = len(JobRecord(job.folder(self._output)).lines(0))
            return
        self._show_log(job)
        if state.state == "failed":
            self.say(f"Failed: {job.label}: {state.why}")
        elif state.state == "waiting":
            self.say(f"{job.label}: {state.why} It is tried again.")

    def watch(self, jobs: Sequence[Job]) -> None:
        """Show what running jobs logged since the last look."""
        if time.monotonic() - self._looked >= _SECONDS_BETWEEN_LOOKS:
            self._looked = time.monotonic()
            for job in jobs:
                self._look(job)

    def _look(self, job: Job) -> None:
        self._show_log(job)

    def _show_log(self, job: Job) -> None:
        start = self._lines.get(job.key, 0)
        lines = JobRecord(job.folder(self._output)).lines(start)
        self._lines[job.key] = start + len(lines)
        for line in lines:
            # Stages begin with the model; a recipe's name and seed are in the label alone.
            self.say(line if line.startswith(job.model) else f"{job.label}: {line}")

    def say(self, text: str) -> None:
        """One line on standard error."""
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()


class BarView(LineView):
    """The same above one bar for each running job and one for all.

    Args:
        output: folder of the results.
        total: number of jobs.
        progress: rich's bars, started.
    """

    def __init__(self, output: Path, total: int, progress: "Progress") -> None:
        super().__init__(output)
        self._progress = progress
        self._all = progress.add_task("all jobs", total=total, rate="")
        self._bars: dict[str, TaskID] = {}

    def changed(self, job: Job, state: JobState) -> None:
        """Begin or end the job's bar."""
        super().changed(job, state)
        if state.state == "running":
            self._bars[job.key] = self._progress.add_task(job.label, total=None, rate="")
        elif job.key in self._bars:
            self._progress.remove_task(self._bars.pop(job.key))
        if state.state in ("done", "failed"):
            self._progress.advance(self._all)

    def _look(self, job: Job) -> None:
        super()._look(job)
        stage, done, total = JobRecord(job.folder(self._output)).progress()
        if job.key in self._bars and stage:
            bar = self._bars[job.key]
            self._progress.update(bar, description=stage, completed=done, total=total or None)

    def say(self, text: str) -> None:
        """One line above the bars, which show themselves what has begun."""
        if text.endswith(BEGUN):
            return
        self._progress.console.print(text, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def job_view(output: Path, total: int) -> Iterator[LineView]:
    """The view that suits standard error.

    Args:
        output: folder of the results.
        total: number of jobs.
    """
    if not is_terminal():
        yield LineView(output)
        return

    with bars() as progress:
        yield BarView(output, total, progress)
