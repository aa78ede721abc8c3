"""`cardiobench run` end to end, as a user types it: real weights, real tasks, a small recipe."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cardiobench.results.entry import Entry, finished_entries

RECIPE = """
rank = 4
epochs = 0.2
batch_size = 16
learning_rate = 5e-4
max_seq_length = 32
"""
TASKS = ["--task", "CardioNegation", "--task", "CardioTermRetrieval"]
COMMAND = [sys.executable, "-c", "from cardiobench.cli.main import main; main()", "run"]


def start(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    """The run of these tests, in a working folder of its own."""
    (folder / "small.toml").write_text(RECIPE)
    return subprocess.Popen(
        [*COMMAND, "--recipe", "small.toml", *TASKS, *arguments],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run to the end."""
    with start(folder, *arguments) as process:
        output, errors = process.communicate()
    return subprocess.CompletedProcess(arguments, process.returncode, output, errors)


def contents(root: Path) -> dict[str, str]:
    """What a run stored, less what differs between runs (times, dates)."""
    return {
        str(path.relative_to(root)): path.read_text()
        for entry in finished_entries(root)
        for path in sorted((entry.extras / "items").glob("*.json"))
    }


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of one whole run."""
    folder = tmp_path_factory.mktemp("run")
    done = run(folder)
    assert done.returncode == 0, done.stderr
    assert "Board: cardiobench-runs/README.md" in done.stdout
    assert "cardiobench/minilm-small-seed0" in done.stdout
    for stage in ("zero-shot: 2 tasks", "zero-shot: speed", "small: training", "small: speed"):
        assert f"minilm {stage}: done in" in done.stderr
    return folder


def test_a_run_leaves_a_board_with_all_rows(finished: Path) -> None:
    """Zero-shot, adapted and both baselines, beside the published rows; ignored by git."""
    board = (finished / "cardiobench-runs" / "README.md").read_text()
    for name in (
        "sentence-transformers/all-MiniLM-L6-v2",
        "cardiobench/minilm-small-seed0",
        "mteb/baseline-random-encoder",
        "cardiobench/baseline-tfidf",
    ):
        assert name in board
    speed = (finished / "cardiobench-runs" / "speed.md").read_text()
    assert "texts/s, batch 32" in speed
    assert (finished / "cardiobench-runs" / ".gitignore").read_text() == "*\n"


def test_results_are_mteb_results(finished: Path) -> None:
    """mteb reads the folder as a results cache of its own."""
    from mteb.cache import ResultCache

    results = ResultCache(finished / "cardiobench-runs").load_results(
        models=["cardiobench/minilm-small-seed0"], include_remote=False
    )
    (model,) = results.model_results
    assert {task.task_name for task in model.task_results} == {
        "CardioNegation",
        "CardioTermRetrieval",
    }


def test_the_manifest_says_how_the_row_was_made(finished: Path) -> None:
    """Recipe, seed, data, audit, versions, hardware and hashes; the audit is clean and counted."""
    root = finished / "cardiobench-runs"
    (entry,) = [e for e in finished_entries(root) if e.name.startswith("cardiobench/minilm")]
    manifest = entry.manifest()
    training = manifest.training
    assert training is not None
    assert manifest.model.adapted_from == "sentence-transformers/all-MiniLM-L6-v2"
    assert (training.recipe["rank"], training.seed) == (4, 0)
    assert training.trainable_parameters == 6 * 2 * 4 * (384 + 384)
    assert training.audit["kept"] == sum(training.audit["by_relation"].values()) > 1000
    assert set(manifest.data) == {"CardioNegation", "CardioTermRetrieval"}
    assert manifest.sources["HPO"] == "2025-01-16"
    assert manifest.versions["mteb"][0].isdigit()
    meta = json.loads((entry.folder / "model_meta.json").read_text())
    assert meta["adapted_from"] == "sentence-transformers/all-MiniLM-L6-v2"
    assert {"CardioSeparation", "CardioTermRetrieval"} <= set(meta["training_datasets"])
    assert str(finished) not in (entry.adapter_folder / "adapter_config.json").read_text()
    card = (entry.adapter_folder / "README.md").read_text()
    assert "not for clinical" in card
    from huggingface_hub import ModelCard

    stated = {r.dataset_name: r.metric_value for r in ModelCard(card).data.eval_results}
    assert stated["CardioNegation (default)"] == entry.scores("CardioNegation")["main_score"]


def test_speed_is_pytest_benchmarks_own_json(finished: Path) -> None:
    """100 latency rounds, four batch sizes, memory, and no host name."""
    from cardiobench.evaluation.speed import read_speed

    root = finished / "cardiobench-runs"
    (entry,) = [e for e in finished_entries(root) if e.name.startswith("sentence-transformers")]
    report = json.loads(entry.speed_path.read_text())
    (latency,) = [b for b in report["benchmarks"] if b["name"] == "test_latency"]
    assert latency["stats"]["rounds"] == 100
    assert "node" not in report["machine_info"]
    speed = read_speed(entry.speed_path)
    assert set(speed.texts_per_second) == {1, 4, 16, 32}
    assert 0 < speed.latency_p50_ms <= speed.latency_p95_ms
    assert speed.peak_memory_mib > 100


def test_a_second_run_does_nothing_and_says_so(finished: Path) -> None:
    """No stage is announced and no result is touched."""
    results = sorted((finished / "cardiobench-runs" / "results").rglob("*.*"))
    before = {path: path.stat().st_mtime_ns for path in results}
    again = run(finished)
    assert again.returncode == 0
    assert "Nothing to do: all 4 entries are complete." in again.stdout
    assert again.stderr == ""
    assert {path: path.stat().st_mtime_ns for path in before} == before


def test_a_damaged_result_is_made_again_and_nothing_else(finished: Path) -> None:
    """A half file from another tool is seen, and only its task is evaluated."""
    root = finished / "cardiobench-runs"
    (entry,) = [e for e in finished_entries(root) if e.name.startswith("sentence-transformers")]
    before = contents(root)
    entry.result_path("CardioTermRetrieval").write_text('{"task_name": ')
    again = run(finished)
    assert again.returncode == 0, again.stderr
    assert "minilm zero-shot: 1 tasks" in again.stderr
    assert "training" not in again.stderr
    assert contents(root) == before


def test_results_that_no_manifest_knows_are_taken_up_again(finished: Path) -> None:
    """What a run leaves that was killed before it wrote the manifest still gets to the board."""
    root = finished / "cardiobench-runs"
    (entry,) = [e for e in finished_entries(root) if e.name.startswith("sentence-transformers")]
    whole = entry.manifest()
    data = {"CardioNegation": whole.data["CardioNegation"]}
    entry.write_manifest(whole.model_copy(update={"data": data}))
    again = run(finished)
    assert again.returncode == 0, again.stderr
    assert again.stderr == ""
    assert entry.manifest().data == whole.data


@pytest.mark.slow
@pytest.mark.parametrize("kills", [1, 20])
def test_killed_at_random_moments_a_run_still_finishes_with_the_same_scores(
    finished: Path, tmp_path: Path, kills: int
) -> None:
    """SIGKILL again and again; at the end the scores equal the undisturbed run's."""
    generator = random.Random(7)
    options = ("--no-speed", "--no-baselines")
    for _ in range(kills):
        with start(tmp_path, *options) as process:
            time.sleep(generator.uniform(3, 20))
            process.send_signal(signal.SIGKILL)
    last = run(tmp_path, *options)
    assert last.returncode == 0, last.stderr
    root = tmp_path / "cardiobench-runs"
    whole = contents(finished / "cardiobench-runs")
    found = contents(root)
    assert len(found) == 4
    for name, text in found.items():
        assert whole[name] == text, name
    assert not list(root.rglob("*.part"))


def test_an_entry_of_another_data_revision_is_evaluated_again(finished: Path) -> None:
    """A score on old data never passes for one on new data."""
    from dataclasses import replace

    from cardiobench.evaluation.evaluate import is_evaluated
    from cardiobench_tasks.catalogue import CARDIO_TERM_RETRIEVAL

    root = finished / "cardiobench-runs"
    entry = next(finished_entries(root))
    assert is_evaluated(entry, CARDIO_TERM_RETRIEVAL)
    assert not is_evaluated(entry, replace(CARDIO_TERM_RETRIEVAL, revision="a" * 40))
    assert not is_evaluated(Entry(root, "example/unknown", "1"), CARDIO_TERM_RETRIEVAL)
