"""sentence-transformers' trainer, with our batches and with checkpoints that survive a kill."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from peft import load_peft_weights, set_peft_model_state_dict
from sentence_transformers import SentenceTransformerTrainer
from transformers import TrainerCallback

from cardiobench.batching import OneConceptPerBatch

COMPLETE_MARK = "complete"


class AdapterTrainer(SentenceTransformerTrainer):
    """Trains an adapter on pairs whose concepts are known.

    Args:
        concepts: the two concepts of each training row (often one twice), for batches without
            false negatives.
        options: as :class:`SentenceTransformerTrainer` takes them.
    """

    def __init__(self, *, concepts: Sequence[tuple[str, str]], **options: Any) -> None:
        self._concepts = concepts
        super().__init__(**options)

    def get_batch_sampler(self, dataset: Any, *args: Any, **options: Any) -> OneConceptPerBatch:
        """Batches in which no text and no concept stands twice."""
        first, second = zip(*self._concepts, strict=True)
        # The sampler compares all columns' values; batches are row numbers, so the trainer never
        # sees the extra column.
        compared = dataset.add_column("other", list(second))
        return OneConceptPerBatch(compared, first, *args, **options)

    def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
        """Read the adapter alone: the base model is in memory, and its hub may be out of reach."""
        weights = load_peft_weights(resume_from_checkpoint, device="cpu")
        set_peft_model_state_dict(self.model.transformers_model, weights)


class Reporter(TrainerCallback):
    """Reports steps, and marks a checkpoint as whole once all its files are written."""

    def __init__(self, progress: Callable[[int, int], None]) -> None:
        self._progress = progress

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Report (steps done, steps in all)."""
        self._progress(state.global_step, state.max_steps)

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Leave the mark that the resuming side looks for."""
        (Path(args.output_dir) / f"checkpoint-{state.global_step}" / COMPLETE_MARK).touch()
