"""How a command ends: by a signal, by a fault of ours, by output that cannot be written."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cardiobench.results.entry import finished_entries

COMMAND = [sys.executable, "-m", "cardiobench"]
SHORT = ["--task", "CardioNegation", "--no-speed", "--no-baselines", "--no-train"]

# The command line with a command that ends as a test says.
ENDS = """
import sys
import click
from cardiobench.cli import main
main.COMMANDS["ends"] = ("ends", "")
sys.modules["ends"] = sys
@click.command()
def ends():
    {body}
sys.command = ends
main.main()
"""


def ends(
    body: str, *first: str, environment: dict[str, str] | None = None, **options: object
) -> "subprocess.CompletedProcess[str]":
    """Run a command of that body."""
    return subprocess.run(
        [sys.executable, "-c", ENDS.format(body=body), *first, "ends"],
        env={**os.environ, **(environment or {})},
        text=True,
        check=False,
        timeout=60,
        **{"capture_output": True, **options},  # type: ignore[call-overload]
    )


def test_a_fault_of_ours_is_one_line_that_says_so() -> None:
    """Exit code 70; the traceback is a word away."""
    answer = ends("{}['x']")
    assert answer.returncode == 70
    (line,) = answer.stderr.splitlines()
    assert line.startswith("Error: this is a fault of CardioBench, please report it: KeyError: 'x'")
    assert "cardiobench --debug" in line


@pytest.mark.parametrize(
    ("first", "environment"), [(["--debug"], {}), ([], {"CARDIOBENCH_DEBUG": "1"})]
)
def test_debug_shows_the_traceback_behind_the_line(
    first: list[str], environment: dict[str, str]
) -> None:
    """With that of the cause."""
    body = "from cardiobench.errors import StageError\n    try: {}['x']\n"
    body += "    except KeyError as error: raise StageError('in short') from error"
    answer = ends(body, *first, environment=environment)
    assert answer.returncode == 1
    assert answer.stderr.startswith("Error: in short\nTraceback")
    assert "KeyError: 'x'" in answer.stderr
    assert ends(body).stderr == "Error: in short\n"


SLEEP = "time.sleep(60)"
# As code between C and Python does with what a signal raises.
TURNED = f"\n    try: {SLEEP}\n    except KeyboardInterrupt: raise RuntimeError('torch')"
SWALLOWED = f"\n    try: {SLEEP}\n    except KeyboardInterrupt: pass"


@pytest.mark.parametrize(
    ("number", "work"),
    [
        (signal.SIGINT, SLEEP),
        (signal.SIGINT, TURNED),
        (signal.SIGINT, SWALLOWED),
        (signal.SIGTERM, SLEEP),
        (signal.SIGHUP, TURNED),
    ],
)
def test_a_stopped_command_says_how_to_go_on(number: signal.Signals, work: str) -> None:
    """128 and the signal's number, also where a library made something else of it."""
    body = f"import time; click.echo('ready'); {work}"
    with subprocess.Popen(
        [sys.executable, "-c", ENDS.format(body=body), "ends"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # Tests started by nohup hand an ignored SIGHUP down.
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 128 + number
    assert errors.strip() == "Stopped. Type the same command to go on from here."


def test_a_command_that_shall_outlive_its_terminal_does() -> None:
    """``nohup`` has SIGHUP ignored, and so it stays."""
    body = "import os, signal; os.kill(os.getpid(), signal.SIGHUP); click.echo('alive')"
    script = ["nohup", sys.executable, "-c", ENDS.format(body=body), "ends"]
    done = subprocess.run(script, capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "alive\n"


def test_a_stopped_run_takes_its_jobs_with_it(moody: dict[str, str], tmp_path: Path) -> None:
    """SIGTERM, as a queue sends it, leaves no process behind; the jobs are marked as stopped."""
    with subprocess.Popen(
        [*COMMAND, "run", *SHORT, "--model", "hangs", "--jobs", "1"],
        cwd=tmp_path,
        env={**os.environ, **moody},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        (folder,) = _wait_for(lambda: list(tmp_path.glob("cardiobench-runs/jobs/*")))
        _wait_for(lambda: '"running"' in (folder / "state.json").read_text())
        process.terminate()
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 143
    assert errors.endswith("Stopped. Type the same command to go on from here.\n")
    assert json.loads((folder / "state.json").read_text())["state"] == "stopped"
    listed = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True)
    assert str(folder.name) not in listed.stdout


def _wait_for(condition: Callable[[], object]) -> object:
    for _ in range(600):
        answer = condition()
        if answer:
            return answer
        time.sleep(0.1)
    raise TimeoutError


def test_debug_reaches_the_processes_of_jobs(moody: dict[str, str], tmp_path: Path) -> None:
    """Where a plugin's model raises what looks like Ctrl-C: it fails, and the run tells where."""
    done = subprocess.run(
        [*COMMAND, "--debug", "run", *SHORT, "--model", "raises", "--jobs", "1"],
        cwd=tmp_path,
        env={**os.environ, **moody},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 1
    assert "Failed: raises zero-shot: raises failed: KeyboardInterrupt: odd" in done.stderr
    assert "moody.py" in done.stderr
    (log,) = tmp_path.glob("cardiobench-runs/jobs/*/log.txt")
    assert "Traceback" in log.read_text()


def test_output_that_cannot_be_written_does_not_undo_a_run(
    moody: dict[str, str], tmp_path: Path
) -> None:
    """The entry and the board are there, and standard error says what is lost."""
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, "run", *SHORT, "--model", "good"],
            cwd=tmp_path,
            env={**os.environ, **moody},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=300,
        )
    assert done.returncode == 0, done.stderr
    assert done.stderr.endswith("standard output cannot be written: No space left on device.\n")
    assert [e.name for e in finished_entries(tmp_path / "cardiobench-runs")] == ["example/good"]
    assert (tmp_path / "cardiobench-runs" / "README.md").is_file()


def test_a_listing_that_cannot_be_written_has_failed() -> None:
    """There is nothing else of it; one line, no traceback."""
    with Path("/dev/full").open("w") as full:
        answer = ends("click.echo('x')", stdout=full, stderr=subprocess.PIPE, capture_output=False)
    assert answer.returncode == 1
    assert answer.stderr == (
        "Warning: standard output cannot be written: No space left on device.\n"
    )


def test_an_error_that_cannot_be_written_keeps_its_exit_code() -> None:
    """Standard error is full, or closed."""
    with Path("/dev/full").open("w") as full:
        answer = ends("{}['x']", stderr=full, stdout=subprocess.PIPE, capture_output=False)
    assert answer.returncode == 70
    closed = [*COMMAND, "nonsense"]
    done = subprocess.run(["sh", "-c", '"$@" 2>&-', "sh", *closed], check=False, timeout=60)
    assert done.returncode == 2


@pytest.mark.parametrize("encoding", ["cp1252", "latin-1"])
def test_letters_that_an_encoding_lacks_are_escaped(encoding: str) -> None:
    """As JSON escapes them, so that it can still be read back."""
    text = r"'\u2265 \U0001f493 \udce9'"
    body = f"import json; click.echo(json.dumps({text}, ensure_ascii=False))"
    answer = ends(body, environment={"PYTHONIOENCODING": encoding})
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout) == "\u2265 \U0001f493 \udce9"
