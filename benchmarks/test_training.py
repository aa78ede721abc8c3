"""Our training batches against stock sentence-transformers', interleaved, on the CPU.

Both sides are SentenceTransformerTrainer with the same rows in the same batches; only the loss
differs: stock MultipleNegativesRankingLoss, and ours, which leaves out the padding. Time is that of
``trainer.train()``: tokenising, both passes and the optimiser. ``CARDIOBENCH_ROUNDS`` sets how many
rounds of steps are timed.
"""

import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from interleaving import ROUNDS, interleaved, ratios

BATCH = 32
TOLERANCE = 1e-4


class Bench:
    """A model with a fresh adapter, and training blocks on ever new pairs.

    Args:
        architecture: what is trained.
        location: its weights, or None for the usual ones.
        folder: scratch folder of the trainers.
        batch_size: pairs a step.
    """

    def __init__(
        self, architecture: Any, location: Path | None, folder: Path, batch_size: int = BATCH
    ) -> None:
        import torch
        from datasets import Dataset
        from peft import LoraConfig

        from cardiobench.foundation.terminal import quieten
        from cardiobench.models.encoder import load_encoder
        from cardiobench.pairs.selection import recipe_pairs
        from cardiobench.pairs.test_texts import separation_items
        from cardiobench.plugins.registry import load_plugins
        from cardiobench.training.adapt import training_columns
        from cardiobench.training.recipe import load_recipe

        quieten()
        recipe = load_recipe("quick")
        pairs = recipe_pairs(recipe, separation=separation_items(recipe.scope))
        self.rows = Dataset.from_dict(training_columns(pairs)).shuffle(seed=0)
        torch.manual_seed(0)
        self.model = load_encoder(architecture, load_plugins(), location=location, device="cpu")
        self.model.max_seq_length = recipe.max_seq_length
        targets = list(architecture.lora_targets)
        self.model.add_adapter(LoraConfig(r=recipe.rank, target_modules=targets))
        self.learning_rate = recipe.learning_rate
        self.folder, self.batch_size = folder, batch_size
        self.weights = {n: p for n, p in self.model.named_parameters() if p.requires_grad}
        self.start = {name: weight.detach().clone() for name, weight in self.weights.items()}

    def job(self, kind: Callable[..., Any], block: int, steps: int) -> Callable[[], list[float]]:
        """A training on the pairs of a block, from the same start; gives every step's loss."""
        from sentence_transformers import (
            SentenceTransformerTrainer,
            SentenceTransformerTrainingArguments,
        )
        from transformers import PrinterCallback

        losses: list[float] = []
        loss = kind(self.model)
        loss.register_forward_hook(lambda module, inputs, found: losses.append(found.item()))
        size = steps * self.batch_size
        trainer = SentenceTransformerTrainer(
            model=self.model,
            args=SentenceTransformerTrainingArguments(
                output_dir=str(self.folder),
                max_steps=steps,
                per_device_train_batch_size=self.batch_size,
                learning_rate=self.learning_rate,
                batch_sampler="no_duplicates",
                save_strategy="no",
                logging_strategy="no",
                report_to="none",
                disable_tqdm=True,
                dataloader_pin_memory=False,
            ),
            train_dataset=self.rows.select(range(block * size, (block + 1) * size)),
            loss=loss,
        )
        trainer.remove_callback(PrinterCallback)

        def train() -> list[float]:
            for name, weight in self.weights.items():
                weight.data.copy_(self.start[name])
            trainer.train()
            return losses

        return train

    def without_dropout(self) -> None:
        """Take the chance out of a training, so that losses can be compared."""
        from torch import nn

        for module in self.model.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0


Kinds = dict[str, Callable[..., Any]]


def kinds() -> Kinds:
    """The two losses."""
    from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

    from cardiobench.training.loss_modules import SortedChunksLoss

    return {"stock": MultipleNegativesRankingLoss, "ours": SortedChunksLoss}


def cached_kinds() -> Kinds:
    """The two with GradCache."""
    from sentence_transformers.sentence_transformer.losses import CachedMultipleNegativesRankingLoss

    from cardiobench.training.loss_modules import SortedCachedLoss

    return {"stock": CachedMultipleNegativesRankingLoss, "ours": SortedCachedLoss}


def compare(
    bench: Bench, benchmark: Any, show: Callable[..., None], steps: int, sides: Kinds
) -> None:
    """Time blocks of both sides with the model's own dropout, then compare losses without it."""
    for kind in sides.values():
        bench.job(kind, ROUNDS, 1)()
    blocks = {
        name: iter([bench.job(kind, block, steps) for block in range(ROUNDS)])
        for name, kind in sides.items()
    }
    jobs = {name: (lambda left=left: next(left)()) for name, left in blocks.items()}
    times = benchmark.pedantic(interleaved, args=(jobs,), rounds=1)
    pairs = steps * bench.batch_size
    figures: dict[str, Any] = {
        f"{name}, pairs/s": f"{statistics.median(pairs / wall for _, wall in found):.1f}"
        for name, found in times.items()
    }
    figures |= ratios(times, "stock", "ours")
    bench.without_dropout()
    stock, ours = (bench.job(kind, 0, steps)() for kind in sides.values())
    difference = max(abs(a - b) for a, b in zip(stock, ours, strict=True))
    figures["steps compared"] = len(stock)
    figures["largest difference in loss"] = f"{difference:.1e}"
    show(figures)
    assert difference < TOLERANCE


def test_packed(benchmark: Any, show: Callable[..., None], tmp_path: Path) -> None:
    """all-MiniLM-L6-v2, a BERT: texts are packed without padding."""
    from cardiobench.plugins.registry import load_plugins

    bench = Bench(load_plugins().architecture("minilm"), None, tmp_path)
    compare(bench, benchmark, show, steps=12, sides=kinds())


def test_cached(benchmark: Any, show: Callable[..., None], tmp_path: Path) -> None:
    """all-MiniLM-L6-v2, batches of 128 pairs with GradCache, 32 in memory at once."""
    from cardiobench.plugins.registry import load_plugins

    bench = Bench(load_plugins().architecture("minilm"), None, tmp_path, batch_size=128)
    compare(bench, benchmark, show, steps=3, sides=cached_kinds())


@pytest.mark.parametrize("name", ["mpnet", "jina-v2"])
def test_in_chunks(name: str, benchmark: Any, show: Callable[..., None], tmp_path: Path) -> None:
    """Full width with random weights and three layers: length-sorted chunks."""
    import dataclasses

    from cardiobench.models.random_weights import write_checkpoint
    from cardiobench.plugins.registry import load_plugins
    from cardiobench.sources.hpo import read_hpo

    spec = load_plugins().architecture(name)
    spec = dataclasses.replace(spec, config={**(spec.config or {}), "num_hidden_layers": 3})
    texts = [c.definition for c in read_hpo().concepts.values() if c.definition]
    spec = write_checkpoint(spec, tmp_path / "weights", texts, tiny=False)
    bench = Bench(spec, tmp_path / "weights", tmp_path)
    compare(bench, benchmark, show, steps=2, sides=kinds())
