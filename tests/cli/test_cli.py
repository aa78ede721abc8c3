"""The command line: listings stay light, and every mistake is one line with exit code 2."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

import cardiobench
from cardiobench.cli.main import cli

# Runs the command line as the console script does, then says which libraries it has loaded.
PROBE = """
import sys
from cardiobench.cli.main import main
try:
    main(sys.argv[1:])
except SystemExit as stop:
    code = stop.code
else:
    code = "main did not exit"
heavy = {
    "datasets", "mteb", "peft", "sentence_transformers", "sklearn", "torch", "transformers",
}
sys.stdout.write("\\nLOADED:" + ",".join(sorted(heavy & sys.modules.keys())))
sys.exit(code)
"""

# As PROBE, where the system refuses to write more than nothing to a file.
FULL_DISK = """
import resource
from pathlib import Path
from cardiobench.cli.options.output import check_writable
from cardiobench.errors import CardioBenchError
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
try:
    check_writable(Path("cardiobench-runs"))
except CardioBenchError as error:
    print(error)
"""


@dataclass(frozen=True)
class Answer:
    """What a command said and left behind."""

    code: int
    out: str
    err: str
    loaded: str


def cardiobench_command(*arguments: str, folder: Path | None = None) -> Answer:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, *arguments],
        cwd=folder,
        env={**os.environ, "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    out, _, loaded = done.stdout.rpartition("\nLOADED:")
    return Answer(code=done.returncode, out=out, err=done.stderr, loaded=loaded)


def refused(*arguments: str, folder: Path) -> tuple[str, str]:
    """What a mistake is answered with, and its error line; no heavy library is loaded."""
    answer = cardiobench_command(*arguments, folder=folder)
    assert answer.code == 2, answer.err
    assert "Traceback" not in answer.err
    assert answer.loaded == ""
    assert answer.out.strip() == ""
    (error,) = [line for line in answer.err.splitlines() if line.startswith("Error: ")]
    return answer.err, error


def mistake(*arguments: str, folder: Path) -> str:
    """The one line with which a mistake is answered, before any heavy library is loaded."""
    return refused(*arguments, folder=folder)[1]


def one_line(*arguments: str, folder: Path) -> str:
    """As :func:`mistake`, where nothing else is said at all."""
    said, error = refused(*arguments, folder=folder)
    assert said == f"{error}\n"
    return error


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--help"], ["run ", "plugins ", "tasks ", "leaderboard "]),
        (["--version"], [cardiobench.__version__]),
        (["run", "--help"], ["--model", "--recipe", "--task", "--output", "cardiobench-runs"]),
        (["plugins"], ["minilm", "bge-small", "sentence-transformers/all-MiniLM-L6-v2"]),
        (["plugins", "--help"], ["List architectures"]),
        (["plugins", "--json"], ['"name": "minilm"', '"problems": []']),
        (["--disable-plugin", "bge_small", "plugins"], ["Disabled: bge_small", "minilm"]),
        (["new-plugin", "--help"], ["NAME", "--checkpoint"]),
        (["recipes"], ["quick", "paper", "learning_rate = 0.0005"]),
        (["check-plugin", "--help"], ["docs/plugins.md", "Exit code 1"]),
        (["tasks"], ["CardioSeparation", "CardioTermRetrieval", "ndcg_at_10", "HPO"]),
        (["leaderboard", "--help"], ["build", "check"]),
    ],
    ids=" ".join,
)
def test_listings_and_help_answer_without_any_heavy_library(arguments, expected):
    """They load none of torch, transformers, peft, datasets, mteb, sklearn, s-transformers."""
    answer = cardiobench_command(*arguments)
    assert answer.code == 0, answer.err
    for text in expected:
        assert text in answer.out
    assert answer.loaded == ""


def test_the_probe_sees_a_heavy_library_when_there_is_one():
    """The check above can fail: with sklearn loaded first it is reported."""
    done = subprocess.run(
        [sys.executable, "-c", f"import sklearn\n{PROBE}", "--version"],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.endswith("LOADED:sklearn")


def test_the_installed_script_is_the_same_command():
    """`cardiobench` as pip installs it."""
    script = Path(sys.executable).with_name("cardiobench")
    if not script.exists():
        pytest.skip("cardiobench is not installed as a script here")
    done = subprocess.run([script, "--version"], capture_output=True, text=True, check=True)
    assert done.stdout == f"cardiobench, version {cardiobench.__version__}\n"


def test_a_bare_command_shows_the_help():
    """Nothing typed is no traceback."""
    answer = cardiobench_command()
    assert "Usage: cardiobench" in answer.out + answer.err
    assert "Traceback" not in answer.err


def test_plugins_lists_a_row_for_every_architecture():
    """Columns line up: name first, distribution and its version last."""
    header, _, *rows = cardiobench_command("plugins").out.splitlines()
    assert header.split()[0] == "name"
    ours = [
        row.split() for row in rows if row.split()[-2:] == ["cardiobench", cardiobench.__version__]
    ]
    assert {row[0] for row in ours} >= {"minilm", "bge-small"}


def test_tasks_lists_the_start_of_each_data_revision():
    """The listing shows which data a score will be about."""
    rows = cardiobench_command("tasks").out.splitlines()[2:]
    assert len(rows) >= 2
    for row in rows:
        assert re.search(r"\b[0-9a-f]{12}\b", row)


@pytest.mark.parametrize(
    ("arguments", "kind", "typed", "meant"),
    [
        (["runn"], "command", "runn", "run"),
        (["plugin"], "command", "plugin", "plugins"),
        (["check-plugin", "minlm"], "architecture", "minlm", "minilm"),
        (["run", "--model", "minlm"], "architecture", "minlm", "minilm"),
        (["run", "--model", "MiniLM"], "architecture", "MiniLM", "minilm"),
        (
            ["run", "--model", "minilm", "--model", "bge_smal"],
            "architecture",
            "bge_smal",
            "bge-small",
        ),
        (["run", "--task", "CardioSeparatoin"], "task", "CardioSeparatoin", "CardioSeparation"),
        (
            ["run", "--task", "cardiotermretrieval"],
            "task",
            "cardiotermretrieval",
            "CardioTermRetrieval",
        ),
        (["run", "--recipe", "quik"], "recipe", "quik", "quick"),
        (["--disable-plugin", "minlm", "plugins"], "plugin", "minlm", "minilm"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_unknown_name_is_one_line_with_did_you_mean(tmp_path, arguments, kind, typed, meant):
    """Exit code 2, the guess and what there is; nothing is written."""
    error = one_line(*arguments, folder=tmp_path)
    assert error.startswith(f"Error: Unknown {kind} {typed!r}. Did you mean {meant!r}? Available: ")
    assert list(tmp_path.iterdir()) == []


def test_a_recipe_with_a_mistake_is_one_line_with_file_line_and_field(tmp_path):
    """The same message as from Python, at the command line."""
    (tmp_path / "mine.toml").write_text("epochs = 1\nrank = 0\n")
    error = one_line("run", "--recipe", "mine.toml", folder=tmp_path)
    assert error.startswith("Error: mine.toml:2: rank = 0 is out of range")
    assert not (tmp_path / "cardiobench-runs").exists()


def test_a_recipe_that_is_not_there_is_one_line(tmp_path):
    """The path is named."""
    error = one_line("run", "--recipe", "absent.toml", folder=tmp_path)
    assert error == "Error: Cannot read the recipe absent.toml: No such file or directory."


@pytest.mark.parametrize("output", ["file", "file/deeper", "/proc/nope", "/proc/nope/deeper"])
def test_an_output_that_cannot_be_written_is_refused_before_any_work(tmp_path, output):
    """Exit code 2, one error line with the path; what is in the way stays."""
    (tmp_path / "file").write_text("mine")
    error = mistake("run", "--output", output, folder=tmp_path)
    assert output in error
    assert (tmp_path / "file").read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir()] == ["file"]


def test_an_output_below_a_file_says_what_to_do(tmp_path):
    """Only the one line, with the remedy."""
    (tmp_path / "file").write_text("mine")
    error = one_line("run", "--output", "file/deeper", folder=tmp_path)
    assert error.endswith("Not a directory. Choose a writable folder with --output.")


def test_a_full_disk_is_seen_before_any_work(tmp_path):
    """Where not a byte can be written the run is refused in one line, without a traceback."""
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.stdout.startswith("Cannot write to cardiobench-runs: ")
    assert len(done.stdout.splitlines()) == 1


def test_the_default_output_is_kept_out_of_git(tmp_path, monkeypatch):
    """The user's runs do not turn up in `git status`; a folder of their own choice is theirs."""
    from cardiobench.cli.options.output import check_writable

    monkeypatch.chdir(tmp_path)
    check_writable(Path("cardiobench-runs"))
    check_writable(Path("leaderboard"))
    assert (tmp_path / "cardiobench-runs" / ".gitignore").read_text() == "*\n"
    assert list((tmp_path / "leaderboard").iterdir()) == []
    (tmp_path / "cardiobench-runs" / ".gitignore").write_text("mine\n")
    check_writable(Path("cardiobench-runs"))
    assert (tmp_path / "cardiobench-runs" / ".gitignore").read_text() == "mine\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "--modle", "minilm"],
        ["run", "--seed", "one"],
        ["run", "minilm"],
        ["leaderboard", "biuld"],
        ["tasks", "--all"],
    ],
    ids=" ".join,
)
def test_a_wrong_option_is_answered_without_a_traceback(tmp_path, arguments):
    """click's own answer: usage and one error line, exit code 2."""
    error = mistake(*arguments, folder=tmp_path)
    assert len(error) > len("Error: ")
    assert list(tmp_path.iterdir()) == []


def test_a_board_of_a_folder_that_is_not_there_is_one_line(tmp_path):
    """The command that would make one is in the message."""
    error = one_line("leaderboard", "build", "absent", folder=tmp_path)
    assert error == "Error: No folder absent. Type: cardiobench run --output absent"


def test_results_without_a_manifest_are_named_with_what_to_type(tmp_path, monkeypatch):
    """A run that was killed in between is not passed over in silence."""
    folder = tmp_path / "runs" / "results" / "example__half" / ("a" * 40)
    folder.mkdir(parents=True)
    for name in ("CardioNegation", "CardioQARetrieval", "model_meta"):
        (folder / f"{name}.json").write_text("{}")
    monkeypatch.chdir(tmp_path)
    # Said before anything is read: the published rows beside it would only take their time.
    monkeypatch.setattr("cardiobench.board.read.published_folder", lambda: None)
    answer = CliRunner().invoke(cli, ["leaderboard", "build", "runs"])
    assert "Warning: 2 results of example/half at aaaaaaaaaaaa are left out: " in answer.stderr
    assert "Type the same `cardiobench run` again (--output runs)." in answer.stderr
