"""Training batches without false negatives."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from sentence_transformers.base.sampler import NoDuplicatesBatchSampler

if TYPE_CHECKING:
    from datasets import Dataset


class OneConceptPerBatch(NoDuplicatesBatchSampler):
    """No text and no concept twice in a batch: either would be a false negative.

    Args:
        dataset: the columns that are trained on.
        concepts: the concept of each row.
        options: as :class:`NoDuplicatesBatchSampler` takes them.
    """

    def __init__(self, dataset: "Dataset", concepts: Sequence[str], **options: Any) -> None:
        # The parent compares all columns' values, so the concept becomes one of them; batches are
        # row numbers, so the trainer never sees the extra column.
        super().__init__(dataset.add_column("concept", list(concepts)), **options)
