"""Training is exact, seeded, stoppable, and trains the adapter alone."""

import itertools
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from cardiobench import Architecture
from cardiobench.errors import StageError, WeightsError
from cardiobench.models.encoder import load_adapter, load_encoder
from cardiobench.pairs.pair import Audit, Pair, TrainingPairs
from cardiobench.plugins.registry import Plugins
from cardiobench.training.adapt import Adaptation, adapt
from cardiobench.training.recipe import Recipe

WORDS = "aortic mitral valve stenosis heart failure rhythm atrial of the a in left right".split()
RECIPE = Recipe(name="test", rank=4, alpha=8, batch_size=8, epochs=2, learning_rate=1e-2)


def some_pairs(count: int = 64) -> TrainingPairs:
    """Distinct made-up pairs over the tiny tokenizer's words; two pairs a concept."""
    texts = [" ".join(words) for words in itertools.permutations(WORDS, 3)]
    chosen = random.Random(0).sample(texts, 2 * count)
    pairs = tuple(
        Pair(
            anchor=chosen[2 * k],
            positive=f"{chosen[2 * k + 1]} of the heart" * (1 + k % 3),
            concept=f"C:{k // 2}",
            relation="name-definition",
        )
        for k in range(count)
    )
    audit = Audit(
        built=count,
        removed_test_text=0,
        removed_separation=0,
        removed_repeated=0,
        kept=count,
        by_relation={},
        train_concepts=count // 2,
    )
    return TrainingPairs(pairs=pairs, audit=audit)


@pytest.fixture
def train(
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
    tmp_path: Path,
) -> Callable[..., tuple[Any, Adaptation]]:
    """Trains a tiny model in a folder of its own and gives model and outcome."""
    weights = tiny_folder()

    def run(folder: str, seed: int = 0, recipe: Recipe = RECIPE) -> tuple[Any, Adaptation]:
        spec = tiny_architecture()
        model = load_encoder(spec, no_plugins, location=weights, device="cpu")
        outcome = adapt(model, spec, recipe, some_pairs(), seed=seed, folder=tmp_path / folder)
        return model, outcome

    return run


def test_the_adapter_alone_is_trained_and_its_size_follows_from_the_rank(
    train: Callable[..., tuple[Any, Adaptation]],
) -> None:
    """r * (d_in + d_out) over query and value of one 32-wide layer; the base stays as it was."""
    model, outcome = train("a")
    assert outcome.trainable_parameters == 2 * 4 * (32 + 32)
    assert outcome.steps == 16
    trained = {name for name, p in model.named_parameters() if p.requires_grad}
    assert trained
    assert all("lora_" in name for name in trained)


def test_a_reloaded_adapter_gives_the_same_embeddings(
    train: Callable[..., tuple[Any, Adaptation]],
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
) -> None:
    """What is saved is what was trained, and without the adapter the base model is unchanged."""
    model, outcome = train("a")
    texts = ["aortic valve", "heart failure of the left heart"]
    after = model.encode(texts)
    base = load_encoder(tiny_architecture(), no_plugins, location=tiny_folder(), device="cpu")
    before = base.encode(texts)
    assert not np.allclose(before, after, atol=1e-3)
    np.testing.assert_allclose(load_adapter(base, outcome.folder).encode(texts), after, atol=1e-6)
    base.disable_adapters()
    np.testing.assert_allclose(base.encode(texts), before, atol=1e-6)


def test_the_adapter_names_the_published_base_and_no_path_of_this_machine(
    train: Callable[..., tuple[Any, Adaptation]], tmp_path: Path
) -> None:
    """Others can load it with SentenceTransformer(folder)."""
    _, outcome = train("a")
    config = (outcome.folder / "adapter_config.json").read_text()
    assert '"base_model_name_or_path": "example/tiny"' in config
    for path in outcome.folder.rglob("*.json"):
        assert str(tmp_path) not in path.read_text()


def test_one_seed_gives_one_adapter_and_another_seed_another(
    train: Callable[..., tuple[Any, Adaptation]],
) -> None:
    """Same seed, data and versions: the same bytes."""
    hashes = [train(name, seed)[1].adapter_sha256 for name, seed in (("a", 0), ("b", 0), ("c", 1))]
    assert hashes[0] == hashes[1]
    assert hashes[0] != hashes[2]


_KILLED = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from cardiobench import Architecture, Pooling
from cardiobench.models.encoder import load_encoder
from cardiobench.plugins.registry import Plugins
from cardiobench.training.adapt import adapt
import test_training as t
spec = Architecture(name="tiny", checkpoint="example/tiny", revision="0" * 40,
    pooling=Pooling.MEAN, lora_targets=("query", "value"), max_seq_length=32, embedding_dim=32,
    parameters=10_000, licence="apache-2.0")
model = load_encoder(spec, Plugins(), location={weights!r}, device="cpu")
def slowly(done, total):
    import time
    print(done, flush=True)
    time.sleep(0.3)
adapt(model, spec, t.RECIPE, t.some_pairs(), seed=0, folder=Path({folder!r}), progress=slowly)
"""


def test_a_killed_training_resumes_to_the_very_same_adapter(
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
    tmp_path: Path,
) -> None:
    """SIGKILL at step 9 of 16, then the same call: fewer steps are done, the bytes are equal."""
    weights = tiny_folder()
    script = _KILLED.format(
        tests=str(Path(__file__).parent), weights=str(weights), folder=str(tmp_path / "killed")
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env={**os.environ}
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.strip() == "9":
                process.send_signal(signal.SIGKILL)
                break
    half_written = tmp_path / "killed" / "checkpoints" / "checkpoint-99"
    half_written.mkdir()
    steps: list[int] = []

    def adapted(folder: str) -> Adaptation:
        spec = tiny_architecture()
        model = load_encoder(spec, no_plugins, location=weights, device="cpu")
        return adapt(
            model,
            spec,
            RECIPE,
            some_pairs(),
            seed=0,
            folder=tmp_path / folder,
            progress=lambda done, total: steps.append(done),
        )

    resumed = adapted("killed")
    assert steps[0] >= 8
    assert steps[-1] == 16
    assert not half_written.exists()
    assert adapted("whole").adapter_sha256 == resumed.adapter_sha256


def test_too_few_pairs_for_a_batch_says_what_to_change(
    train: Callable[..., tuple[Any, Adaptation]],
) -> None:
    """No batch, no training: the recipe's field is named."""
    with pytest.raises(StageError, match=r"batches of 100 pairs, but only 64 .* lower batch_size"):
        train("a", recipe=Recipe(name="test", batch_size=100))


def test_a_loss_that_is_not_a_number_stops_the_training(
    train: Callable[..., tuple[Any, Adaptation]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """No adapter of NaNs is ever filed."""
    from cardiobench.training.loss_modules import SortedChunksLoss

    monkeypatch.setattr(
        SortedChunksLoss,
        "compute_loss_from_embeddings",
        lambda self, embeddings, labels: embeddings[0].sum() * float("nan"),
    )
    with pytest.raises(StageError, match=r"not a number at step 1; .*: C:\d+ \(\w+ .* and 5 more"):
        train("a")


def test_a_folder_without_an_adapter_is_refused(minilm: Any, tmp_path: Path) -> None:
    """One line with the folder."""
    with pytest.raises(WeightsError, match="Cannot load the adapter"):
        load_adapter(minilm, tmp_path)


def test_sorted_chunks_give_the_stock_loss_and_gradients(minilm: Any) -> None:
    """Only padding goes: loss and gradients equal MultipleNegativesRankingLoss on real texts."""
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    from cardiobench.training.loss_modules import SortedChunksLoss

    anchors = ["Aortic stenosis", "Atrial fibrillation with a rapid ventricular rate", "Angina"]
    positives = [
        "Narrowing of the valve between the left ventricle and the aorta.",
        "An irregular rhythm that starts in the upper chambers, here with fast conduction.",
        "Chest pain.",
    ]
    weight = minilm.transformers_model.encoder.layer[0].attention.self.query.weight
    found = []
    for loss in (MultipleNegativesRankingLoss(minilm), SortedChunksLoss(minilm)):
        features = [minilm.preprocess(texts) for texts in (anchors, positives)]
        value = loss(features, torch.zeros(3))
        (gradient,) = torch.autograd.grad(value, weight)
        found.append((value.item(), gradient.numpy()))
    assert found[0][0] == pytest.approx(found[1][0], abs=1e-5)
    np.testing.assert_allclose(found[0][1], found[1][1], atol=1e-6)


def test_chunks_are_cut_where_they_cost_least() -> None:
    """The dynamic programme equals trying every cut."""
    from cardiobench.training.loss_modules import chunk_ends

    generator = random.Random(1)
    for _ in range(30):
        lengths = sorted(generator.randint(1, 60) for _ in range(generator.randint(1, 9)))
        size = len(lengths)

        def cost(ends: tuple[int, ...], lengths: list[int] = lengths) -> int:
            starts = (0, *ends[:-1])
            return sum((e - s) * lengths[e - 1] + 20 for s, e in zip(starts, ends, strict=True))

        every = [
            (*cuts, size)
            for count in range(size)
            for cuts in itertools.combinations(range(1, size), count)
        ]
        assert cost(tuple(chunk_ends(lengths, overhead=20))) == min(cost(ends) for ends in every)


def test_no_text_and_no_concept_stands_twice_in_a_batch() -> None:
    """Either would be counted as a wrong answer although it is right."""
    from datasets import Dataset

    from cardiobench.training.batches import OneConceptPerBatch

    rows = [(f"a{k % 7}", f"p{k}", f"C{k % 5}") for k in range(60)]
    data = Dataset.from_dict({"anchor": [r[0] for r in rows], "positive": [r[1] for r in rows]})
    sampler = OneConceptPerBatch(data, [r[2] for r in rows], batch_size=4, drop_last=False, seed=3)
    batches = list(sampler)
    assert sum(len(batch) for batch in batches) == len(rows)
    for batch in batches:
        assert len({rows[i][0] for i in batch}) == len(batch)
        assert len({rows[i][2] for i in batch}) == len(batch)


def test_training_reports_its_steps_while_it_runs(
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
    tmp_path: Path,
) -> None:
    """A progress bar sees every step and the total."""
    seen: list[tuple[int, int]] = []
    spec = tiny_architecture(query_prompt="left ")
    model = load_encoder(spec, no_plugins, location=tiny_folder(), device="cpu")
    started = time.monotonic()
    outcome = adapt(
        model,
        spec,
        RECIPE,
        some_pairs(16),
        seed=0,
        folder=tmp_path,
        progress=lambda done, total: seen.append((done, total)),
    )
    assert seen == [(step, 4) for step in range(1, 5)]
    assert 0 < outcome.train_seconds <= time.monotonic() - started


def test_a_scaled_adapter_is_that_share_of_the_trained_update(
    train: Callable[..., tuple[Any, Adaptation]],
) -> None:
    """Weights are base + scale x update, under the same rank and alpha; validation sees them."""
    whole, first = train("whole", recipe=replace(RECIPE, validation_fraction=0.2))
    half, second = train("half", recipe=replace(RECIPE, validation_fraction=0.2, adapter_scale=0.5))
    kept = [load_file(outcome.folder / "adapter_model.safetensors") for outcome in (first, second)]
    assert kept[0].keys() == kept[1].keys()
    for name, weights in kept[0].items():
        factor = 0.5 if ".lora_B." in name else 1.0
        torch.testing.assert_close(kept[1][name], factor * weights, rtol=0, atol=0)
    configs = [(outcome.folder / "adapter_config.json").read_text() for outcome in (first, second)]
    assert configs[0] == configs[1]
    texts = ["aortic valve", "heart failure of the left heart"]
    assert not np.allclose(whole.encode(texts), half.encode(texts), atol=1e-3)
    losses = [[p.validation_loss for p in outcome.curve] for outcome in (first, second)]
    assert any(losses[0])
    assert losses[0] != losses[1]
