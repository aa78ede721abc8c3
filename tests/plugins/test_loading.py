"""A plugin's own code takes nothing else with it: not the command, its output or its time."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "cardiobench"]
HOOK = """
from cardiobench import hookimpl

@hookimpl
def cardiobench_architectures():
"""


@pytest.fixture
def installed(tmp_path: Path) -> Callable[[str], dict[str, str]]:
    """Installs a plugin named ``odd`` of the given source; gives the environment that sees it."""

    def install(source: str) -> dict[str, str]:
        info = tmp_path / "odd-1.dist-info"
        info.mkdir()
        (tmp_path / "odd.py").write_text(source)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: odd-package\nVersion: 1\n")
        (info / "entry_points.txt").write_text("[cardiobench]\nodd = odd\n")
        paths = filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")])
        return {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}

    return install


def listing(environment: dict[str, str], *first: str) -> "subprocess.CompletedProcess[str]":
    """The plugins as JSON."""
    return subprocess.run(
        [*COMMAND, *first, "plugins", "--json"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("class Odd(BaseException): ...\nraise Odd('no')", "Odd: no"),
        ("import os; os._exit(0)", "it called os._exit(0)"),
        ("from posix import _exit; _exit(3)", "it called os._exit(3)"),
        (f"{HOOK}    raise GeneratorExit", "GeneratorExit"),
        (f"{HOOK}    import os; os._exit(0)", "it called os._exit(0)"),
    ],
)
def test_a_plugin_that_would_end_the_command_is_a_problem_like_any_other(
    installed: Callable[[str], dict[str, str]], source: str, cause: str
) -> None:
    """The others are listed."""
    answer = listing(installed(source))
    assert answer.returncode == 0, answer.stderr
    told = json.loads(answer.stdout)
    assert "minilm" in [row["name"] for row in told["architectures"]]
    (problem,) = told["problems"]
    assert cause in str(problem)


def test_what_a_plugin_prints_goes_to_standard_error(
    installed: Callable[[str], dict[str, str]],
) -> None:
    """By ``print``, by a file descriptor, by a child process; JSON stays JSON."""
    speech = "print('one'); import os; os.write(1, b'two'); os.system('echo three')\n"
    answer = listing(installed(f"{speech}{HOOK}    print('four')\n    return []\n"))
    assert json.loads(answer.stdout)["problems"] == []
    for word in ("one", "two", "three", "four"):
        assert word in answer.stderr


def test_a_plugin_may_start_processes_that_exit(
    installed: Callable[[str], dict[str, str]],
) -> None:
    """A forked child still leaves by ``os._exit``."""
    fork = "import os\nchild = os.fork()\nif not child: os._exit(0)\nos.waitpid(child, 0)\n"
    answer = listing(installed(f"{fork}{HOOK}    return []\n"))
    assert json.loads(answer.stdout)["problems"] == []


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_plugin_that_never_loads_is_named_and_can_be_stopped(
    installed: Callable[[str], dict[str, str]], number: int, code: int
) -> None:
    """After a few seconds, with how to go on without it; and that works."""
    environment = installed("import time; time.sleep(600)")
    with subprocess.Popen(
        [*COMMAND, "plugins"], env=environment, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        named = process.stderr.readline()
        assert "the plugin odd of odd-package" in named
        assert "cardiobench --disable-plugin odd" in named
        time.sleep(0.1)
        process.send_signal(number)
        assert "Stopped." in process.stderr.read()
    assert process.returncode == code
    assert listing(environment, "--disable-plugin", "odd").returncode == 0
