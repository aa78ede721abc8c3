"""Several models, several runs: none harms another."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cardiobench.entry import finished_entries

PLUGIN = """
import os
import signal
import time

from cardiobench import Architecture, Pooling, hookimpl


def spec(name):
    return Architecture(
        name=name, checkpoint=f"example/{name}", revision="0" * 40, pooling=Pooling.MEAN,
        lora_targets=(), max_seq_length=64, embedding_dim=64, parameters=64_000, licence="mit",
    )


@hookimpl
def cardiobench_architectures():
    return [spec(name) for name in ("good", "crashes", "hangs")]


@hookimpl
def cardiobench_build_encoder(architecture):
    if architecture.name == "crashes":
        os.kill(os.getpid(), signal.SIGKILL)  # as the system does when memory runs out
    if architecture.name == "hangs":
        time.sleep(3600)
    if architecture.name != "good":
        return None
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = {"[UNK]": 0, **{word: n + 1 for n, word in enumerate("no with of the heart".split())}}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    torch.manual_seed(0)
    return SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=64)])
"""
COMMAND = [sys.executable, "-c", "from cardiobench.cli.main import main; main()", "run"]
SHORT = ["--task", "CardioNegation", "--no-speed", "--no-baselines"]


def start(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    """The command in a working folder whose ``site`` holds the plugin as pip lays it out."""
    info = folder / "site" / "moody-1.0.dist-info"
    if not info.exists():
        info.mkdir(parents=True)
        (folder / "site" / "moody.py").write_text(PLUGIN)
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: moody\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text("[cardiobench]\nmoody = moody\n")
    path = os.pathsep.join([str(folder / "site"), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.Popen(
        [*COMMAND, *SHORT, *arguments],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": path, "HF_HUB_OFFLINE": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def names(folder: Path) -> list[str]:
    """The models with a finished entry."""
    return [entry.name for entry in finished_entries(folder / "cardiobench-runs")]


def test_a_model_that_is_killed_for_want_of_memory_fails_alone(tmp_path: Path) -> None:
    """The others get their rows and the board; exit code and last lines say which failed."""
    with start(tmp_path, "--model", "crashes", "--model", "good") as process:
        output, errors = process.communicate()
    assert process.returncode == 1, errors
    assert "Failed: crashes zero-shot: was killed by signal 9" in errors
    assert "1 of its parts failed" in errors
    assert "Traceback" not in errors
    assert names(tmp_path) == ["example/good"]
    assert "example/good" in output
    assert "example/good" in (tmp_path / "cardiobench-runs" / "README.md").read_text()


@pytest.mark.slow
def test_a_model_that_hangs_is_stopped_at_the_timeout(tmp_path: Path) -> None:
    """The next model runs."""
    options = ("--model", "hangs", "--model", "good", "--timeout", "1.5")
    with start(tmp_path, *options) as process:
        _, errors = process.communicate()
    assert process.returncode == 1, errors
    assert "Failed: hangs zero-shot: was stopped after 1.5 minutes" in errors
    assert names(tmp_path) == ["example/good"]


@pytest.mark.slow
def test_two_runs_at_once_on_one_folder_share_the_work(tmp_path: Path) -> None:
    """One evaluates, the other waits and finds it done; both end well."""
    with start(tmp_path, "--model", "good") as first, start(tmp_path, "--model", "good") as second:
        said = [process.communicate() for process in (first, second)]
    assert [first.returncode, second.returncode] == [0, 0], said
    errors = [errors for _, errors in said]
    assert sum("good zero-shot: 1 tasks: done" in text for text in errors) == 1
    assert sum("Nothing to do" in output for output, _ in said) == 1
    assert names(tmp_path) == ["example/good"]
