"""Runs of an ablation: one base model, adapted with varied data, rank and loss."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class AblationCell:
    """One run.

    Attributes:
        fraction: share of the training pairs, (0, 1].
        rank: LoRA rank.
        loss: name of the loss.
        score: main score after adaptation.
    """

    fraction: float
    rank: int
    loss: str
    score: float
