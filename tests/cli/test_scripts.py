"""What scripts and pipes get: JSON, exit codes before any work, lines that begin and end."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cardiobench.cli.main import main
from cardiobench.cli.options.board_folder import results_folder
from cardiobench.cli.options.executor import check_address
from cardiobench.errors import CardioBenchError
from cardiobench.foundation.terminal import Stages

LEADERBOARD = Path(__file__).parents[2] / "leaderboard"


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as stop:
        main(list(arguments))
    said = capsys.readouterr()
    return int(stop.value.code or 0), said.out, said.err


@pytest.mark.parametrize("listing", ["tasks", "recipes", "plugins"])
def test_listings_are_json_with_numbers_as_numbers(
    capsys: pytest.CaptureFixture[str], listing: str
) -> None:
    code, out, _ = answer(capsys, listing, "--json")
    found = json.loads(out)
    assert code == 0
    if listing == "tasks":
        assert {"CardioNegation", "CardioValue"} <= {task["name"] for task in found}
    elif listing == "recipes":
        assert isinstance(found["quick"]["rank"], int)
    else:
        assert all(isinstance(one["parameters"], int) for one in found["architectures"])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("run", "--device", "cdua"), "Did you mean 'cuda'"),
        (("sweep", "paper-grid", "--device", "cdua"), "Did you mean 'cuda'"),
        (("speed", "--random-weights", "minilm", "--device", "cdua"), "Did you mean 'cuda'"),
        (("run", "--executor", "ray", "--address", "127.0.0.1:1"), "Nothing answers at"),
    ],
)
def test_a_usage_error_is_told_before_any_work(
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    begun = time.monotonic()
    code, _, err = answer(capsys, *arguments)
    assert code == 2
    assert said in err
    assert len(err.splitlines()) == 1
    assert time.monotonic() - begun < 30
    assert list(tmp_path.iterdir()) == []


def test_a_device_that_is_not_there_is_told(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    code, _, err = answer(capsys, "run", "--device", "cuda")
    assert code == 2
    assert "this machine has none" in err


def test_addresses_that_are_no_hosts_are_left_to_the_executor() -> None:
    check_address(None)
    check_address("auto")
    with pytest.raises(CardioBenchError, match="ray status"):
        check_address("ray://127.0.0.1:1")


def test_mteb_with_a_model_that_nobody_knows_is_one_line(tmp_path: Path) -> None:
    command = "from cardiobench.cli.main import main; main()"
    arguments = ["mteb", "run", "-m", "nosuch/model", "-t", "CardioNegation"]
    done = subprocess.run(
        [sys.executable, "-c", command, *arguments],
        cwd=tmp_path,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "mteb cannot do this" in done.stderr.splitlines()[-1]


def test_a_stage_in_a_pipe_begins_and_ends_with_a_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with Stages().stage("tasks"):
        assert capsys.readouterr().err == "tasks: begun\n"
    assert capsys.readouterr().err.startswith("tasks: done in")
    with pytest.raises(RuntimeError), Stages().stage("speed"):
        raise RuntimeError
    assert capsys.readouterr().err.splitlines()[-1].startswith("speed: stopped after")


def test_a_dumb_terminal_gets_lines_and_no_bars(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "dumb")
    with Stages().stage("tasks"):
        pass
    assert [line.split()[1] for line in capsys.readouterr().err.splitlines()] == ["begun", "done"]


def test_a_run_without_jobs_has_a_status(capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = answer(capsys, "status", str(LEADERBOARD))
    assert code == 0
    assert "cardiobench leaderboard show" in out
    _, out, _ = answer(capsys, "status", str(LEADERBOARD), "--json")
    assert {entry["state"] for entry in json.loads(out)} == {"done"}


def test_an_empty_folder_has_none_and_says_what_to_type(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    code, _, err = answer(capsys, "status", str(tmp_path))
    assert code == 2
    assert "Type: cardiobench run --output" in err


def test_results_are_looked_for_where_run_writes_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert results_folder(None) == LEADERBOARD
    (tmp_path / "cardiobench-runs" / "results").mkdir(parents=True)
    assert results_folder(None) == Path("cardiobench-runs")


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        ("cardiobench run --task CardioT", "CardioTermRetrieval"),
        ("cardiobench run --model mini", "minilm"),
        ("cardiobench run --recipe qu", "quick"),
    ],
)
def test_the_shell_completes_names(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, words: str, offered: str
) -> None:
    monkeypatch.setenv("_CARDIOBENCH_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    _, out, _ = answer(capsys)
    assert f"plain,{offered}" in out
