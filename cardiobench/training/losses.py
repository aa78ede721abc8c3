"""The losses that a recipe can choose: sentence-transformers' own, and triplets for pairs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from cardiobench.errors import StageError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import nn


class LossOptions(Protocol):
    """What a loss may be given; a :class:`cardiobench.training.recipe.Recipe` is one."""

    @property
    def loss(self) -> str:
        """One of :data:`LOSSES`."""

    @property
    def scale(self) -> float:
        """Factor on the cosines."""

    @property
    def margin(self) -> float:
        """How much nearer than the negative the positive must be, in cosine distance."""

    @property
    def mini_batch_size(self) -> int:
        """Pairs in memory at once."""

    @property
    def matryoshka_dims(self) -> tuple[int, ...]:
        """Shorter embeddings that are trained too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One loss.

    Attributes:
        meaning: what it does, with its source.
        ignores: fields of a recipe that mean nothing to it.
        build: makes it for a model.
    """

    meaning: str
    ignores: frozenset[str]
    build: "Callable[[SentenceTransformer, LossOptions], nn.Module]"


def _infonce(model: "SentenceTransformer", options: LossOptions) -> "nn.Module":
    from cardiobench.training.loss_modules import SortedChunksLoss

    return SortedChunksLoss(model, scale=options.scale)


def _symmetric(model: "SentenceTransformer", options: LossOptions) -> "nn.Module":
    from cardiobench.training.loss_modules import SortedChunksLoss

    both_ways: dict[str, Any] = {
        "directions": ("query_to_doc", "doc_to_query"),
        "partition_mode": "per_direction",
    }
    return SortedChunksLoss(model, scale=options.scale, **both_ways)


def _cached(model: "SentenceTransformer", options: LossOptions) -> "nn.Module":
    from cardiobench.training.loss_modules import SortedCachedLoss

    return SortedCachedLoss(model, scale=options.scale, mini_batch_size=options.mini_batch_size)


def _triplet(model: "SentenceTransformer", options: LossOptions) -> "nn.Module":
    from cardiobench.training.loss_modules import PairTripletLoss

    return PairTripletLoss(model, margin=options.margin)


LOSSES = {
    "infonce": Loss(
        meaning="Multiple Negatives Ranking: each anchor finds its positive among all of the batch "
        "(arXiv:1705.00652)",
        ignores=frozenset({"margin", "mini_batch_size"}),
        build=_infonce,
    ),
    "cached": Loss(
        meaning="the same loss with GradCache: `batch_size` may be large, `mini_batch_size` pairs "
        "are in memory at once (arXiv:2101.06983)",
        ignores=frozenset({"margin"}),
        build=_cached,
    ),
    "symmetric": Loss(
        meaning="Multiple Negatives Ranking from anchor to positive and back, averaged",
        ignores=frozenset({"margin", "mini_batch_size"}),
        build=_symmetric,
    ),
    "triplet": Loss(
        meaning="the positive is nearer than one negative by `margin` in cosine distance; the "
        "negative is the pair's own, else the nearest other positive of the batch "
        "(arXiv:1703.07737)",
        ignores=frozenset({"scale", "mini_batch_size"}),
        build=_triplet,
    ),
}


def build_loss(model: "SentenceTransformer", options: LossOptions) -> "nn.Module":
    """A loss over (anchor, positive) or (anchor, positive, negative) columns.

    Args:
        model: the model that is trained.
        options: the loss and its options.

    Raises:
        StageError: ``matryoshka_dims`` has more numbers than an embedding.
    """
    loss = LOSSES[options.loss].build(model, options)
    if not options.matryoshka_dims:
        return loss
    from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss

    dimension = int(model.get_embedding_dimension() or 0)
    if max(options.matryoshka_dims) > dimension:
        raise StageError(
            f"matryoshka_dims = {list(options.matryoshka_dims)}: this model's embeddings have "
            f"{dimension} numbers; leave out what is more."
        )
    return MatryoshkaLoss(
        model, loss, matryoshka_dims=sorted({*options.matryoshka_dims, dimension})
    )
