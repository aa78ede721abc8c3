"""sentence-transformers' trainer, with our batches and with checkpoints that survive a kill."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch
from peft import load_peft_weights, set_peft_model_state_dict
from peft.helpers import rescale_adapter_scale
from sentence_transformers import SentenceTransformerTrainer
from sentence_transformers.base.data_collator import BaseDataCollator
from transformers import TrainerCallback

from cardiobench.errors import StageError
from cardiobench.foundation.text import squeeze
from cardiobench.models.trained_weights import ADAPTER_WEIGHTS, load_trained
from cardiobench.pairs.pair import Pair
from cardiobench.training.batches import OneConceptPerBatch

COMPLETE_MARK = "complete"
# How much of a batch an error shows.
SHOWN_PAIRS = 3
SHOWN_CHARACTERS = 40


class AdapterTrainer(SentenceTransformerTrainer):
    """Trains on pairs whose concepts are known.

    Args:
        pairs: the training rows, for batches without false negatives.
        validation_pairs: the rows of ``eval_dataset``, if there is one.
        adapter_scale: factor on a LoRA update while it is validated.
        options: as :class:`SentenceTransformerTrainer` takes them.
    """

    def __init__(
        self,
        *,
        pairs: Sequence[Pair],
        validation_pairs: Sequence[Pair] = (),
        adapter_scale: float = 1.0,
        **options: Any,
    ) -> None:
        self._pairs = pairs
        self._adapter_scale = adapter_scale
        self._validation_pairs = validation_pairs
        super().__init__(**options)
        collator: Any = _NamingCollator(self.data_collator, [*pairs, *validation_pairs])
        self.data_collator = collator

    def get_batch_sampler(self, dataset: Any, *args: Any, **options: Any) -> OneConceptPerBatch:
        """Batches in which no text and no concept stands twice."""
        pairs = self._validation_pairs if dataset is self.eval_dataset else self._pairs
        # The sampler compares all columns' values; batches are row numbers, so the trainer never
        # sees the extra column.
        compared = dataset.add_column("other", [pair.other or pair.concept for pair in pairs])
        return OneConceptPerBatch(compared, [pair.concept for pair in pairs], *args, **options)

    def training_step(self, model: Any, inputs: dict[str, Any], *args: Any) -> torch.Tensor:
        """One forward and backward pass.

        Raises:
            StageError: the loss is not finite; gives the step and the batch.
        """
        rows = inputs[_NamingCollator.KEY]
        loss = super().training_step(model, inputs, *args)
        if not torch.isfinite(loss):
            more = f" and {len(rows) - SHOWN_PAIRS} more" if len(rows) > SHOWN_PAIRS else ""
            raise StageError(
                f"The training loss is not a number at step {self.state.global_step + 1}; lower "
                f"learning_rate, or look at the batch: {'; '.join(rows[:SHOWN_PAIRS])}{more}."
            )
        return loss

    def evaluate(self, *args: Any, **options: Any) -> dict[str, float]:
        """Validate the weights that would be kept."""
        if self._adapter_scale == 1:
            return super().evaluate(*args, **options)
        with rescale_adapter_scale(self.model, self._adapter_scale):
            return super().evaluate(*args, **options)

    def override_model_in_loss(self, loss: Any, model: Any) -> Any:
        """Let losses see through the wrapper of several processes."""
        if not hasattr(model, "tokenizer"):
            model.tokenizer = self.model.tokenizer
        return super().override_model_in_loss(loss, model)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        """Read what is trained alone: the base is in memory, and its hub may be out of reach."""
        folder = Path(resume_from_checkpoint)
        if (folder / ADAPTER_WEIGHTS).is_file():
            weights = load_peft_weights(resume_from_checkpoint, device="cpu")
            set_peft_model_state_dict(self.model.transformers_model, weights)
        else:
            load_trained(self.model, folder)

    def _load_best_model(self) -> None:
        """Put back the best weights; the parent would go on with the last ones after an error."""
        self._load_from_checkpoint(str(self.state.best_model_checkpoint))


class _NamingCollator:
    """The trainer's own collator, with the names of a batch's pairs beside its tensors."""

    KEY = "pairs"

    def __init__(self, collator: BaseDataCollator, pairs: Sequence[Pair]) -> None:
        self._collator = collator
        self._concepts = {(pair.anchor, pair.positive): pair.concept for pair in pairs}
        self.valid_label_columns = collator.valid_label_columns

    def __call__(self, features: list[dict[str, Any]]) -> dict[str, Any]:
        batch = self._collator(features)
        batch[self.KEY] = [self._name(row["anchor"], row["positive"]) for row in features]
        return batch

    def _name(self, anchor: str, positive: str) -> str:
        texts = " / ".join(squeeze(text)[:SHOWN_CHARACTERS] for text in (anchor, positive))
        return f"{self._concepts[anchor, positive]} ({texts})"


class Reporter(TrainerCallback):
    """Reports steps, and marks a checkpoint as whole once all its files are written."""

    def __init__(self, progress: Callable[[int, int], None]) -> None:
        self._progress = progress

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Report (steps done, steps in all); the curve has its last step."""
        self._progress(state.global_step, state.max_steps)
        if state.global_step >= state.max_steps:
            control.should_log = True

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Leave the mark that the resuming side looks for."""
        if state.is_world_process_zero:
            (Path(args.output_dir) / f"checkpoint-{state.global_step}" / COMPLETE_MARK).touch()
