"""Several models, several runs: none harms another."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from cardiobench.results.entry import finished_entries

COMMAND = [sys.executable, "-c", "from cardiobench.cli.main import main; main()", "run"]
SHORT = ["--task", "CardioNegation", "--no-speed", "--no-baselines"]


@pytest.fixture
def start(moody: dict[str, str], tmp_path: Path) -> Callable[..., "subprocess.Popen[str]"]:
    """Starts the command in a folder of its own, where the plugin is installed."""

    def popen(*arguments: str) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [*COMMAND, *SHORT, *arguments],
            cwd=tmp_path,
            env={**os.environ, **moody},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    return popen


def names(folder: Path) -> list[str]:
    """The models with a finished entry."""
    return [entry.name for entry in finished_entries(folder / "cardiobench-runs")]


def test_a_model_that_is_killed_for_want_of_memory_fails_alone(
    start: Callable[..., "subprocess.Popen[str]"], tmp_path: Path
) -> None:
    """The others get their rows and the board; exit code and last lines say which failed."""
    with start("--model", "crashes", "--model", "good", "--jobs", "2") as process:
        output, errors = process.communicate()
    assert process.returncode == 1, errors
    assert "Failed: crashes zero-shot: was killed by signal 9" in errors
    assert "1 of its parts failed" in errors
    assert "Traceback" not in errors
    assert names(tmp_path) == ["example/good"]
    assert "example/good" in output
    assert "example/good" in (tmp_path / "cardiobench-runs" / "README.md").read_text()


@pytest.mark.slow
def test_a_model_that_hangs_is_stopped_at_the_timeout(
    start: Callable[..., "subprocess.Popen[str]"], tmp_path: Path
) -> None:
    """The next model runs."""
    options = ("--model", "hangs", "--model", "good", "--timeout", "1.5")
    with start(*options) as process:
        _, errors = process.communicate()
    assert process.returncode == 1, errors
    assert "Failed: hangs zero-shot: was stopped after 1.5 minutes" in errors
    assert names(tmp_path) == ["example/good"]


@pytest.mark.slow
def test_two_runs_at_once_on_one_folder_share_the_work(
    start: Callable[..., "subprocess.Popen[str]"], tmp_path: Path
) -> None:
    """One evaluates, the other waits and finds it done; both end well."""
    with start("--model", "good") as first, start("--model", "good") as second:
        said = [process.communicate() for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], said
    errors = [errors for _, errors in said]
    assert sum("good zero-shot: 1 tasks: done" in text for text in errors) == 1
    assert sum("Nothing to do" in output for output, _ in said) == 1
    assert names(tmp_path) == ["example/good"]
