"""The losses that a recipe can choose: sentence-transformers' own, and triplets for pairs."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cardiobench.errors import StageError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from torch import nn

    from cardiobench.training.recipe import Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Loss:
    """One loss.

    Attributes:
        meaning: what it does, with its source.
        ignores: fields of a recipe that mean nothing to it.
    """

    meaning: str
    ignores: frozenset[str]


LOSSES = {
    "infonce": Loss(
        meaning="Multiple Negatives Ranking: each anchor finds its positive among all of the batch "
        "(arXiv:1705.00652)",
        ignores=frozenset({"margin", "mini_batch_size"}),
    ),
    "cached": Loss(
        meaning="the same loss with GradCache: `batch_size` may be large, `mini_batch_size` pairs "
        "are in memory at once (arXiv:2101.06983)",
        ignores=frozenset({"margin"}),
    ),
    "symmetric": Loss(
        meaning="Multiple Negatives Ranking from anchor to positive and back, averaged",
        ignores=frozenset({"margin", "mini_batch_size"}),
    ),
    "triplet": Loss(
        meaning="the positive is nearer than one negative by `margin` in cosine distance; the "
        "negative is the pair's own, else the nearest other positive of the batch "
        "(arXiv:1703.07737)",
        ignores=frozenset({"scale", "mini_batch_size"}),
    ),
}


def build_loss(model: "SentenceTransformer", recipe: "Recipe") -> "nn.Module":
    """The loss of a recipe over (anchor, positive) or (anchor, positive, negative) columns.

    Args:
        model: the model that is trained.
        recipe: its loss, the loss's options and ``matryoshka_dims`` count.

    Raises:
        StageError: ``matryoshka_dims`` has more numbers than an embedding.
    """
    loss = _loss(model, recipe)
    if not recipe.matryoshka_dims:
        return loss
    from sentence_transformers.sentence_transformer.losses import MatryoshkaLoss

    whole = int(model.get_embedding_dimension() or 0)
    if max(recipe.matryoshka_dims) > whole:
        raise StageError(
            f"matryoshka_dims = {list(recipe.matryoshka_dims)}: this model's embeddings have "
            f"{whole} numbers; leave out what is more."
        )
    return MatryoshkaLoss(model, loss, matryoshka_dims=sorted({*recipe.matryoshka_dims, whole}))


def _loss(model: "SentenceTransformer", recipe: "Recipe") -> "nn.Module":
    if recipe.loss == "cached":
        from cardiobench.training.batches import SortedCachedLoss

        return SortedCachedLoss(model, scale=recipe.scale, mini_batch_size=recipe.mini_batch_size)
    if recipe.loss == "triplet":
        from cardiobench.training.triplet import PairTripletLoss

        return PairTripletLoss(model, margin=recipe.margin)
    from cardiobench.training.batches import SortedChunksLoss

    both_ways: dict[str, Any] = {
        "directions": ("query_to_doc", "doc_to_query"),
        "partition_mode": "per_direction",
    }
    options = both_ways if recipe.loss == "symmetric" else {}
    return SortedChunksLoss(model, scale=recipe.scale, **options)
