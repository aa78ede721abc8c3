"""Runs the command on a cluster of two nodes on this machine and kills one half-way.

``python ray_two_nodes.py OUTPUT MODEL...``; prints the command's exit code and how many jobs had
ended when the node was killed.
"""

import subprocess
import sys
import time
from pathlib import Path

from ray.cluster_utils import Cluster

COMMAND = [sys.executable, "-c", "from cardiobench.cli.main import main; main()", "run"]
OPTIONS = ["--task", "CardioNegation", "--no-speed", "--no-baselines", "--no-shared-folder"]


def count(output: Path, word: str) -> int:
    """Jobs whose log or state has a word."""
    return sum(
        word in path.read_text()
        for name in ("log.txt", "state.json")
        for path in output.glob(f"jobs/*/{name}")
    )


def main(output: Path, models: list[str]) -> None:
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    second = cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    chosen = [option for model in models for option in ("--model", model)]
    where = ["--executor", "ray", "--address", cluster.address, "--output", str(output)]
    try:
        run = subprocess.Popen([*COMMAND, *OPTIONS, *chosen, *where])
        # Once both nodes work on their first job.
        while count(output, "started on") < 2 and run.poll() is None:
            time.sleep(0.2)
        time.sleep(1)
        ended = count(output, '"done"')
        cluster.remove_node(second, allow_graceful=False)
        code = run.wait(timeout=400)
        sys.stdout.write(f"exit code {code}\nended before the kill {ended}\n")
    finally:
        cluster.shutdown()


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
