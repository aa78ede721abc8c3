"""Training batches: no false negatives, and little padding."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from sentence_transformers.base.sampler import NoDuplicatesBatchSampler
from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss

if TYPE_CHECKING:
    import torch
    from datasets import Dataset
    from sentence_transformers import SentenceTransformer

# A forward pass costs about as much as this many padded tokens before it does any work.
CHUNK_OVERHEAD_TOKENS = 64


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


def chunk_ends(lengths: Sequence[int], overhead: int = CHUNK_OVERHEAD_TOKENS) -> list[int]:
    """Where to cut rows sorted by length so that padding and passes together cost least.

    Exact dynamic programme over all cuts: a chunk costs its rows times its longest row, plus
    ``overhead``.

    Args:
        lengths: tokens of each row, ascending, at least one row.
        overhead: cost of one more forward pass, in tokens.

    Returns:
        The end (exclusive) of each chunk, ascending; the last is ``len(lengths)``.
    """
    best = [0]
    previous = [0]
    for end in range(1, len(lengths) + 1):
        costs = [best[start] + (end - start) * lengths[end - 1] + overhead for start in range(end)]
        start = min(range(end), key=costs.__getitem__)
        best.append(costs[start])
        previous.append(start)
    ends: list[int] = []
    end = len(lengths)
    while end:
        ends.append(end)
        end = previous[end]
    return ends[::-1]


class SortedChunksLoss(MultipleNegativesRankingLoss):
    """Multiple Negatives Ranking loss that encodes a batch in length-sorted chunks.

    All columns' rows are sorted by length together and encoded in chunks without their padding;
    the embeddings are put back in order before the loss. In-batch negatives and the loss are those
    of the parent class; only the padding goes.
    """

    def forward(
        self, sentence_features: Iterable[dict[str, Any]], labels: "torch.Tensor"
    ) -> "torch.Tensor":
        """The loss of one batch: a scalar tensor that carries gradients."""
        embeddings = column_embeddings(self.model, list(sentence_features))
        return self.compute_loss_from_embeddings(embeddings, labels)


def column_embeddings(
    model: "SentenceTransformer", columns: Sequence[dict[str, Any]]
) -> list["torch.Tensor"]:
    """The embeddings of each column of a batch, encoded together without most of the padding.

    Args:
        model: the model that is trained.
        columns: the tokenised texts of each column: ``input_ids``, ``attention_mask``, shape
            (rows, tokens), and what else the model reads.

    Returns:
        One tensor a column, shape (rows, dimension), that carries gradients.
    """
    import torch

    rows = [(column, row) for column, f in enumerate(columns) for row in range(len(f["input_ids"]))]
    lengths = torch.cat([f["attention_mask"].sum(dim=1) for f in columns]).tolist()
    order = sorted(range(len(rows)), key=lambda index: (lengths[index], index))
    embeddings: list[torch.Tensor] = []
    start = 0
    for end in chunk_ends([int(lengths[index]) for index in order]):
        chunk = [rows[index] for index in order[start:end]]
        width = int(lengths[order[end - 1]])
        features = _chunk(columns, chunk, width, model.tokenizer)
        embeddings.append(model(features)["sentence_embedding"])
        start = end
    inverse = torch.empty(len(order), dtype=torch.long)
    inverse[torch.tensor(order)] = torch.arange(len(order))
    together = torch.cat(embeddings)[inverse.to(embeddings[0].device)]
    return list(torch.split(together, [len(f["input_ids"]) for f in columns]))


def _chunk(
    columns: Sequence[dict[str, Any]],
    rows: Sequence[tuple[int, int]],
    width: int,
    tokenizer: Any,
) -> dict[str, Any]:
    """The features of some rows, padded to ``width`` tokens on the tokenizer's own side."""
    import torch

    kept = dict(columns[0])
    for key, value in columns[0].items():
        if not isinstance(value, torch.Tensor) or value.dim() != 2:
            continue
        filler = tokenizer.pad_token_id if key == "input_ids" else 0
        parts = []
        for column, row in rows:
            real = columns[column][key][row][columns[column]["attention_mask"][row].bool()]
            spare = width - len(real)
            sides = (spare, 0) if tokenizer.padding_side == "left" else (0, spare)
            parts.append(torch.nn.functional.pad(real, sides, value=filler))
        kept[key] = torch.stack(parts)
    return kept
