"""Trainings that last: validation, early stopping, curves over kills, trackers, clear ends."""

import dataclasses
import itertools
import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import pytest
import torch

from cardiobench import Architecture
from cardiobench.errors import CardioBenchError, StageError
from cardiobench.foundation.text import normalise
from cardiobench.models.encoder import load_encoder
from cardiobench.pairs.subsets import share_of, validation_split
from cardiobench.plugins.registry import Plugins
from cardiobench.training.adapt import Adaptation, adapt
from cardiobench.training.arguments import check_trackers
from cardiobench.training.curve import CurvePoint, curve_points, mean_loss, write_curve
from cardiobench.training.recipe import Recipe
from cardiobench.training.validation import SCORE
from cardiobench.training.validation_parts import PARTS, part_scores, validator, written

OPTIONS: dict[str, Any] = {
    "name": "test",
    "rank": 4,
    "alpha": 8,
    "batch_size": 8,
    "epochs": 2,
    "learning_rate": 1e-2,
}


@pytest.fixture
def train(
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
    made_up_pairs: Callable[..., Any],
    tmp_path: Path,
) -> Callable[..., Adaptation]:
    """Trains a tiny model in a folder of its own."""
    weights = {
        True: tiny_folder(),
        False: tiny_folder(hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0),
    }
    number = itertools.count()

    def run(
        *,
        folder: str = "",
        report_to: tuple[str, ...] = (),
        drop_out: bool = True,
        **options: Any,
    ) -> Adaptation:
        spec = tiny_architecture()
        return adapt(
            load_encoder(spec, no_plugins, location=weights[drop_out], device="cpu"),
            spec,
            Recipe(**{**OPTIONS, **options}),
            made_up_pairs(64),
            seed=0,
            folder=tmp_path / (folder or str(next(number))),
            report_to=report_to,
        )

    return run


def test_a_share_of_the_pairs_is_fixed_and_part_of_every_larger_one(
    made_up_pairs: Callable[..., Any],
) -> None:
    """A quarter is in the half; the audit counts what is left; all is everything."""
    pairs = made_up_pairs(400)
    quarter, half = share_of(pairs, 0.25), share_of(pairs, 0.5)
    assert set(quarter.pairs) < set(half.pairs) < set(pairs.pairs)
    assert 60 < len(quarter.pairs) < 140
    assert 150 < len(half.pairs) < 250
    assert half.audit.kept == len(half.pairs) == sum(half.audit.by_relation.values())
    assert share_of(pairs, 1.0) is pairs
    fewer = share_of(type(pairs)(pairs=pairs.pairs[100:], audit=pairs.audit), 0.25)
    assert set(fewer.pairs) == set(quarter.pairs) & set(pairs.pairs[100:])


def test_validation_shares_no_concept_and_no_text_with_training(
    made_up_pairs: Callable[..., Any],
) -> None:
    """A pair of two concepts goes with both or with neither; a repeated text only to training."""
    pairs = made_up_pairs(300)
    rows = [
        dataclasses.replace(
            pair,
            other=f"C:{(n * 7) % 150}" if n % 3 == 0 else "",
            anchor="The  HEART" if n % 10 == 0 else pair.anchor,
        )
        for n, pair in enumerate(pairs.pairs)
    ]
    pairs = dataclasses.replace(pairs, pairs=tuple(rows))
    parts = training, held_out = validation_split(pairs, 0.2)
    concepts = [{i for p in part for i in (p.concept, p.other) if i} for part in parts]
    texts = [{normalise(t) for p in part for t in (p.anchor, p.positive)} for part in parts]
    assert concepts[0].isdisjoint(concepts[1])
    assert texts[0].isdisjoint(texts[1])
    assert "the heart" in texts[0]
    assert any(pair.other for pair in held_out)
    assert 20 < len(held_out) < 80
    assert 180 < len(training) < 280
    assert validation_split(pairs, 0) == (pairs.pairs, ())


def test_validation_is_scored_at_every_checkpoint(train: Callable[..., Adaptation]) -> None:
    """Eight points with loss and nDCG@10; what is kept are the last weights."""
    outcome = train(validation_fraction=0.3)
    scored = [point for point in outcome.curve if point.validation_score is not None]
    assert outcome.validation is not None
    assert len(scored) >= 8
    assert all(0 <= float(point.validation_score or 0) <= 1 for point in scored)
    assert all(point.validation_loss is not None for point in scored)
    assert outcome.validation.step == outcome.steps == scored[-1].step
    assert outcome.validation.score == scored[-1].validation_score
    assert outcome.validation.pairs < 64
    assert train().validation is None


def test_early_stopping_keeps_the_best_weights(
    train: Callable[..., Adaptation],
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
    made_up_pairs: Callable[..., Any],
) -> None:
    """A learning rate that ruins the model: it stops early, and the best score is the adapter's."""
    from cardiobench.models.encoder import load_adapter

    options = {"validation_fraction": 0.3, "early_stopping_patience": 2, "learning_rate": 0.1}
    outcome = train(**options, epochs=8)
    assert outcome.validation is not None
    scores = {p.step: p.validation_score for p in outcome.curve if p.validation_score is not None}
    assert outcome.validation.score == max(scores.values())
    assert outcome.validation.step < outcome.steps == max(scores) < 48
    spec = tiny_architecture()
    model = load_encoder(spec, no_plugins, location=tiny_folder(), device="cpu")
    load_adapter(model, outcome.folder)
    recipe = Recipe(**{**OPTIONS, **options})
    _, held_out = validation_split(made_up_pairs(64), 0.3)
    evaluator = validator(recipe.validation_parts, spec, held_out, recipe.batch_size)
    kept = evaluator(model)[SCORE.removeprefix("eval_")]
    assert kept == pytest.approx(outcome.validation.score, abs=1e-6)


def test_the_parts_of_the_validation_are_averaged(
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
    made_up_pairs: Callable[..., Any],
) -> None:
    """Each part is on its own scale from the written items, and counts the same."""
    spec = tiny_architecture()
    model = load_encoder(spec, no_plugins, location=tiny_folder(), device="cpu")
    evaluator = validator(tuple(PARTS), spec, made_up_pairs(16).pairs, 8)
    scores = part_scores(model, evaluator, tuple(PARTS))
    assert list(scores) == ["concepts", "questions", "assertions", "similarity"]
    assert evaluator(model)["sequential_score"] == pytest.approx(fmean(scores.values()))
    assertions = written("assertions")
    columns = [
        model.encode([item[name] for item in assertions], normalize_embeddings=True)
        for name in ("anchor", "positive", "negative")
    ]
    near, far = ((columns[0] * other).sum(axis=1) for other in columns[1:])
    assert scores["assertions"] == pytest.approx((near > far).mean())


def test_a_split_too_small_to_validate_on_is_refused(train: Callable[..., Adaptation]) -> None:
    """Before training; the field is named."""
    with pytest.raises(StageError, match=r"validation_fraction = 0.001 leaves 0 pairs .* raise it"):
        train(validation_fraction=0.001)


_KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
import test_training as t
from cardiobench import Architecture, Pooling
from cardiobench.models.encoder import load_encoder
from cardiobench.plugins.registry import Plugins
from cardiobench.training.recipe import Recipe
from cardiobench.training.adapt import adapt
spec = Architecture(name="tiny", checkpoint="example/tiny", revision="0" * 40,
    pooling=Pooling.MEAN, lora_targets=("query", "value"), max_seq_length=32, embedding_dim=32,
    parameters=10_000, licence="apache-2.0")
model = load_encoder(spec, Plugins(), location={weights!r}, device="cpu")
def slowly(done, total):
    import time
    print(done, flush=True)
    time.sleep(0.2)
adapt(model, spec, Recipe(**{options!r}), t.some_pairs(), seed=0, folder=Path({folder!r}),
    progress=slowly)
"""


def train_and_kill(weights: Path, options: dict[str, Any], folder: Path) -> None:
    """Train in a process of its own, and kill that at the seventh step."""
    script = _KILLED.format(
        tests=str(Path(__file__).parent), weights=str(weights), options=options, folder=str(folder)
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        for line in run.stdout:
            if line.strip() == "7":
                run.send_signal(signal.SIGKILL)
                break


@pytest.mark.slow  # the fast one is test_a_killed_training_resumes_to_the_very_same_adapter
@pytest.mark.parametrize("method", ["dora", "full"])
def test_a_killed_training_leaves_one_continuous_curve(
    method: str,
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
    made_up_pairs: Callable[..., Any],
    tmp_path: Path,
) -> None:
    """SIGKILL, then the same call: points and weights are those of an uninterrupted training."""
    weights = tiny_folder()
    rank = {} if method == "full" else {"rank": 4, "alpha": 8}
    options = {
        **{k: v for k, v in OPTIONS.items() if k not in ("rank", "alpha")},
        **rank,
        "method": method,
        "validation_fraction": 0.2,
        "early_stopping_patience": 9,
    }
    train_and_kill(weights, options, tmp_path / "killed")
    assert list((tmp_path / "killed" / "checkpoints").glob("checkpoint-*/complete"))
    sys.path.insert(0, str(Path(__file__).parent))
    try:
        from test_training import some_pairs
    finally:
        sys.path.pop(0)
    steps: list[int] = []

    def adapted(folder: str) -> Adaptation:
        spec = tiny_architecture()
        return adapt(
            load_encoder(spec, no_plugins, location=weights, device="cpu"),
            spec,
            Recipe(**options),
            some_pairs(),
            seed=0,
            folder=tmp_path / folder,
            progress=lambda done, total: steps.append(done),
        )

    resumed = adapted("killed")
    assert steps[0] > 4
    uninterrupted = adapted("uninterrupted")
    assert resumed.adapter_sha256 == uninterrupted.adapter_sha256
    assert resumed.curve == uninterrupted.curve
    assert resumed.loss == uninterrupted.loss
    assert resumed.validation == uninterrupted.validation


def test_the_curve_comes_from_the_log_and_its_mean_weighs_steps() -> None:
    """Rows of one step are one point; what the trainer logs beside them is left out."""
    log = [
        {"step": 2, "epoch": 0.5, "loss": 3.0, "learning_rate": 0.1, "grad_norm": 5.0},
        {"step": 2, "epoch": 0.5, "eval_loss": 2.5, SCORE: 0.5, "eval_runtime": 1.0},
        {"step": 3, "epoch": 0.75, "loss": 1.0, "learning_rate": 0.05},
        {"step": 3, "epoch": 0.75, "train_runtime": 9.0, "train_loss": 7.0},
    ]
    points = curve_points(log, SCORE)
    assert points == (
        CurvePoint(
            step=2,
            epoch=0.5,
            loss=3.0,
            learning_rate=0.1,
            validation_loss=2.5,
            validation_score=0.5,
        ),
        CurvePoint(step=3, epoch=0.75, loss=1.0, learning_rate=0.05),
    )
    assert mean_loss(points) == pytest.approx((2 * 3 + 1) / 3)


def test_the_figure_has_the_same_bytes_every_time(tmp_path: Path) -> None:
    """No date and no random ids: an entry can be made again."""
    points = [
        CurvePoint(step=n, epoch=n / 4, loss=1 / n, validation_loss=2 / n, validation_score=0.1 * n)
        for n in range(1, 5)
    ]
    files = []
    for name in ("a", "b"):
        write_curve(points, tmp_path / f"{name}.json", tmp_path / f"{name}.svg")
        files.append([(tmp_path / f"{name}.{kind}").read_bytes() for kind in ("json", "svg")])
    assert files[0] == files[1]
    assert b"<dc:date>" not in files[0][1]
    assert json.loads(files[0][0])["points"][1]["loss"] == 0.5


@pytest.mark.parametrize("schedule", ["linear", "cosine", "constant"])
def test_the_learning_rate_follows_the_schedule(
    schedule: str, train: Callable[..., Adaptation]
) -> None:
    """After warm-up: a line or half a cosine to zero, or flat."""
    outcome = train(schedule=schedule, warmup_ratio=0.25)
    rates = [point.learning_rate for point in outcome.curve]
    done = (np.arange(5, 17) - 4 - 1) / 12  # the rate that a step was made with
    expected = {
        "linear": 1 - done,
        "cosine": (1 + np.cos(np.pi * done)) / 2,
        "constant": np.ones(12),
    }[schedule]
    np.testing.assert_allclose(np.array(rates[4:], dtype=float) / 1e-2, expected, atol=1e-6)


def test_gradient_checkpointing_gives_the_same_adapter(train: Callable[..., Adaptation]) -> None:
    """It costs time, not results; batches are then not packed, and dropout falls otherwise."""
    plain, saved = (train(drop_out=False, gradient_checkpointing=on) for on in (False, True))
    np.testing.assert_allclose(
        [p.loss for p in saved.curve], [p.loss for p in plain.curve], atol=1e-5
    )


def test_bfloat16_training_leaves_single_precision_weights(
    train: Callable[..., Adaptation],
) -> None:
    """The arithmetic is coarser, the adapter is not."""
    from safetensors.torch import load_file

    outcome = train(precision="bf16")
    weights = load_file(outcome.folder / "adapter_model.safetensors")
    assert {w.dtype for w in weights.values()} == {torch.float32}
    assert outcome.loss == pytest.approx(train().loss, rel=0.05)
    assert outcome.adapter_sha256 != train().adapter_sha256


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a CUDA GPU")
def test_half_precision_needs_a_gpu(train: Callable[..., Adaptation]) -> None:
    """Before any work, with what to use instead."""
    with pytest.raises(StageError, match=r'precision = "fp16" needs a CUDA GPU .* "bf16"'):
        train(precision="fp16")


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 20.00 GiB"),
        RuntimeError("[enforce fail at alloc_cpu.cpp:117] err == 0. can't allocate memory: you"),
        MemoryError(),
    ],
    ids=["gpu", "processor", "python"],
)
def test_out_of_memory_says_what_to_change(
    error: Exception, train: Callable[..., Adaptation], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The fields of the recipe that use memory, on one line."""
    from cardiobench.training.loss_modules import SortedChunksLoss

    def fail(*args: Any) -> None:
        raise error

    monkeypatch.setattr(SortedChunksLoss, "forward", fail)
    with pytest.raises(StageError, match=r"lower batch_size .* gradient_checkpointing .*cached"):
        train()


def test_another_error_is_not_called_out_of_memory(
    train: Callable[..., Adaptation], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Mistakes of ours keep their own message."""
    from cardiobench.training.loss_modules import SortedChunksLoss

    def fail(*args: Any) -> None:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(SortedChunksLoss, "forward", fail)
    with pytest.raises(RuntimeError, match="shapes differ"):
        train()


def test_trackers_are_checked_before_any_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """An unknown one gives the known ones; one that is not installed, what to type."""
    with pytest.raises(CardioBenchError, match=r"Unknown tracker 'wandbb'. Did you mean 'wandb'"):
        check_trackers(["wandbb"])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(CardioBenchError, match="Type: pip install trackio"):
        check_trackers(["trackio"])


def test_tensorboard_has_the_curve(train: Callable[..., Adaptation], tmp_path: Path) -> None:
    """Through transformers' own callback; its files outlive the checkpoints."""
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    outcome = train(folder="run", report_to=("tensorboard",))
    events = EventAccumulator(str(tmp_path / "run" / "tensorboard"))
    events.Reload()
    found = [(event.step, event.value) for event in events.Scalars("train/loss")]
    assert [step for step, _ in found] == list(range(1, 17))
    assert found[3][1] == pytest.approx(outcome.curve[3].loss)


def test_energy_is_estimated_where_codecarbon_is_installed(
    train: Callable[..., Adaptation],
) -> None:
    """In kWh: more than nothing, less than a kettle; without codecarbon there is no figure."""
    pytest.importorskip("codecarbon")
    energy = train().energy_kwh
    assert energy is not None
    assert 0 < energy < 0.1


def test_a_stage_says_how_many_pairs_a_second(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the first report on, so that loading does not count; other stages say none."""
    from cardiobench.foundation import terminal as progress

    clock = iter([0.0, 10.0, 12.0, 14.0, 14.0, 0.0, 1.0, 2.0])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    with progress.Stages().stage("training", "pairs", 64) as step:
        for done in (8, 18, 28):
            step(done, 28)
    with progress.Stages().stage("tasks") as step:
        step(1, 1)
    told = capsys.readouterr().err
    assert told.splitlines() == [
        "training: begun",
        "training: done in 14 s, 320 pairs/s",
        "tasks: begun",
        "tasks: done in 2 s",
    ]
