"""How long the data of every task take: built from the sources, and read from the cache.

Seconds of wall clock depend on what else the machine does, so targets are set in seconds of
processor time (user and system) of a process of its own; both are shown.
"""

import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

COLD_SECONDS = 50
WARM_SECONDS = 2


def listing(cache: Path) -> dict[str, float]:
    """Seconds that `cardiobench data` takes: it reads all tables, building what is not cached."""
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run(
        [sys.executable, "-c", "from cardiobench.cli.main import main; main(['data'])"],
        env={**os.environ, "CARDIOBENCH_CACHE": str(cache)},
        stdout=subprocess.DEVNULL,
        check=True,
    )
    wall, after = time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN)
    used = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return {"cpu_seconds": round(used, 2), "wall_seconds": round(wall, 2)}


def measure(benchmark: Any, capsys: pytest.CaptureFixture[str], cache: Path) -> float:
    """Time one listing, show it, and return its processor seconds."""
    found: dict[str, float] = benchmark.pedantic(listing, args=(cache,), rounds=1)
    benchmark.extra_info.update(found)
    with capsys.disabled():
        shown = ", ".join(f"{name} {value}" for name, value in found.items())
        sys.stdout.write(f"\n{benchmark.name}: {shown}\n")
    return found["cpu_seconds"]


def test_cold(benchmark: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Everything is built from the release files into an empty cache."""
    assert measure(benchmark, capsys, tmp_path) < COLD_SECONDS


def test_warm(benchmark: Any, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """All tables come from the cache."""
    listing(tmp_path)
    assert measure(benchmark, capsys, tmp_path) < WARM_SECONDS
