"""Triplet loss over pairs, whose negatives come from the batch where the pairs bring none."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from sentence_transformers.sentence_transformer.losses import TripletDistanceMetric, TripletLoss

from cardiobench.training.batches import column_embeddings

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer


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
