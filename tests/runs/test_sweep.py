"""Sweeps: what a file asks for, which mistakes are named, and what the report shows."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cardiobench.errors import CardioBenchError
from cardiobench.runs.sweep import Sweep, load_sweep
from cardiobench.runs.sweep_report import PointResult, sweep_pages
from cardiobench.statistics.estimates import Estimate
from cardiobench.training.recipe import Recipe

FILE = """
models = ["minilm", "bge-small"]
seeds = [0, 1]
tasks = ["CardioNegation"]
[[grid]]
rank = [8, 16]
epochs = [1]
[[grid]]
learning_rate = [1e-4]
"""


def sweep_of(tmp_path: Path, text: str) -> Sweep:
    """The sweep in a file named trial.toml."""
    path = tmp_path / "trial.toml"
    path.write_text(text)
    return load_sweep(str(path))


def test_points_are_all_combinations_within_each_grid(tmp_path: Path) -> None:
    """For every model and seed, after the models as they are; the rest is the recipe's."""
    points = sweep_of(tmp_path, FILE).points()
    assert [point.job.label for point in points] == [
        *("minilm zero-shot", "bge-small zero-shot"),
        *[
            f"{model} trial-{values} seed {seed}"
            for model in ("minilm", "bge-small")
            for values in ("rank8-epochs1", "rank16-epochs1", "learning_rate0.0001")
            for seed in (0, 1)
        ],
    ]
    assert len({point.job.key for point in points}) == len(points) == 14
    recipe = Recipe(**points[2].job.recipe or {})
    assert (recipe.rank, recipe.batch_size) == (8, 32)
    assert not any(point.job.speed for point in points)


def test_a_sweep_without_tasks_trains_and_validates_only(tmp_path: Path) -> None:
    """Nothing of the test tasks is seen while a recipe is chosen."""
    points = sweep_of(tmp_path, "[[grid]]\nrank = [8]").points()
    assert [point.job.tasks for point in points] == [()]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("grid = 3", "grid is not a table of recipe fields"),
        ("[[grid]]\nrank = 8", "grid is not a table of recipe fields"),
        ("[[grid]]\nrnk = [8]", "Unknown field of a recipe 'rnk'. Did you mean 'rank'?"),
        ("[[grid]]\nname = ['a']", "Unknown field of a recipe 'name'"),
        ("[[grids]]\nrank = [8]", "Unknown field 'grids'. Did you mean 'grid'?"),
        ("models = ['minlm']\n[[grid]]\nrank = [8]", "Did you mean 'minilm'?"),
        ("models = []\n[[grid]]\nrank = [8]", "models is empty"),
        ("seeds = [0.5]\n[[grid]]\nrank = [8]", "seeds = [0.5] is not a list such as [0, 1]"),
        ("tasks = ['Cardio']\n[[grid]]\nrank = [8]", "Unknown task 'Cardio'"),
        ("recipe = 3\n[[grid]]\nrank = [8]", "recipe is not a text"),
        ("rank = ", "is not TOML"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_allowed(
    tmp_path: Path, text: str, message: str
) -> None:
    """One line, before anything runs."""
    with pytest.raises(CardioBenchError) as raised:
        sweep_of(tmp_path, text)
    assert message in str(raised.value)
    assert "trial.toml" in str(raised.value)


def test_a_point_that_is_not_allowed_is_named_by_its_values(tmp_path: Path) -> None:
    """Before the first point runs."""
    sweep = sweep_of(tmp_path, "[[grid]]\nrank = [8, 100000]")
    with pytest.raises(CardioBenchError, match=r"Sweep trial at rank = 100000: .*rank.*512"):
        sweep.points()


def estimated(value: float) -> Estimate:
    return Estimate(value=value, low=value - 0.1, high=value + 0.1, n=10, standard_error=0.05)


def test_the_report_gives_each_point_and_what_each_value_does(tmp_path: Path) -> None:
    """Means over all points with a value; the same numbers as CSV."""
    sweep = sweep_of(tmp_path, FILE.replace('"minilm", ', ""))
    points = sweep.points()
    results = [
        PointResult(
            point=point,
            estimates={"CardioNegation": estimated(0.2 + number / 100)},
            validation=None,
            train_seconds=None if number == 0 else 12.0,
        )
        for number, point in enumerate(points)
    ]
    pages = sweep_pages(sweep, results, planned=9)
    page = pages["README.md"]
    assert "7 of 9 points are done." in page
    assert "| 0.2100 [0.110, 0.310]" in page
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in page.splitlines()
        if line.startswith("| rank ") or line.startswith("| seed ")
    ]
    assert rows == [
        ["rank", "8", "2", "0.2150", "0.2100", "0.2200"],
        ["rank", "16", "2", "0.2350", "0.2300", "0.2400"],
        ["seed", "0", "3", "0.2300", "0.2100", "0.2500"],
        ["seed", "1", "3", "0.2400", "0.2200", "0.2600"],
    ]
    lines = list(csv.DictReader(pages["points.csv"].splitlines()))
    assert [line["CardioNegation"] for line in lines][:2] == ["0.2", "0.21"]
    assert lines[1]["rank"] == "8"


@pytest.mark.slow
def test_a_sweep_runs_goes_on_and_reports(tmp_path: Path) -> None:
    """A point that was stopped is done by the same command; the rest is not done again."""
    (tmp_path / "trial.toml").write_text(
        'tasks = ["CardioNegation"]\n[[grid]]\nepochs = [0.01]\nrank = [4, 8]\n'
    )
    command = [sys.executable, "-c", "from cardiobench.cli.main import main; main()"]

    def sweep() -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [*command, "sweep", "trial.toml", "--jobs", "2"],
            cwd=tmp_path,
            env={**os.environ, "HF_HUB_OFFLINE": "1"},
            capture_output=True,
            text=True,
            check=True,
        )

    folder = tmp_path / "cardiobench-sweeps" / "trial"
    sweep()
    page = (folder / "README.md").read_text()
    assert page.count("| minilm ") == 4  # three points, and zero-shot among the effects
    state = next(folder.glob("jobs/*rank8*/state.json"))
    state.unlink()
    again = sweep()
    assert "training" not in again.stderr, "the adapter was there"
    assert (folder / "README.md").read_text() == page
    assert "Nothing to do: all 3 points" in sweep().stdout


def test_the_studys_grid_is_shipped_and_drawn_as_its_figure() -> None:
    """18 points; one panel a loss, and the figure is shown in the report."""
    sweep = load_sweep("paper-grid")
    points = sweep.points()
    assert len(points) == 18 + 1
    results = [
        PointResult(
            point=point,
            estimates={"CardioSeparation": estimated(0.1 + number / 1000)},
            validation=None,
            train_seconds=60.0,
        )
        for number, point in enumerate(points)
    ]
    pages = sweep_pages(sweep, results, planned=19)
    assert "](CardioSeparation.svg)" in pages["README.md"]
    figure = pages["CardioSeparation.svg"]
    assert figure.startswith("<?xml")
    assert all(text in figure for text in ("infonce", "triplet", "25%", "0.118"))
    assert sweep_pages(sweep, results, planned=19) == pages
