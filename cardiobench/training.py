"""Adapting a model: LoRA through sentence-transformers' own trainer, stoppable and resumable."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cardiobench.architecture import Architecture
from cardiobench.errors import StageError
from cardiobench.files import read_json, sha256_file, write_json
from cardiobench.pairs import TrainingPairs
from cardiobench.recipe import Recipe

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer, SentenceTransformerTrainer

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
    import torch
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
    try:
        outcome = trainer.train(resume_from_checkpoint=_last_whole(checkpoints))
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
    unfinished = folder / "adapter.part"
    shutil.rmtree(unfinished, ignore_errors=True)
    model.save_pretrained(str(unfinished), create_model_card=False)
    _name_published_base(unfinished / "adapter_config.json", architecture)
    adapter = folder / "adapter"
    shutil.rmtree(adapter, ignore_errors=True)
    unfinished.rename(adapter)
    shutil.rmtree(checkpoints, ignore_errors=True)
    model.eval()
    return Adaptation(
        folder=adapter,
        adapter_sha256=sha256_file(adapter / "adapter_model.safetensors"),
        trainable_parameters=trainable,
        steps=outcome.global_step,
        train_seconds=time.monotonic() - started,
        loss=loss,
    )


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
) -> "SentenceTransformerTrainer":
    from datasets import Dataset
    from sentence_transformers import SentenceTransformerTrainingArguments
    from transformers import PrinterCallback

    from cardiobench.batching import SortedChunksLoss
    from cardiobench.trainer import AdapterTrainer, Reporter

    dataset = Dataset.from_dict(
        {
            "anchor": [pair.anchor for pair in pairs.pairs],
            "positive": [pair.positive for pair in pairs.pairs],
        }
    )
    prompts = {"anchor": architecture.query_prompt, "positive": architecture.document_prompt}
    steps = recipe.epochs * len(dataset) / recipe.batch_size / recipe.gradient_accumulation
    model.max_seq_length = min(recipe.max_seq_length, architecture.max_seq_length)
    arguments = SentenceTransformerTrainingArguments(
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
    trainer = AdapterTrainer(
        concepts=[pair.concept for pair in pairs.pairs],
        model=model,
        args=arguments,
        train_dataset=dataset,
        loss=SortedChunksLoss(model, scale=recipe.scale),
        callbacks=[Reporter(progress)],
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


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
