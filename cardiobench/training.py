"""Adapting a model: LoRA through sentence-transformers' own trainer, stoppable and resumable."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.architecture import Architecture
from cardiobench.errors import StageError
from cardiobench.files import read_json, sha256_file, write_json
from cardiobench.pairs import TrainingPairs
from cardiobench.recipe import Recipe

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer, SentenceTransformerTrainingArguments

    from cardiobench.trainer import AdapterTrainer

CHECKPOINTS_PER_RUN = 8

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adaptation:
    """A finished training.

    Attributes:
        folder: the adapter folder (PEFT layout inside a sentence-transformers folder).
        adapter_sha256: hash of the adapter's weights.
        trainable_parameters: parameters that were trained.
        steps: optimiser steps.
        train_seconds: wall time of this process's share of the training, in seconds.
        loss: mean training loss over all steps.
    """

    folder: Path
    adapter_sha256: str
    trainable_parameters: int
    steps: int
    train_seconds: float
    loss: float


def adapt(
    model: "SentenceTransformer",
    architecture: Architecture,
    recipe: Recipe,
    pairs: TrainingPairs,
    *,
    seed: int,
    folder: Path,
    progress: Progress = lambda done, total: None,
) -> Adaptation:
    """Train an adapter on the pairs; a killed training goes on from its last whole checkpoint.

    Args:
        model: the freshly loaded base model; it carries the adapter afterwards.
        architecture: names the LoRA targets and prompts.
        recipe: the training options.
        pairs: what to train on.
        seed: seeds weights, batches and dropout; one seed gives one adapter on one machine.
        folder: working folder: ``checkpoints/`` while training, ``adapter/`` when done.
        progress: called with (steps done, steps in all).

    Raises:
        StageError: the loss is not finite, or there are too few pairs for one batch.
    """
    from transformers import set_seed

    if len(pairs.pairs) < recipe.batch_size:
        raise StageError(
            f"Recipe {recipe.name} asks for batches of {recipe.batch_size} pairs, but only "
            f"{len(pairs.pairs)} pairs are at hand; lower batch_size or add relations."
        )
    set_seed(seed)
    # The trainer would write widget examples, that is training text, into a model card.
    model.model_card_data.generate_widget_examples = False
    _add_adapter(model, architecture, recipe)
    trainable = sum(p.numel() for p in model.parameters() if p.requires_grad)
    checkpoints = folder / "checkpoints"
    trainer = _trainer(model, architecture, recipe, pairs, seed, checkpoints, progress)
    started = time.monotonic()
    steps, loss = _fit(trainer, architecture)
    seconds = time.monotonic() - started
    adapter = _save(model.eval(), architecture, folder / "adapter")
    shutil.rmtree(checkpoints, ignore_errors=True)
    return Adaptation(
        folder=adapter,
        adapter_sha256=sha256_file(adapter / "adapter_model.safetensors"),
        trainable_parameters=trainable,
        steps=steps,
        train_seconds=seconds,
        loss=loss,
    )


def _fit(trainer: "AdapterTrainer", architecture: Architecture) -> tuple[int, float]:
    """Train from the last whole checkpoint; gives optimiser steps and mean loss."""
    import torch

    try:
        outcome = trainer.train(
            resume_from_checkpoint=_last_whole(Path(str(trainer.args.output_dir)))
        )
    except (torch.OutOfMemoryError, MemoryError) as error:
        raise StageError(
            f"Out of memory while training {architecture.name}: lower batch_size "
            "(and raise gradient_accumulation), or max_seq_length, in the recipe."
        ) from error
    loss = float(outcome.training_loss)
    if loss != loss:
        raise StageError(
            f"The training loss of {architecture.name} is not a number; lower learning_rate."
        )
    return int(outcome.global_step), loss


def _save(model: "SentenceTransformer", architecture: Architecture, adapter: Path) -> Path:
    """Write the adapter folder whole or not at all."""
    # Training cut texts at the recipe's length; the model reads up to its own.
    model.max_seq_length = architecture.max_seq_length
    unfinished = adapter.with_suffix(".part")
    shutil.rmtree(unfinished, ignore_errors=True)
    model.save_pretrained(str(unfinished), create_model_card=False)
    _name_published_base(unfinished / "adapter_config.json", architecture)
    shutil.rmtree(adapter, ignore_errors=True)
    unfinished.rename(adapter)
    return adapter


def _add_adapter(model: "SentenceTransformer", architecture: Architecture, recipe: Recipe) -> None:
    from peft import LoraConfig

    model.add_adapter(
        LoraConfig(
            r=recipe.rank,
            lora_alpha=recipe.alpha,
            lora_dropout=recipe.dropout,
            target_modules=list(architecture.lora_targets),
            task_type="FEATURE_EXTRACTION",
        )
    )


def _name_published_base(config: Path, architecture: Architecture) -> None:
    """Have the adapter load onto the published base; peft writes where this machine found it."""
    options = read_json(config)
    options["base_model_name_or_path"] = architecture.checkpoint
    options["revision"] = architecture.revision
    options["inference_mode"] = True
    options["target_modules"] = sorted(options["target_modules"])
    write_json(config, options)


def _trainer(
    model: "SentenceTransformer",
    architecture: Architecture,
    recipe: Recipe,
    pairs: TrainingPairs,
    seed: int,
    checkpoints: Path,
    progress: Progress,
) -> "AdapterTrainer":
    from datasets import Dataset
    from transformers import PrinterCallback

    from cardiobench.batching import SortedChunksLoss
    from cardiobench.trainer import AdapterTrainer, Reporter

    dataset = Dataset.from_dict(training_columns(pairs))
    model.max_seq_length = min(recipe.max_seq_length, architecture.max_seq_length)
    trainer = AdapterTrainer(
        concepts=[(pair.concept, pair.other or pair.concept) for pair in pairs.pairs],
        model=model,
        args=_arguments(architecture, recipe, dataset, seed, checkpoints),
        train_dataset=dataset,
        loss=SortedChunksLoss(model, scale=recipe.scale),
        callbacks=[Reporter(progress)],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


def _arguments(
    architecture: Architecture, recipe: Recipe, dataset: Any, seed: int, checkpoints: Path
) -> "SentenceTransformerTrainingArguments":
    from sentence_transformers import SentenceTransformerTrainingArguments

    prompts = dict.fromkeys(dataset.column_names, architecture.document_prompt)
    prompts["anchor"] = architecture.query_prompt
    steps = recipe.epochs * len(dataset) / recipe.batch_size / recipe.gradient_accumulation
    return SentenceTransformerTrainingArguments(
        output_dir=str(checkpoints),
        num_train_epochs=recipe.epochs,
        per_device_train_batch_size=recipe.batch_size,
        gradient_accumulation_steps=recipe.gradient_accumulation,
        learning_rate=recipe.learning_rate,
        warmup_steps=recipe.warmup_ratio,
        weight_decay=recipe.weight_decay,
        seed=seed,
        data_seed=seed,
        save_steps=max(1, round(steps / CHECKPOINTS_PER_RUN)),
        save_total_limit=2,
        logging_steps=1_000_000,
        # The trainer would put the last finite loss in place of a NaN.
        logging_nan_inf_filter=False,
        prompts={column: prompt for column, prompt in prompts.items() if prompt} or None,
        report_to="none",
        disable_tqdm=True,
        dataloader_pin_memory=False,
    )


def training_columns(pairs: TrainingPairs) -> dict[str, list[str]]:
    """The texts of the pairs by column: anchor, positive and, where pairs have one, negative.

    Raises:
        StageError: some pairs have a negative and some have none.
    """
    columns = {
        "anchor": [pair.anchor for pair in pairs.pairs],
        "positive": [pair.positive for pair in pairs.pairs],
    }
    negatives = [pair.negative for pair in pairs.pairs if pair.negative]
    if negatives and len(negatives) < len(pairs.pairs):
        raise StageError(
            f"{len(pairs.pairs) - len(negatives)} of {len(pairs.pairs)} pairs have no negative; "
            "give every pair one, or none."
        )
    return {**columns, "negative": negatives} if negatives else columns


def _last_whole(checkpoints: Path) -> str | None:
    """The latest checkpoint that was written to its end; half-written ones are removed."""
    from cardiobench.trainer import COMPLETE_MARK

    whole: list[tuple[int, Path]] = []
    for folder in checkpoints.glob("checkpoint-*"):
        if (folder / COMPLETE_MARK).is_file():
            whole.append((int(folder.name.rpartition("-")[2]), folder))
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return str(max(whole)[1]) if whole else None
