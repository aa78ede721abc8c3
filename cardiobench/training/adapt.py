"""Adapting a model through sentence-transformers' own trainer, stoppable and resumable."""

import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.errors import StageError
from cardiobench.foundation.files import sha256_file
from cardiobench.models.trained_weights import save_trained, weights_file
from cardiobench.pairs.pair import Pair, TrainingPairs
from cardiobench.pairs.subsets import validation_split
from cardiobench.plugins.architecture import Architecture, Precision
from cardiobench.training.adapters import make_trainable, scale_update
from cardiobench.training.arguments import callbacks, trainer_arguments
from cardiobench.training.curve import CurvePoint, curve_points, mean_loss
from cardiobench.training.energy import measured_energy
from cardiobench.training.losses import build_loss
from cardiobench.training.methods import METHODS
from cardiobench.training.recipe import Recipe
from cardiobench.training.validation import SCORE, Validation, validation_of
from cardiobench.training.validation_parts import validator

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from cardiobench.training.trainer import AdapterTrainer

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adaptation:
    """A finished training.

    Attributes:
        folder: the adapter folder (PEFT layout inside a sentence-transformers folder), or a whole
            sentence-transformers folder after full fine-tuning.
        adapter_sha256: hash of the trained weights.
        trainable_parameters: parameters that were trained.
        steps: optimiser steps.
        train_seconds: wall time of this process's share of the training, in seconds.
        loss: mean training loss over all steps.
        curve: loss, learning rate and validation over the steps.
        validation: what the validation split says, if there is one.
        energy_kwh: estimated energy of this process's share, if codecarbon is installed.
    """

    folder: Path
    adapter_sha256: str
    trainable_parameters: int
    steps: int
    train_seconds: float
    loss: float
    curve: tuple[CurvePoint, ...] = ()
    validation: Validation | None = None
    energy_kwh: float | None = None


@dataclass(frozen=True, slots=True)
class _Run:
    """What :func:`adapt` is told beside model, recipe and pairs."""

    seed: int
    folder: Path
    progress: Progress
    report_to: Sequence[str]


def adapt(
    model: "SentenceTransformer",
    architecture: Architecture,
    recipe: Recipe,
    pairs: TrainingPairs,
    *,
    seed: int,
    folder: Path,
    progress: Progress = lambda done, total: None,
    report_to: Sequence[str] = (),
) -> Adaptation:
    """Train on the pairs; a killed training goes on from its last whole checkpoint.

    Started by ``torchrun`` or ``accelerate launch``, each process takes its share of the batches
    and the first one writes.

    Args:
        model: the freshly loaded base model; it carries the trained weights afterwards.
        architecture: names the modules to adapt and the prompts.
        recipe: the training options.
        pairs: what to train on; the recipe's validation split is taken out of them.
        seed: seeds weights, batches and dropout; one seed gives one adapter on one machine.
        folder: working folder: ``checkpoints/`` while training, ``adapter/`` when done.
        progress: called with (steps done, steps in all).
        report_to: trackers out of :data:`cardiobench.training.arguments.TRACKERS`.

    Raises:
        StageError: the loss is not finite, memory runs out, there are too few pairs for one batch,
            or the recipe asks for what this model or machine cannot do.
    """
    splits = validation_split(pairs, recipe.validation_fraction)
    training, held_out = (replace(pairs, pairs=part) for part in splits)
    _check_possible(architecture, recipe, training.pairs, held_out.pairs)
    trainable = _prepare(model, architecture, recipe, seed)
    run = _Run(seed, folder, progress, report_to)
    trainer = _trainer(model, architecture, recipe, (training, held_out), run)
    with measured_energy() as energy:
        seconds = _fit(trainer, architecture)
    curve = curve_points(trainer.state.log_history, SCORE)
    return Adaptation(
        folder=folder / "adapter",
        adapter_sha256=_save(model, trainer, architecture, recipe, folder),
        trainable_parameters=trainable,
        steps=int(trainer.state.global_step),
        train_seconds=seconds,
        loss=mean_loss(curve),
        curve=curve,
        validation=validation_of(recipe, curve, held_out.pairs),
        energy_kwh=energy.kwh,
    )


def _check_possible(
    architecture: Architecture, recipe: Recipe, training: Sequence[Pair], held_out: Sequence[Pair]
) -> None:
    """Refuse, before any work, what the pairs, the weights or the machine do not allow."""
    if len(training) < recipe.batch_size:
        raise StageError(
            f"Recipe {recipe.name} asks for batches of {recipe.batch_size} pairs, but only "
            f"{len(training)} pairs are at hand; lower batch_size or add relations."
        )
    if recipe.validation_fraction and len(held_out) < 2:
        raise StageError(
            f"validation_fraction = {recipe.validation_fraction:g} leaves {len(held_out)} pairs to "
            "validate on; raise it."
        )
    bits = architecture.precision
    if bits in (Precision.INT8, Precision.INT4) and bits not in METHODS[recipe.method].quantised:
        able = ", ".join(name for name, method in METHODS.items() if bits in method.quantised)
        raise StageError(
            f"method = {recipe.method!r} does not train on {bits.value} base weights; use one of "
            f"{able}, or --precision float32."
        )
    if recipe.precision == "fp16":
        import torch

        if not torch.cuda.is_available():
            raise StageError('precision = "fp16" needs a CUDA GPU to train; use "bf16" or "fp32".')


def _prepare(
    model: "SentenceTransformer", architecture: Architecture, recipe: Recipe, seed: int
) -> int:
    """Put the trainable weights onto the model; gives how many they are."""
    from transformers import set_seed

    set_seed(seed)
    # The trainer would write widget examples, that is training text, into a model card.
    model.model_card_data.generate_widget_examples = False
    make_trainable(model, architecture, recipe)
    return sum(p.numel() for p in model.parameters() if p.requires_grad)


def _save(
    model: "SentenceTransformer",
    trainer: "AdapterTrainer",
    architecture: Architecture,
    recipe: Recipe,
    folder: Path,
) -> str:
    """Keep the scaled weights in ``adapter/``, drop the checkpoints; gives the weights' hash."""
    scale_update(model, recipe.adapter_scale)
    if trainer.is_world_process_zero():
        save_trained(model.eval(), architecture, folder / "adapter")
        shutil.rmtree(folder / "checkpoints", ignore_errors=True)
    trainer.accelerator.wait_for_everyone()
    adapter_sha256 = sha256_file(weights_file(folder / "adapter"))
    trainer.accelerator.wait_for_everyone()  # before the first process moves the folder
    return adapter_sha256


def _fit(trainer: "AdapterTrainer", architecture: Architecture) -> float:
    """Train from the last whole checkpoint; gives the seconds that it took."""
    import torch

    started = time.monotonic()
    checkpoint = _last_whole(Path(str(trainer.args.output_dir)))
    try:
        trainer.train(resume_from_checkpoint=checkpoint)
    except (torch.OutOfMemoryError, MemoryError, RuntimeError) as error:
        out_of_memory = isinstance(error, torch.OutOfMemoryError | MemoryError)
        # torch's allocator for processors raises a plain RuntimeError.
        if not out_of_memory and "can't allocate memory" not in str(error):
            raise
        raise StageError(
            f"Out of memory while training {architecture.name}: in the recipe, lower batch_size "
            "(and raise gradient_accumulation) or max_seq_length, set gradient_checkpointing = "
            'true, or keep the batch with loss = "cached" and a small mini_batch_size.'
        ) from error
    return time.monotonic() - started


def _trainer(
    model: "SentenceTransformer",
    architecture: Architecture,
    recipe: Recipe,
    parts: tuple[TrainingPairs, TrainingPairs],
    run: _Run,
) -> "AdapterTrainer":
    """The trainer over (training, validation) pairs, with its checkpoints below the folder."""
    from datasets import Dataset
    from transformers import PrinterCallback

    from cardiobench.training.trainer import AdapterTrainer, Reporter

    training, held_out = (Dataset.from_dict(training_columns(part)) for part in parts)
    model.max_seq_length = min(recipe.max_seq_length, architecture.max_seq_length)
    validation: dict[str, Any] = {}
    if len(held_out):
        validation = {
            "eval_dataset": held_out,
            "evaluator": validator(
                recipe.validation_parts, architecture, parts[1].pairs, recipe.batch_size
            ),
        }
    trainer = AdapterTrainer(
        pairs=parts[0].pairs,
        validation_pairs=parts[1].pairs,
        adapter_scale=recipe.adapter_scale,
        model=model,
        args=trainer_arguments(
            architecture,
            recipe,
            training.column_names,
            len(training),
            seed=run.seed,
            device=model.device.type,
            checkpoints=run.folder / "checkpoints",
            report_to=run.report_to,
        ),
        train_dataset=training,
        loss=build_loss(model, recipe),
        callbacks=[Reporter(run.progress), *callbacks(recipe, run.report_to, run.folder)],
        **validation,
    )
    trainer.remove_callback(PrinterCallback)
    return trainer


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
    from cardiobench.training.trainer import COMPLETE_MARK

    complete: list[tuple[int, Path]] = []
    for folder in checkpoints.glob("checkpoint-*"):
        if (folder / COMPLETE_MARK).is_file():
            complete.append((int(folder.name.rpartition("-")[2]), folder))
        else:
            shutil.rmtree(folder, ignore_errors=True)
    return str(max(complete)[1]) if complete else None
