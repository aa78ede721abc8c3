"""The stages of one entry: evaluating, timing, its manifest; what is done is passed over."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.errors import CardioBenchError, StageError
from cardiobench.evaluation.evaluate import evaluate_task, is_evaluated
from cardiobench.evaluation.manifest import finish
from cardiobench.evaluation.medical import pending_medical, run_medical
from cardiobench.evaluation.speed import measure_speed
from cardiobench.foundation.terminal import Stages
from cardiobench.plugins.architecture import Architecture
from cardiobench.results.entry import Entry, ModelIdentity, TrainingRecord
from cardiobench.runs.summary import RunRequest, RunSummary

if TYPE_CHECKING:
    from cardiobench_tasks.catalogue import TaskSpec


@dataclass(frozen=True, slots=True)
class EntryStages:
    """Does what a request asks for one entry after the other.

    Attributes:
        request: what to do.
        stages: where progress is shown.
        summary: what was done and what failed, added to.
    """

    request: RunRequest
    stages: Stages
    summary: RunSummary

    def failed(self, error: CardioBenchError) -> None:
        """Take note of a failure, and say it."""
        self.summary.failures.append(error)
        self.stages.say(f"Failed: {error}")

    def _pending(self, entry: Entry) -> list["TaskSpec"]:

        return [spec for spec in self.request.tasks if not is_evaluated(entry, spec)]

    def _pending_medical(self, entry: Entry) -> list[str]:

        return pending_medical(entry) if self.request.mteb_medical else []

    def is_complete(self, entry: Entry, *, timed: bool = True) -> bool:
        """Whether nothing is left to do for an entry; a complete one joins the summary."""
        complete = (
            entry.manifest_path.is_file()
            and not self._pending(entry)
            and not self._pending_medical(entry)
            # A run killed before it wrote the manifest has results that no manifest knows.
            and {s.name for s in self.request.tasks} <= entry.manifest().data.keys()
            and (entry.speed_path.is_file() or not (self.request.speed and timed))
        )
        if complete:
            self.summary.entries.append(entry)
        return complete

    def evaluate(self, entry: Entry, encoder: Callable[[], Any], label: str) -> None:
        """Evaluate the tasks that are not done; the encoder is loaded only if there are any."""

        pending = self._pending(entry)
        medical = self._pending_medical(entry)
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
                    self.failed(error)
            for number, name in enumerate(medical, start=len(pending)):
                step(number, total)
                skipped = run_medical(loaded, entry, name)
                if skipped:
                    self.stages.say(f"Skipped: {name}, {skipped}.")
        self.summary.stages_done += 1

    def time(
        self, entry: Entry, architecture: Architecture, label: str, adapter: Path | None = None
    ) -> None:
        """Time a model with its adapter, if that was asked for and is not done."""
        if not self.request.speed or entry.speed_path.is_file():
            return

        with self.stages.stage(f"{label}: speed"):
            measure_speed(
                entry,
                architecture,
                adapter=adapter,
                device=self.request.device,
                trust_remote_code=self.request.trust_remote_code,
                allow_pickle=self.request.allow_pickle,
            )
        self.summary.stages_done += 1

    def finish(
        self, entry: Entry, identity: ModelIdentity, training: TrainingRecord | None
    ) -> None:
        """Write the manifest; an entry with results joins the summary."""
        if finish(entry, identity, training):
            self.summary.entries.append(entry)
