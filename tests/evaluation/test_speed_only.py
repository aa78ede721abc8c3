"""`cardiobench speed --random-weights`: an architecture is timed without hub, weights or scores."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cardiobench.board.build import board_pages
from cardiobench.board.read import BoardData, read_rows
from cardiobench.board.rows import PUBLISHED
from cardiobench.errors import WeightsError
from cardiobench.models.random_weights import write_checkpoint
from cardiobench.plugins.registry import load_plugins
from cardiobench.results.entry import finished_entries, published_folder

TINY = """
from cardiobench import Architecture, Pooling, Reported, hookimpl

@hookimpl
def cardiobench_architectures():
    return Architecture(
        name="tiny-bert", checkpoint="example/tiny-bert", revision=None, pooling=Pooling.MEAN,
        lora_targets=("query", "value"), max_seq_length=64, embedding_dim=32, parameters=1_000_000,
        licence="mit", config={"model_type": "bert", "hidden_size": 32, "num_hidden_layers": 2,
        "num_attention_heads": 4, "intermediate_size": 64}, reported=Reported(separation=0.1,
        zero_shot_separation=0.1, texts_per_second=123.5, memory_gb=1.0))
"""


COMMAND = [sys.executable, "-c", "from cardiobench.cli.main import main; main()", "speed"]


def speed(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    """The command in a working folder whose ``site`` holds an installed plugin package."""
    site = folder / "site"
    if not site.exists():
        (site / "tiny_bert-1.0.dist-info").mkdir(parents=True)
        (site / "tiny_bert.py").write_text(TINY)
        info = site / "tiny_bert-1.0.dist-info"
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny-bert\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[cardiobench]\ntiny-bert = tiny_bert\n")
    path = os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def timed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which one architecture was timed."""
    folder = tmp_path_factory.mktemp("speed")
    done = speed(folder, "--random-weights", "tiny-bert")
    assert done.returncode == 0, done.stderr
    assert "tiny-bert: " in done.stdout
    return folder


def test_a_timing_stands_on_the_speed_table_and_nowhere_else(timed: Path) -> None:
    """The row is labelled random-weights and has no rank."""
    (entry,) = finished_entries(timed / "cardiobench-runs")
    assert entry.manifest().model.kind == "speed-only"
    report = json.loads(entry.speed_path.read_text())
    (latency,) = [b for b in report["benchmarks"] if b["name"] == "test_latency"]
    assert latency["stats"]["rounds"] == 100
    board = timed / "cardiobench-runs"
    assert "random-weights/tiny-bert" in (board / "speed.md").read_text()
    assert "random-weights/tiny-bert" not in (board / "README.md").read_text()
    assert not any("random-weights/tiny-bert" in p.read_text() for p in board.glob("tasks/*.md"))


def test_what_is_timed_is_not_timed_again(timed: Path) -> None:
    """The second command shows the figures and changes nothing."""
    (entry,) = finished_entries(timed / "cardiobench-runs")
    before = entry.speed_path.stat().st_mtime_ns
    again = speed(timed, "--random-weights", "tiny-bert")
    assert again.returncode == 0
    assert "tiny-bert: " in again.stdout
    assert entry.speed_path.stat().st_mtime_ns == before


def test_timings_alone_make_a_board(timed: Path) -> None:
    """Without scored rows the page holds the speed tables."""
    pages = board_pages(BoardData(rows=tuple(read_rows(timed / "cardiobench-runs", PUBLISHED))))
    assert list(pages) == ["README.md"]
    assert "random-weights/tiny-bert" in pages["README.md"]


def test_the_studys_throughput_stands_beside_ours_for_its_models() -> None:
    """Only where a model of the study was timed; MiniLM is none of them."""
    folder = published_folder()
    assert folder is not None
    rows = read_rows(folder, PUBLISHED)
    architectures = {spec.name: spec for spec, _ in load_plugins().architectures()}
    page = board_pages(BoardData(rows=tuple(rows)), architectures)["speed.md"]
    assert "study, A100" not in page
    timed = next(row for row in rows if row.speed)
    model = timed.manifest.model.model_copy(
        update={"architecture": "bge-small", "kind": "speed-only", "name": "random-weights/x"}
    )
    other = replace(timed, manifest=timed.manifest.model_copy(update={"model": model}))
    page = board_pages(BoardData(rows=(*rows, other)), architectures)["speed.md"]
    line = next(line for line in page.splitlines() if "random-weights/x" in line)
    assert line.rstrip(" |").endswith("467.3")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--random-weights", "tiny-bret"], "Did you mean 'tiny-bert'"),
        (["tiny-bert"], "--random-weights"),
        (["--random-weights"], "ARCHITECTURE"),
    ],
)
def test_a_users_mistake_is_one_line_and_exit_code_2(
    tmp_path: Path, arguments: list[str], message: str
) -> None:
    """An unknown name, a missing flag, no name at all."""
    done = speed(tmp_path, *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_an_architecture_without_config_is_told_what_to_add(tmp_path: Path) -> None:
    """Its class and size are unknown without the hub."""
    spec = replace(load_plugins().architecture("bge-small"), config=None)
    with pytest.raises(WeightsError, match=r"gives no config.*config\.json"):
        write_checkpoint(spec, tmp_path, ["heart"])
