"""The stages of one entry: evaluating, timing, its manifest; what is done is passed over."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.errors import CardioBenchError, StageError, UnfitModelError
from cardiobench.evaluation.evaluate import evaluate_task, is_evaluated
from cardiobench.evaluation.manifest import finish
from cardiobench.evaluation.medical import pending_medical, run_medical
from cardiobench.evaluation.speed import measure_speed
from cardiobench.foundation.files import read_json, write_json
from cardiobench.foundation.terminal import Stages
from cardiobench.foundation.tracebacks import traceback_of
from cardiobench.plugins.architecture import Architecture
from cardiobench.plugins.executor import Job, JobOutcome
from cardiobench.plugins.tasks import task_named
from cardiobench.results.entry import Entry, ModelIdentity, TrainingRecord
from cardiobench.runs.resolve import ResolvedJob

if TYPE_CHECKING:
    from cardiobench_tasks.catalogue import TaskSpec

# What an API counted for an entry, beside its results.
USAGE = "usage.json"


def is_complete(entry: Entry, job: Job) -> bool:
    """Whether a job has nothing left to do for an entry; only looks."""
    if not job.tasks:
        return entry.adapter_folder.exists()
    if not entry.manifest_path.is_file() or _pending(entry, job) or _medical(entry, job):
        return False
    try:
        # A run killed before it wrote the manifest has results that no manifest knows.
        known = set(job.tasks) <= entry.manifest().data.keys()
    except CardioBenchError:
        return False
    return known and (entry.speed_path.is_file() or not job.is_timed)


def _pending(entry: Entry, job: Job) -> "list[TaskSpec]":
    return [spec for spec in map(task_named, job.tasks) if not is_evaluated(entry, spec)]


def _medical(entry: Entry, job: Job) -> list[str]:
    return pending_medical(entry) if job.mteb_medical else []


def failed(error: CardioBenchError, stages: Stages) -> None:
    """Say that something failed, with the traceback where that was asked for."""
    stages.say(f"Failed: {error}")
    traceback = traceback_of(error)
    if traceback:
        stages.say(traceback)


class EntryStages:
    """Does what a job asks for its entry, and counts what was done.

    Args:
        work: what to do.
        stages: where progress is shown.
    """

    def __init__(self, work: ResolvedJob, stages: Stages) -> None:
        self.job = work.job
        self.stages = stages
        self.stages_done = 0
        self.failures: list[CardioBenchError] = []
        self._entries: list[Entry] = []

    def outcome(self) -> JobOutcome:
        """What came of it so far."""
        return JobOutcome(
            entries=tuple((entry.name, entry.revision) for entry in self._entries),
            failures=tuple(str(failure) for failure in self.failures),
            stages_done=self.stages_done,
        )

    def leave(self, entry: Entry) -> None:
        """Count an entry among those that the job leaves."""
        self._entries.append(entry)

    def evaluate(self, entry: Entry, encoder: Callable[[], Any], label: str) -> None:
        """Evaluate the tasks that are not done; the encoder is loaded only if there are any."""
        pending = _pending(entry, self.job)
        medical = _medical(entry, self.job)
        total = len(pending) + len(medical)
        if not total:
            return
        with self.stages.stage(f"{label}: {total} tasks") as step:
            loaded = encoder()
            for number, spec in enumerate(pending):
                step(number, total)
                try:
                    evaluate_task(loaded, entry, spec)
                except StageError as error:
                    self.failures.append(error)
                    failed(error, self.stages)
                    if isinstance(error, UnfitModelError):
                        medical = []
                        break
            for number, name in enumerate(medical, start=len(pending)):
                step(number, total)
                skipped = run_medical(loaded, entry, name)
                if skipped:
                    self.stages.say(f"Skipped: {name}, {skipped}.")
        self._count(entry, loaded)
        self.stages_done += 1

    def _count(self, entry: Entry, encoder: Any) -> None:
        """Record what an API counted, such as tokens; runs that go on add up."""
        counted = dict(encoder.usage()) if hasattr(encoder, "usage") else {}
        if counted:
            path = entry.extras / USAGE
            before = read_json(path) if path.is_file() else {}
            write_json(path, {k: before.get(k, 0) + counted[k] for k in counted})
            said = ", ".join(f"{count:,} {what}" for what, count in sorted(counted.items()))
            self.stages.say(f"{entry.name}: {said}.")

    def time(
        self, entry: Entry, architecture: Architecture, label: str, adapter: Path | None = None
    ) -> None:
        """Time a model with its adapter, if that was asked for and is not done."""
        if not self.job.is_timed or entry.speed_path.is_file():
            return
        with self.stages.stage(f"{label}: speed"):
            measure_speed(
                entry,
                architecture,
                adapter=adapter,
                device=self.job.device,
                trust_remote_code=self.job.trust_remote_code,
                allow_pickle=self.job.allow_pickle,
            )
        self.stages_done += 1

    def finish(
        self, entry: Entry, identity: ModelIdentity, training: TrainingRecord | None
    ) -> None:
        """Write the manifest; the job leaves the entry if it has results."""
        if finish(entry, identity, training):
            self.leave(entry)
