"""The executor in docs/executors.md, as a third party would install it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cardiobench.results.entry import finished_entries

MANUAL = Path(__file__).parents[2] / "docs" / "executors.md"
COMMAND = [sys.executable, "-c", "from cardiobench.cli.main import main; main()", "run"]


def plugin() -> str:
    """The plugin's code in the manual."""
    return re.findall(r"```python\n(.*?)```", MANUAL.read_text(), flags=re.S)[0]


@pytest.mark.slow
def test_the_manuals_executor_runs_jobs(moody: dict[str, str], tmp_path: Path) -> None:
    """One model gets its entry; one that is killed fails after three attempts."""
    site = tmp_path / "site"
    (site / "slurm_executor.py").write_text(plugin())
    points = site / "moody-1.0.dist-info" / "entry_points.txt"
    points.write_text(points.read_text() + "slurm = slurm_executor\n")
    environment = {**os.environ, **moody, "CARDIOBENCH_SUBMITIT_CLUSTER": "local"}
    short = ["--task", "CardioNegation", "--no-speed", "--no-baselines", "--executor", "slurm"]
    done = subprocess.run(
        [*COMMAND, *short, "--model", "good", "--model", "crashes"],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert "Failed: crashes zero-shot:" in done.stderr
    assert "It was tried 3 times." in done.stderr
    entries = finished_entries(tmp_path / "cardiobench-runs")
    assert [entry.name for entry in entries] == ["example/good"]
