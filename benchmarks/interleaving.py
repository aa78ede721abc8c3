"""Jobs timed side by side in one process, so that other work on the machine slows them alike."""

import os
import statistics
import time
from collections.abc import Callable
from typing import Any

ROUNDS = int(os.environ.get("CARDIOBENCH_ROUNDS", "3"))
Times = dict[str, list[tuple[float, float]]]


def clock() -> tuple[float, float]:
    """Seconds of processor time (children's too) and of wall clock."""
    used = os.times()
    return sum(used[:4]), time.perf_counter()


def interleaved(jobs: dict[str, Callable[[], Any]], rounds: int = ROUNDS) -> Times:
    """Processor and wall seconds of each job in each round, one job after the other."""
    times: Times = {name: [] for name in jobs}
    for _ in range(rounds):
        for name, job in jobs.items():
            before = clock()
            job()
            after = clock()
            times[name].append((after[0] - before[0], after[1] - before[1]))
    return times


def ratios(times: Times, over: str, under: str) -> dict[str, str]:
    """Median and range over the rounds of how much longer one job took than the other."""
    shown = {}
    for place, kind in enumerate(("processor", "wall")):
        values = [a[place] / b[place] for a, b in zip(times[over], times[under], strict=True)]
        shown[f"{over} / {under}, {kind} time"] = (
            f"{statistics.median(values):.2f} [{min(values):.2f}-{max(values):.2f}]"
        )
    return shown
