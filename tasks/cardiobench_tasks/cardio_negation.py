"""CardioNegation: is a clinical statement closer to its paraphrase than to its negation?"""

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cardiobench_tasks.catalogue import CARDIO_NEGATION, TaskSpec
from cardiobench_tasks.item_scores import ItemScores
from cardiobench_tasks.metadata import task_metadata
from cardiobench_tasks.pair_task import PairTask
from cardiobench_tasks.task_data import Tables, written_rows

# Cosines closer than this are a tie: 32-bit embeddings do not tell them apart.
TIE = 1e-6


def triplet_wins(paraphrase: ArrayLike, negation: ArrayLike) -> NDArray[np.float64]:
    """Which triplets are right: 1 if the paraphrase is closer, 0 if the negation is, 0.5 a tie.

    Args:
        paraphrase: cosine of anchor and paraphrase of each triplet, shape (n,), float.
        negation: cosine of anchor and negation of each triplet, shape (n,), float.

    Raises:
        ValueError: a cosine is NaN or infinite, or there is no triplet.
    """
    difference = np.asarray(paraphrase, dtype=np.float64) - np.asarray(negation, dtype=np.float64)
    if not np.isfinite(difference).all():
        raise ValueError("embeddings gave NaN or infinite cosines, so no triplet can be scored")
    if not len(difference):
        raise ValueError("triplet accuracy needs at least one triplet")
    return np.where(np.abs(difference) <= TIE, 0.5, (difference > 0).astype(np.float64))


BALANCED = "balanced"


class CardioNegation(PairTask):
    """Triplets as pairs; main score ``triplet_accuracy`` (chance and constant embeddings: 0.5).

    Rows alternate: (anchor, paraphrase) with label 1, then (anchor, negation) with label 0.
    Columns: ``id``, ``sentence1``, ``sentence2``, ``labels``, ``triplet``, ``kind``, ``area`` and
    ``stratum``. All scores are of the stratum ``balanced``, where paraphrase and negation share
    equally many words with the anchor; ``accuracy_adversarial`` is that of the other triplets,
    which "shares fewer words" alone would win.
    """

    spec: ClassVar[TaskSpec] = CARDIO_NEGATION
    metadata = task_metadata(
        CARDIO_NEGATION,
        origin="written",
        description=(
            "Is a clinical statement closer to its paraphrase than to its negation, where both "
            "share equally many words with it? Triplets on findings, ECG, echo, history and drugs; "
            "kinds of negation: explicit, scope, temporal, family (who has it) and uncertainty. "
            "Written by language models and read a second time by others against a checklist; no "
            "clinician has reviewed them."
        ),
        task_subtypes=["Textual Entailment"],
        domains=["Medical", "Written", "Constructed"],
        prompt="Retrieve clinical statements that mean the same as the given one.",
    )

    def build(self) -> Tables:
        """Make the pairs from the triplets that come with the package."""
        return {
            "pairs": [
                {
                    "id": f"{row['id']}-{side}",
                    "sentence1": row["anchor"],
                    "sentence2": row[side],
                    "labels": label,
                    "triplet": row["id"],
                    "kind": row["kind"],
                    "area": row["area"],
                    "stratum": row["stratum"],
                }
                for row in written_rows("negation")
                for side, label in (("paraphrase", 1), ("negation", 0))
            ]
        }

    def item_scores(self, predictions: Any) -> ItemScores:
        """Which balanced triplets are right (1, 0.5 or 0), from mteb's predictions."""
        kept = self._balanced()
        ids = [i for i, chosen in zip(self._column("triplet"), kept, strict=True) if chosen]
        cosines = predictions["cosine_scores"]
        return ItemScores(
            ids=ids,
            values=triplet_wins(cosines[0::2], cosines[1::2])[kept].tolist(),
            clusters=[[triplet] for triplet in ids],
        )

    def _balanced(self) -> NDArray[np.bool_]:
        return np.asarray([stratum == BALANCED for stratum in self._column("stratum")])

    def _column(self, name: str) -> list[str]:
        """One value a triplet."""
        return list((self.dataset or {})[self.spec.split][name])[0::2]

    def _compute_metrics(self, similarity_scores: Any, labels: list[int]) -> dict[str, float]:
        cosines = np.asarray(similarity_scores["cosine_scores"], dtype=np.float64)
        wins = triplet_wins(cosines[0::2], cosines[1::2])
        margins = cosines[0::2] - cosines[1::2]
        kept = self._balanced()
        scores = {"triplet_accuracy": wins[kept].mean(), "margin": margins[kept].mean()}
        for name, members in self._strata():
            scores[f"accuracy_{name}"] = wins[members].mean()
            scores[f"margin_{name}"] = margins[members].mean()
        rows = np.repeat(kept, 2)
        pairs = {
            key: np.asarray(values)[rows].tolist() for key, values in similarity_scores.items()
        }
        stock = super()._compute_metrics(pairs, np.asarray(labels)[rows].tolist())  # type: ignore[arg-type]
        return {**stock, **{key: float(value) for key, value in scores.items()}}

    def _strata(self) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        kept = self._balanced()
        if not kept.all():
            yield "adversarial", ~kept
        for column, prefix in (("kind", ""), ("area", "area_")):
            values = np.asarray(self._column(column))
            for value in sorted(set(values[kept].tolist())):
                yield f"{prefix}{value}", kept & (values == value)
