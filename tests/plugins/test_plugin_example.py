"""A real third-party package, installed with pip, adds a model, a task, pairs and a recipe."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).parent / "plugin_example"
TASK = "CardioAbbreviationRetrieval"
RUN = ["run", "--model", "hpo-lsa", "--task", TASK, "--task", "CardioNegation"]
CLI = "from cardiobench.cli.main import main; main()"

# Pairs of a user's file that hold a test text of the task: kept unless the task is chosen.
HELD_OUT = """
import sys
from pathlib import Path
import cardiobench.training.adapter_store as store
from cardiobench.plugins.tasks import known_tasks
from cardiobench.training.recipe import Recipe
from cardiobench_example.abbreviations import MEANINGS

store.separation_items = lambda scope: set()
file = Path("mine.csv")
file.write_text(f'anchor,positive\\nPDA,"{MEANINGS["PDA"]}"\\nchest pain,angina pectoris\\n')
recipe = Recipe(name="r", relations=("is-a",), pairs_files=(str(file),))
for tasks in ((), (known_tasks()["CardioAbbreviationRetrieval"],)):
    found = store.AdapterStore(Path("."), recipe, 0, tasks).pairs()
    print(found.audit.by_source["mine.csv"], found.audit.removed_test_text)
"""


@pytest.fixture(scope="module")
def environment(new_environment: Callable[[], Any], tmp_path_factory: Any) -> Any:
    """An environment with the example installed."""
    copy = tmp_path_factory.mktemp("source") / "plugin_example"
    shutil.copytree(EXAMPLE, copy)  # building leaves files beside the source
    made = new_environment()
    made.install(copy)
    return made


@pytest.fixture(scope="module")
def finished(environment: Any, tmp_path_factory: Any) -> tuple[Path, str]:
    """The working folder and the messages of one whole run."""
    folder = tmp_path_factory.mktemp("run")
    done = environment.cardiobench(*RUN, "--no-speed", "--no-baselines", folder=folder)
    assert done.returncode == 0, done.stderr
    return folder, done.stderr


def test_everything_it_adds_is_listed_with_its_package(environment: Any) -> None:
    """`cardiobench plugins`: the model, whose weights its plugin makes, and what else there is."""
    done = environment.cardiobench("plugins")
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split() for line in done.stdout.splitlines()]
    (model,) = [row for row in rows if row[:1] == ["hpo-lsa"]]
    assert model[2:4] == ["1.0", "128"]
    assert model[6] == "plugin"
    assert model[-3:] == ["example", "cardiobench-example", "0.3.0"]
    provider = ["example", "cardiobench-example", "0.3.0"]
    for supplied in (["task", TASK], ["pair", "source", "lay-terms"], ["recipe", "lay"]):
        assert [*supplied, *provider] in rows


def test_the_listing_as_json_is_for_scripts(environment: Any) -> None:
    """The same facts under fixed keys."""
    found = json.loads(environment.cardiobench("plugins", "--json").stdout)
    (model,) = [m for m in found["architectures"] if m["name"] == "hpo-lsa"]
    assert model["parameters"] == 8192 * 128
    assert (model["package"], model["version"], model["weights"]) == (
        "cardiobench-example",
        "0.3.0",
        "plugin",
    )
    assert [row["name"] for row in found["others"]] == [TASK, "lay-terms", "lay"]
    assert found["problems"] == found["disabled"] == []


def test_its_task_is_listed_with_its_package_and_in_no_suite(environment: Any) -> None:
    """`cardiobench tasks`."""
    done = environment.cardiobench("tasks")
    (row,) = [line.split() for line in done.stdout.splitlines() if line.startswith(TASK)]
    assert row[1] == "-"
    assert "cardiobench-example" in row


def test_its_model_and_task_run_and_get_board_rows(finished: tuple[Path, str]) -> None:
    """The task has a page of its own, and the columns of the suite do not count it."""
    folder, said = finished
    board = (folder / "cardiobench-runs" / "README.md").read_text(encoding="utf-8")
    pages = folder / "cardiobench-runs" / "tasks"
    page = (pages / f"{TASK}.md").read_text(encoding="utf-8")
    assert f"# {TASK} (from cardiobench-example; not part of Cardio(eng, v1))" in page
    assert "cardiobench-example/hpo-lsa" in page
    assert "n = 26 items" in page
    assert "cardiobench-example/hpo-lsa" in (pages / "CardioNegation.md").read_text()
    row = next(line for line in board.splitlines() if "| cardiobench-example/" in line)
    cells = [cell.strip() for cell in row.split("|")]
    # No kind of task is complete, and a part of the suite has no rank.
    assert cells.count("-") == 6, row
    assert "hpo-lsa: zero-shot only, it has no lora_targets." in said.splitlines()


def test_without_the_package_its_results_are_left_out_with_one_line(
    finished: tuple[Path, str], tmp_path: Path
) -> None:
    """A board outlives the plugins behind it, and what they left is there for their return."""
    copy = tmp_path / "runs"
    shutil.copytree(finished[0] / "cardiobench-runs", copy)
    done = subprocess.run(
        [sys.executable, "-c", CLI, "leaderboard", "build", str(copy)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == (
        f"Warning: results of {TASK} are left out: no installed plugin supplies it.\n"
    )
    board = (copy / "README.md").read_text(encoding="utf-8")
    assert TASK not in board
    assert "cardiobench-example/hpo-lsa" in board


@pytest.mark.slow
def test_its_results_outlast_a_run_without_it(environment: Any, tmp_path: Path) -> None:
    """A manifest that is written anew keeps them, so they are there when the plugin is back."""
    options = ["--no-train", "--no-speed", "--no-baselines"]
    with_it = environment.cardiobench("run", *options, "--task", TASK, folder=tmp_path)
    assert with_it.returncode == 0, with_it.stderr
    without = environment.cardiobench(
        "--disable-plugin", "example", "run", *options, "--task", "CardioNegation", folder=tmp_path
    )
    assert without.returncode == 0, without.stderr
    assert f"Warning: results of {TASK} are left out" in without.stderr
    (manifest,) = (tmp_path / "cardiobench-runs").glob("results/*/*/cardiobench/manifest.json")
    assert set(json.loads(manifest.read_text())["data"]) == {TASK, "CardioNegation"}


def test_disabled_it_is_as_good_as_uninstalled(environment: Any, finished: Any) -> None:
    """Its task is unknown, and the message says why."""
    done = environment.cardiobench("--disable-plugin", "example", "run", "--task", TASK)
    assert done.returncode == 2
    (error,) = done.stderr.splitlines()
    assert error.startswith(f"Error: Unknown task {TASK!r}.")
    assert error.endswith("Disabled: example.")
    listed = environment.cardiobench("--disable-plugin", "example", "plugins").stdout
    assert "hpo-lsa" not in listed
    assert "Disabled: example (cardiobench-example)" in listed


def test_mteb_knows_its_task_after_the_documented_import(environment: Any) -> None:
    """`import cardiobench.mteb` registers plugins' tasks beside ours."""
    script = (
        "import warnings; warnings.simplefilter('error', UserWarning)\n"
        "import cardiobench.mteb, mteb\n"
        f"print(mteb.get_task({TASK!r}).metadata.main_score)\n"
        "print(len(mteb.get_tasks(tasks=['CardioSeparation'])))\n"
    )
    done = environment.run("-c", script)
    assert done.stdout.split() == ["ndcg_at_10", "1"], done.stderr


def test_its_recipe_trains_on_its_pairs(environment: Any, tmp_path: Path) -> None:
    """`--recipe lay` selects the source `lay-terms`; its pairs are counted by the audit."""
    script = (
        "from cardiobench.training.recipe import load_recipe\n"
        "from cardiobench.pairs.selection import recipe_pairs\n"
        "recipe = load_recipe('lay')\n"
        "audit = recipe_pairs(recipe).audit\n"
        "print(recipe.name, sorted(audit.by_source), audit.by_relation['own'])\n"
    )
    done = environment.run("-c", script)
    name, *sources, own = done.stdout.replace("[", "").replace("]", "").split()
    assert (name, [s.strip("',") for s in sources]) == ("lay", ["hpo", "lay-terms"])
    assert 15 <= int(own) <= 25  # those that hold a test text of HPO are dropped


def test_the_texts_of_its_task_are_held_out_when_it_is_chosen(
    environment: Any, tmp_path: Path
) -> None:
    """A training pair with a test text goes, and is counted; installing alone changes nothing."""
    done = environment.run("-c", HELD_OUT, folder=tmp_path)
    assert done.returncode == 0, done.stderr
    without, chosen = [line.split() for line in done.stdout.splitlines()]
    assert (without[0], chosen[0]) == ("2", "1")
    assert int(chosen[1]) == int(without[1]) + 1
