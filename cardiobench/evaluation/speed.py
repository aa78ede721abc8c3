"""Timing a model in a process of its own with pytest-benchmark, and reading what came out."""

import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cardiobench.errors import StageError
from cardiobench.foundation.files import read_json, write_json
from cardiobench.plugins.architecture import Architecture
from cardiobench.results.entry import Entry
from cardiobench.sources.hpo import read_hpo
from cardiobench.sources.hpo_cardiology import cardiology_areas

TEXTS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """What one model did on one machine.

    Attributes:
        latency_mean_ms: mean time for a single text, in ms, over 100 rounds.
        latency_sd_ms: standard deviation of those rounds, in ms.
        latency_p50_ms: their median, in ms.
        latency_p95_ms: their 95th percentile (nearest rank), in ms.
        texts_per_second: batch size to texts per second (median of 3 rounds).
        peak_memory_mib: highest memory over the throughput rounds, in MiB.
        peak_memory_kind: ``cuda_allocated`` or ``process_rss``.
        load_average: one-minute load average when the rounds began.
    """

    latency_mean_ms: float
    latency_sd_ms: float
    latency_p50_ms: float
    latency_p95_ms: float
    texts_per_second: dict[int, float]
    peak_memory_mib: float
    peak_memory_kind: str
    load_average: float

    @property
    def best_texts_per_second(self) -> float:
        """The highest throughput over the batch sizes."""
        return max(self.texts_per_second.values())


def speed_texts() -> list[str]:
    """Real cardiology definitions, evenly spaced through the ontology; always the same ones."""
    concepts = read_hpo().concepts
    texts = [concepts[i].definition for i in cardiology_areas(concepts) if concepts[i].definition]
    return texts[:: max(1, len(texts) // TEXTS)][:TEXTS]


def measure_speed(
    entry: Entry,
    architecture: Architecture,
    *,
    location: str | None = None,
    adapter: Path | None = None,
    device: str | None = None,
    trust_remote_code: bool = False,
    allow_pickle: bool = False,
) -> None:
    """Time a model and keep pytest-benchmark's JSON with its entry.

    Args:
        entry: where to store ``speed.json``.
        architecture: what to load.
        location: a local model folder instead of the architecture's own weights.
        adapter: adapter folder to put on it, if any.
        device: torch device, or None for the best at hand.
        trust_remote_code: whether code from the hub may run.
        allow_pickle: whether weights published as a pickle only may be read.

    Raises:
        StageError: the timing process failed; ends with its last line.
    """
    request = {
        "architecture": asdict(architecture),
        "location": location,
        "adapter": str(adapter.resolve()) if adapter else None,
        "device": device,
        "trust_remote_code": trust_remote_code,
        "allow_pickle": allow_pickle,
        "texts": speed_texts(),
    }
    with tempfile.TemporaryDirectory(prefix="cardiobench-") as name:
        measured = _timed(request, Path(name), entry.name)
    # The host's name and user-chosen paths are nobody's business on a public board.
    measured["machine_info"].pop("node", None)
    measured.pop("commit_info", None)
    write_json(entry.speed_path, measured)


def _timed(request: dict[str, Any], scratch: Path, name: str) -> dict[str, Any]:
    """pytest-benchmark's report of ``speed_rounds.py`` in a process of its own.

    Raises:
        StageError: the process failed, or left no report.
    """
    write_json(scratch / "request.json", request)
    (scratch / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    report = scratch / "speed.json"
    module = Path(__file__).with_name("speed_rounds.py")
    command = [sys.executable, "-m", "pytest", str(module), f"--benchmark-json={report}"]
    command += ["-q", "-c", str(scratch / "pytest.ini"), f"--rootdir={module.parent}"]
    # No plugin but the timer: others would add work to the timed rounds.
    command += ["-p", "no:cacheprovider", "-p", "pytest_benchmark.plugin"]
    # Nor the settings of a test run around us, under which the timer would switch itself off.
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST_")} | {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "CARDIOBENCH_SPEED_REQUEST": str(scratch / "request.json"),
    }
    done = subprocess.run(
        command, env=environment, cwd=scratch, capture_output=True, text=True, check=False
    )
    if done.returncode != 0 or not report.is_file():
        lines = [line for line in (done.stdout + done.stderr).splitlines() if line.strip()]
        cause = next((ln for ln in lines if ln.startswith("E ")), lines[-1] if lines else "")
        raise StageError(f"Timing {name} failed: {cause.removeprefix('E').strip()}")
    measured: dict[str, Any] = read_json(report)
    return measured


def read_speed(path: Path) -> Speed:
    """What :func:`measure_speed` stored, in the units of :class:`Speed`."""
    rounds: dict[str, Any] = {b["name"]: b for b in read_json(path)["benchmarks"]}
    latency = rounds["test_latency"]
    batches = [b["extra_info"] for name, b in rounds.items() if name.startswith("test_throughput")]
    return Speed(
        latency_mean_ms=latency["stats"]["mean"] * 1e3,
        latency_sd_ms=latency["stats"]["stddev"] * 1e3,
        latency_p50_ms=latency["stats"]["median"] * 1e3,
        latency_p95_ms=latency["extra_info"]["p95_seconds"] * 1e3,
        texts_per_second={b["batch_size"]: b["texts_per_second"] for b in batches},
        peak_memory_mib=max(b["peak_memory_bytes"] for b in batches) / 2**20,
        peak_memory_kind=batches[0]["peak_memory_kind"],
        load_average=latency["extra_info"]["load_average"],
    )
