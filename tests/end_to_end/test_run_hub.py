"""`cardiobench run` with models of the hub: from its cache, at the pinned revision, all the way."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from cardiobench.models.random_weights import write_checkpoint
from cardiobench.plugins.architecture import Architecture
from cardiobench.plugins.registry import load_plugins
from cardiobench.results.entry import Entry, finished_entries
from cardiobench.sources.hpo import read_hpo

REVISION = "0123456789abcdef0123456789abcdef01234567"
RECIPE = 'name = "short"\nrank = 2\nepochs = 0.1\nbatch_size = 16\nmax_seq_length = 32\n'
PLUGIN = """
from dataclasses import replace

from cardiobench import hookimpl
from cardiobench_plugins.{module} import {constant}


@hookimpl
def cardiobench_architectures():
    return [
        replace(
            {constant}, name="tiny", checkpoint="example/tiny", model_name="", embedding_dim=32,
            revision={revision!r}, parameters={parameters}, max_seq_length=64, precision="float32",
        )
    ]
"""


def hub_cache(folder: Path, spec: Architecture) -> Architecture:
    """A hub cache that holds a tiny random checkpoint of the same class."""
    repository = folder / "hub" / "models--example--tiny"
    snapshot = repository / "snapshots" / REVISION
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(REVISION)
    definitions = [c.definition for c in read_hpo().concepts.values() if c.definition]
    return write_checkpoint(spec, snapshot, definitions[:2000])


def install(folder: Path, module: str, constant: str, made: Architecture, revision: object) -> Path:
    """A plugin package for that checkpoint, laid out as pip does."""
    site = folder / "site"
    info = site / "tiny-1.0.dist-info"
    info.mkdir(parents=True)
    source = PLUGIN.format(
        module=module, constant=constant, revision=revision, parameters=made.parameters
    )
    (site / "tiny_plugin.py").write_text(source)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: tiny\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[cardiobench]\ntiny = tiny_plugin\n")
    return site


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "module", "constant", "revision"),
    [
        ("qwen3-4b", "qwen3_4b", "QWEN3_4B", REVISION),
        ("jina-v2", "jina_v2", "JINA_V2", None),
        ("gemma-2-2b", "gemma_2_2b", "GEMMA_2_2B", REVISION),
    ],
)
def test_a_model_of_the_hub_is_run_and_adapted(
    tmp_path: Path, name: str, module: str, constant: str, revision: str | None
) -> None:
    """Zero-shot and adapted rows at the pinned (or looked-up) revision; nothing is downloaded."""
    made = hub_cache(tmp_path, load_plugins().architecture(name))
    site = install(tmp_path, module, constant, made, revision)
    (tmp_path / "short.toml").write_text(RECIPE)
    command = [sys.executable, "-c", "from cardiobench.cli.main import main; main()", "run"]
    options = ["--model", "tiny", "--recipe", "short.toml", "--task", "CardioNegation"]
    path = os.pathsep.join([str(site), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(
        [*command, *options, "--no-speed", "--no-baselines"],
        cwd=tmp_path,
        env={
            **os.environ,
            "PYTHONPATH": path,
            "HF_HUB_OFFLINE": "1",
            "HF_HUB_CACHE": str(tmp_path / "hub"),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows = {e.manifest().model.kind: e for e in finished_entries(tmp_path / "cardiobench-runs")}
    assert (rows["zero-shot"].name, rows["zero-shot"].revision) == ("example/tiny", REVISION)
    adapted: Entry = rows["adapted"]
    assert adapted.name == "cardiobench/tiny-short-seed0"
    config = json.loads((adapted.adapter_folder / "adapter_config.json").read_text())
    assert (config["base_model_name_or_path"], config["revision"]) == ("example/tiny", REVISION)
    assert config["target_modules"] == sorted(made.lora_targets)
    before, after = (rows[kind].items("CardioNegation").values for kind in ("zero-shot", "adapted"))
    assert len(before) == len(after) == 480
