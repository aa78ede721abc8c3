"""Several processes of one run: one leads, all train, as one process with larger batches does."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from cardiobench.foundation.processes import from_first, own_device, rank, world_size

_TRAIN = """
import json, os, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import test_training as t
from cardiobench import Architecture, Pooling
from cardiobench.models.encoder import load_encoder
from cardiobench.plugins.registry import Plugins
from cardiobench.foundation.processes import from_first
from cardiobench.training.recipe import Recipe
from cardiobench.training.adapt import adapt
spec = Architecture(name="tiny", checkpoint="example/tiny", revision="0" * 40,
    pooling=Pooling.MEAN, lora_targets=("query", "value"), max_seq_length=32, embedding_dim=32,
    parameters=10_000, licence="apache-2.0")
folder, options, accumulation = Path(sys.argv[1]), json.loads(sys.argv[2]), int(sys.argv[3])
told = from_first(os.environ.get("RANK", "0"), "cpu")
model = load_encoder(spec, Plugins(), location={weights!r}, device="cpu")
recipe = Recipe(name="test", rank=4, alpha=8, batch_size=8, epochs=2, learning_rate=1e-2,
    gradient_accumulation=accumulation, **options)
done = adapt(model, spec, recipe, t.some_pairs(), seed=0, folder=folder / "run")
losses = [point.loss for point in done.curve]
(folder / f"{{os.environ.get('RANK', 'alone')}}.json").write_text(
    json.dumps([told, done.adapter_sha256, done.steps, losses]))
"""


def test_an_ordinary_run_is_the_first_of_one_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is sent, and the device is what was asked for."""
    for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK"):
        monkeypatch.delenv(name, raising=False)
    assert (rank(), world_size()) == (0, 1)
    assert from_first("minilm", None) == "minilm"
    assert own_device(None) is None
    assert own_device("mps") == "mps"


def test_each_of_several_processes_has_its_own_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless a device was asked for; without GPUs, the processor."""
    monkeypatch.setenv("WORLD_SIZE", "4")
    monkeypatch.setenv("RANK", "3")
    monkeypatch.setenv("LOCAL_RANK", "1")
    assert (rank(), world_size()) == (3, 4)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert own_device(None) == "cuda:1"
    assert own_device("cpu") == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert own_device(None) == "cpu"


@pytest.mark.slow
@pytest.mark.parametrize(
    "options",
    [{}, {"loss": "cached", "mini_batch_size": 4}],
    ids=["infonce", "cached"],
)
def test_two_processes_train_as_one_that_accumulates_two_batches(
    options: dict[str, object], tiny_folder: Callable[..., Path], tmp_path: Path
) -> None:
    """Over gloo: the same losses step by step, and one adapter in both."""
    weights = tiny_folder(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0)
    script = tmp_path / "train.py"
    script.write_text(
        _TRAIN.format(tests=str(Path(__file__).parents[1] / "training"), weights=str(weights))
    )
    launch = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node=2"]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    for name, command, accumulation in (("many", launch, 1), ("one", [sys.executable], 2)):
        folder = tmp_path / name
        folder.mkdir()
        arguments = [str(script), str(folder), json.dumps(options), str(accumulation)]
        done = subprocess.run(
            [*command, *arguments],
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, done.stderr[-2000:]
    first, second = (json.loads((tmp_path / "many" / f"{n}.json").read_text()) for n in "01")
    alone = json.loads((tmp_path / "one" / "alone.json").read_text())
    assert first == second
    assert first[0] == "0"
    # The last step of an epoch may hold what fills no batch, which processes share otherwise.
    assert first[3][:3] == pytest.approx(alone[3][:3], abs=1e-5)
