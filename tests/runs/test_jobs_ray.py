"""Jobs on a Ray cluster: nothing is lost with a node, and nothing differs from local jobs."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cardiobench.results.entry import finished_entries

SCRIPT = Path(__file__).parents[1] / "helpers" / "ray_two_nodes.py"
MODELS = ("good", "better", "fine")
COMMAND = [sys.executable, "-c", "from cardiobench.cli.main import main; main()", "run"]


def scores(output: Path) -> dict[str, object]:
    """All scores of every entry below a folder."""
    return {entry.name: entry.scores("CardioNegation") for entry in finished_entries(output)}


@pytest.mark.slow
def test_a_node_that_dies_half_way_costs_no_entry(moody: dict[str, str], tmp_path: Path) -> None:
    """Each entry comes back exactly once, whole, and equals that of the local executor."""
    environment = {**os.environ, **moody, "OMP_NUM_THREADS": "1"}
    cluster, local = tmp_path / "cluster", tmp_path / "local"
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(cluster), *MODELS],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=500,
    )
    assert "exit code 0" in done.stdout, done.stdout + done.stderr
    assert "ended before the kill 0" in done.stdout
    states = [json.loads(path.read_text()) for path in cluster.glob("jobs/*/state.json")]
    assert [state["state"] for state in states] == ["done"] * len(MODELS)
    assert sorted(state["attempts"] for state in states)[-1] == 2, "the node's job was tried again"
    assert "Its worker went away" in done.stderr
    chosen = [option for model in MODELS for option in ("--model", model)]
    short = ["--task", "CardioNegation", "--no-speed", "--no-baselines", "--jobs", "2"]
    subprocess.run(
        [*COMMAND, *short, *chosen, "--output", str(local)],
        env=environment,
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    assert len(list(finished_entries(cluster))) == len(MODELS)
    assert scores(cluster) == scores(local)
    assert not list(cluster.glob(".incoming-*"))
