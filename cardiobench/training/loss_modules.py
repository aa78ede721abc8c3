"""The losses that torch runs: sentence-transformers' own, encoding with little padding."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from sentence_transformers.sentence_transformer.losses import (
    CachedMultipleNegativesRankingLoss,
    MultipleNegativesRankingLoss,
    TripletDistanceMetric,
    TripletLoss,
)

from cardiobench.models.packing import can_pack, packed_embeddings

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

# A forward pass costs about as much as this many padded tokens before it does any work. On a GPU
# that is a guess on the safe side: it cuts a batch only where much padding goes.
CHUNK_OVERHEAD_TOKENS = 64
GPU_CHUNK_OVERHEAD_TOKENS = 4096


class SortedChunksLoss(MultipleNegativesRankingLoss):
    """Multiple Negatives Ranking loss that encodes a batch without most of its padding.

    In-batch negatives and the loss are those of the parent class; only the padding goes, see
    :func:`column_embeddings`.
    """

    def forward(
        self, sentence_features: Iterable[dict[str, Any]], labels: "torch.Tensor"
    ) -> "torch.Tensor":
        """The loss of one batch: a scalar tensor that carries gradients."""
        embeddings = column_embeddings(self.model, list(sentence_features))
        return self.compute_loss_from_embeddings(embeddings, labels)


class SortedCachedLoss(CachedMultipleNegativesRankingLoss):
    """GradCache's Multiple Negatives Ranking loss in mini-batches of rows of like length.

    sentence-transformers leaves out the padding that all rows of a mini-batch share, on the right.
    So rows are put in the order of their longest text, alike in all columns, which leaves the loss
    as it is.
    """

    def forward(
        self, sentence_features: Iterable[dict[str, Any]], labels: "torch.Tensor"
    ) -> "torch.Tensor":
        """The loss of one batch: a scalar tensor; gradients flow when it is called backward."""
        import torch

        columns = list(sentence_features)
        if not any("cu_seq_lens_q" in column for column in columns):
            lengths = [column["attention_mask"].sum(dim=1) for column in columns]
            order = torch.argsort(torch.stack(lengths).amax(dim=0), stable=True)
            columns = [
                {
                    key: value[order] if isinstance(value, torch.Tensor) else value
                    for key, value in column.items()
                }
                for column in columns
            ]
        return super().forward(columns, labels)


class PairTripletLoss(TripletLoss):
    """sentence-transformers' TripletLoss in cosine distance, for pairs too.

    With a third column that is the negative. Without one, each anchor's negative is the nearest
    positive of another pair of the batch: the hardest negative of Hermans et al.
    (arXiv:1703.07737). No batch holds a concept twice, so none of them is right.

    Args:
        model: the model that is trained.
        margin: how much further than the positive the negative must be, in cosine distance.
    """

    def __init__(self, model: "SentenceTransformer", margin: float) -> None:
        super().__init__(model, distance_metric=TripletDistanceMetric.COSINE, triplet_margin=margin)

    def forward(
        self, sentence_features: Iterable[dict[str, Any]], labels: "torch.Tensor"
    ) -> "torch.Tensor":
        """The loss of one batch: a scalar tensor that carries gradients."""
        embeddings = column_embeddings(self.model, list(sentence_features))
        if len(embeddings) == 2:
            embeddings.append(_nearest_other(*embeddings))
        return self.compute_loss_from_embeddings(embeddings, labels)


def _nearest_other(anchors: "torch.Tensor", positives: "torch.Tensor") -> "torch.Tensor":
    """For each anchor the nearest positive of another row, shape (rows, dimension)."""
    from sentence_transformers.util import cos_sim

    cosines = cos_sim(anchors, positives).detach()
    cosines.fill_diagonal_(-2)
    return positives[cosines.argmax(dim=1)]


def chunk_ends(lengths: Sequence[int], overhead: int = CHUNK_OVERHEAD_TOKENS) -> list[int]:
    """Where to cut rows sorted by length so that padding and passes together cost least.

    Exact dynamic programme over all cuts: a chunk costs its rows times its longest row, plus
    ``overhead``. To cut between rows of one length never pays.

    Args:
        lengths: tokens of each row, ascending, at least one row.
        overhead: cost of one more forward pass, in tokens.

    Returns:
        The end (exclusive) of each chunk, ascending; the last is ``len(lengths)``.
    """
    cuts = [k for k in range(len(lengths)) if not k or lengths[k - 1] < lengths[k]]
    cuts.append(len(lengths))
    best = [0]
    previous = [0]
    for place, end in enumerate(cuts[1:], start=1):
        costs = [best[k] + (end - cuts[k]) * lengths[end - 1] + overhead for k in range(place)]
        start = min(range(place), key=costs.__getitem__)
        best.append(costs[start])
        previous.append(start)
    ends: list[int] = []
    place = len(cuts) - 1
    while place:
        ends.append(cuts[place])
        place = previous[place]
    return ends[::-1]


def column_embeddings(
    model: "SentenceTransformer", columns: Sequence[dict[str, Any]]
) -> list["torch.Tensor"]:
    """The embeddings of each column of a batch, encoded together without most of the padding.

    On a processor, models that :func:`cardiobench.models.packing.can_pack` names are given all rows
    as one without padding, all others chunks of rows of like length. Columns that
    sentence-transformers has flattened itself, for flash attention, have no padding and go through
    one by one.

    Args:
        model: the model that is trained, or what torch wraps it in for several processes.
        columns: the tokenised texts of each column: ``input_ids``, ``attention_mask``, shape
            (rows, tokens), and what else the model reads.

    Returns:
        One tensor a column, shape (rows, dimension), that carries gradients.
    """
    import torch
    from accelerate.utils import extract_model_from_parallel

    if any("cu_seq_lens_q" in column for column in columns):
        return [model(column)["sentence_embedding"] for column in columns]
    bare: SentenceTransformer = extract_model_from_parallel(model, keep_torch_compile=False)
    if _prompts_differ(bare, columns):
        return [column_embeddings(model, [column])[0] for column in columns]
    texts, others = _without_padding(columns)
    on_cpu = columns[0]["input_ids"].device.type == "cpu"
    if on_cpu and model is bare and can_pack(bare):
        together = packed_embeddings(bare, texts, others)
    else:
        overhead = CHUNK_OVERHEAD_TOKENS if on_cpu else GPU_CHUNK_OVERHEAD_TOKENS
        together = _in_chunks(model, bare.tokenizer, texts, others, overhead)
    return list(torch.split(together, [len(column["input_ids"]) for column in columns]))


def _prompts_differ(model: "SentenceTransformer", columns: Sequence[dict[str, Any]]) -> bool:
    """Whether pooling leaves out prompts, of which it takes one length a pass, and they differ."""
    left_out = any(getattr(module, "include_prompt", True) is False for module in model)
    return left_out and len({int(column.get("prompt_length") or 0) for column in columns}) > 1


def _without_padding(
    columns: Sequence[dict[str, Any]],
) -> tuple[dict[str, Sequence["torch.Tensor"]], dict[str, Any]]:
    """What stands for each token, one tensor a row of all columns; and what does not."""
    import torch

    masks = [column["attention_mask"].bool() for column in columns]
    lengths = torch.cat([mask.sum(dim=1) for mask in masks]).tolist()
    texts: dict[str, Sequence[torch.Tensor]] = {}
    others: dict[str, Any] = {}
    for key, value in columns[0].items():
        if not isinstance(value, torch.Tensor) or value.shape != masks[0].shape:
            others[key] = value
        elif key != "attention_mask":
            parts = [column[key][mask] for column, mask in zip(columns, masks, strict=True)]
            texts[key] = torch.split(torch.cat(parts), lengths)
    return texts, others


def _in_chunks(
    model: "SentenceTransformer",
    tokenizer: Any,
    texts: Mapping[str, Sequence["torch.Tensor"]],
    others: Mapping[str, Any],
    overhead: int,
) -> "torch.Tensor":
    """The embeddings of texts in chunks of like length, padded on the tokenizer's own side."""
    import torch

    lengths = [len(text) for text in texts["input_ids"]]
    order = sorted(range(len(lengths)), key=lengths.__getitem__)
    values = {**texts, "attention_mask": [torch.ones_like(text) for text in texts["input_ids"]]}
    embeddings: list[torch.Tensor] = []
    start = 0
    for end in chunk_ends([lengths[row] for row in order], overhead):
        chunk: dict[str, Any] = {
            key: torch.nn.utils.rnn.pad_sequence(
                [rows[row] for row in order[start:end]],
                batch_first=True,
                padding_value=tokenizer.pad_token_id if key == "input_ids" else 0,
                padding_side=tokenizer.padding_side,
            )
            for key, rows in values.items()
        }
        embeddings.append(model({**others, **chunk})["sentence_embedding"])
        start = end
    return torch.cat(embeddings)[torch.argsort(torch.tensor(order)).to(embeddings[0].device)]
