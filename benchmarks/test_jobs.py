"""What looking after jobs costs by itself: jobs that do nothing, 10 to 1,000 of them."""

import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cardiobench.plugins.executor import Job, JobOutcome, Needs
from cardiobench.runs.coordinator import Coordinator
from cardiobench.runs.record import JobState, as_json, records

JOB = Job(model="minilm", tasks=("CardioNegation",), recipe={"name": "quick"})


class NoOp:
    """An executor, and the handle of its jobs: each has ended when it is first looked at."""

    def has_room(self, needs: Needs) -> bool:
        return True

    def start(self, job: Job, needs: Needs, output: Path) -> "NoOp":
        return self

    def running(self) -> bool:
        return True

    def done(self) -> bool:
        return True

    def outcome(self) -> JobOutcome:
        return JobOutcome()

    def stop(self) -> None:
        """Nothing runs."""

    def close(self) -> None:
        """Nothing is held."""


class NoView:
    """Shows nothing."""

    def changed(self, job: Job, state: JobState) -> None:
        """Nothing."""

    def watch(self, jobs: Any) -> None:
        """Nothing."""


@pytest.mark.parametrize("count", [10, 100, 1000])
def test_overhead(
    benchmark: Any, tmp_path: Path, count: int, capsys: pytest.CaptureFixture[str]
) -> None:
    """Milliseconds a job for starting and recording it, and for `cardiobench status`."""
    jobs = [replace(JOB, seed=seed) for seed in range(count)]
    coordinator = Coordinator(tmp_path, NoOp(), NoView())
    before = time.perf_counter()
    states = benchmark.pedantic(coordinator.run, args=(jobs,), rounds=1)
    ran = time.perf_counter()
    listed = [as_json(record) for record in records(tmp_path)]
    shown = time.perf_counter()
    assert len(states) == len(listed) == count
    size = sum(path.stat().st_size for path in tmp_path.rglob("*.json"))
    figures = {
        "run, ms a job": f"{(ran - before) * 1e3 / count:.2f}",
        "status, ms a job": f"{(shown - ran) * 1e3 / count:.2f}",
        "records, bytes a job": f"{size / count:.0f}",
    }
    benchmark.extra_info.update(figures)
    with capsys.disabled():
        for name, value in figures.items():
            sys.stdout.write(f"\n{benchmark.name}: {name}: {value}")
