"""A recipe as the options of sentence-transformers' trainer: schedule, checkpoints, trackers."""

import importlib.util
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.foundation.processes import PATIENCE, world_size
from cardiobench.plugins.architecture import Architecture
from cardiobench.training.methods import FULL
from cardiobench.training.recipe import Recipe
from cardiobench.training.validation import validation_options

CHECKPOINTS_PER_RUN = 8
LOGS_PER_CHECKPOINT = 16
# Trackers of transformers' own integrations, and the package that each needs.
TRACKERS = {"tensorboard": "tensorboard", "trackio": "trackio", "wandb": "wandb"}


def check_trackers(names: Iterable[str]) -> None:
    """Refuse trackers that are unknown or not installed.

    Raises:
        CardioBenchError: says what to install.
    """
    for name in names:
        if name not in TRACKERS:
            raise UnknownNameError("tracker", name, TRACKERS)
        if importlib.util.find_spec(TRACKERS[name]) is None:
            raise CardioBenchError(
                f"--report-to {name} needs a package. Type: pip install {TRACKERS[name]}"
            )


def trainer_arguments(
    architecture: Architecture,
    recipe: Recipe,
    columns: Sequence[str],
    rows: int,
    *,
    seed: int,
    device: str,
    checkpoints: Path,
    report_to: Sequence[str] = (),
) -> Any:
    """The ``SentenceTransformerTrainingArguments`` of a recipe.

    Args:
        architecture: gives the prompts.
        recipe: the training options.
        columns: names of the training columns.
        rows: training pairs.
        seed: of weights, batches and dropout.
        device: kind of device that the model is on.
        checkpoints: folder of the checkpoints.
        report_to: trackers, checked; TensorBoard comes as a callback.
    """
    from sentence_transformers import SentenceTransformerTrainingArguments

    prompts = dict.fromkeys(columns, architecture.document_prompt)
    prompts["anchor"] = architecture.query_prompt
    save, log = _intervals(recipe, rows)
    return SentenceTransformerTrainingArguments(
        output_dir=str(checkpoints),
        # The trainer would move the model to a GPU that is there.
        use_cpu=device == "cpu",
        seed=seed,
        data_seed=seed,
        save_steps=save,
        save_total_limit=2,
        logging_steps=log,
        # The trainer would put the last finite loss in place of a NaN.
        logging_nan_inf_filter=False,
        prompts={column: prompt for column, prompt in prompts.items() if prompt} or None,
        report_to=[name for name in report_to if name != "tensorboard"] or "none",
        run_name=f"{architecture.name}-{recipe.name}-seed{seed}",
        project="cardiobench",
        ddp_timeout=int(PATIENCE.total_seconds()),
        disable_tqdm=True,
        dataloader_pin_memory=False,
        **_of_recipe(recipe),
        **validation_options(recipe, save),
    )


def _of_recipe(recipe: Recipe) -> dict[str, Any]:
    """The options that a recipe states, under the trainer's names."""
    schedules = {"constant": "constant_with_warmup"}
    return {
        "num_train_epochs": recipe.epochs,
        "per_device_train_batch_size": recipe.batch_size,
        "per_device_eval_batch_size": recipe.batch_size,
        "gradient_accumulation_steps": recipe.gradient_accumulation,
        "learning_rate": recipe.learning_rate,
        "lr_scheduler_type": schedules.get(recipe.schedule, recipe.schedule),
        "warmup_steps": recipe.warmup_ratio,
        "weight_decay": recipe.weight_decay,
        "bf16": recipe.precision == "bf16",
        "fp16": recipe.precision == "fp16",
        # Every weight of an adapter has a part in the loss; the pooler of a whole model has none.
        "ddp_find_unused_parameters": recipe.method == FULL,
    }


def _intervals(recipe: Recipe, rows: int) -> tuple[int, int]:
    """Steps between checkpoints and between logs.

    The second divides the first, so that the curve of a resumed training has the points of one that
    was not interrupted.
    """
    batches = recipe.epochs * rows / recipe.batch_size / world_size()
    steps = batches / recipe.gradient_accumulation
    save = max(1, round(steps / CHECKPOINTS_PER_RUN))
    log = max(1, save // LOGS_PER_CHECKPOINT)
    return save // log * log, log


def callbacks(recipe: Recipe, report_to: Sequence[str], folder: Path) -> list[Any]:
    """transformers' own callbacks that a recipe and ``--report-to`` ask for."""
    from transformers import EarlyStoppingCallback, integrations

    wanted: list[Any] = []
    if recipe.early_stopping_patience:
        wanted.append(EarlyStoppingCallback(recipe.early_stopping_patience))
    if "tensorboard" in report_to:
        from torch.utils.tensorboard import SummaryWriter

        # By default it writes among the checkpoints, which go when training is done.
        board: Any = integrations.TensorBoardCallback  # type: ignore[attr-defined]
        wanted.append(board(SummaryWriter(folder / "tensorboard")))
    return wanted
