"""CardioValue: does another value move a finding towards the interpretation that fits it?"""

from types import MappingProxyType
from typing import Any

from cardiobench_tasks.catalogue import CARDIO_VALUE
from cardiobench_tasks.metadata import task_metadata
from cardiobench_tasks.task_data import Row
from cardiobench_tasks.triplets import TripletTask, triplet_wins

WORDED = "worded"


class CardioValue(TripletTask):
    """Mirrored triplets; main score ``mirror_accuracy`` (chance 0.5).

    An item is a stem: one sentence with either of two values, and the same two interpretations
    for both, each right for one value. A model that prefers one interpretation whatever the value
    gains nothing, since the item is right if the cosines with the right interpretations are
    higher in sum than those with the wrong ones: changing the value moves the preference the right
    way. ``triplet_accuracy`` counts the triplets one by one. Stems of one quantity share a cluster.
    """

    spec = CARDIO_VALUE
    file = "value"
    columns = ("stem", "quantity", "contrast", "area", "form")
    strata = MappingProxyType({"contrast": "", "form": "", "area": "area_"})
    item_column = "stem"
    cluster_column = "quantity"
    triplets_per_item = 2
    metadata = task_metadata(
        CARDIO_VALUE,
        origin="written",
        description=(
            "A finding with a value and unit (ejection fraction, QTc, potassium, gradients, heart "
            "rate; SI and US units) and two interpretations. Each sentence stands twice, with one "
            "value for either interpretation: does changing the value move the preference the "
            "right way? Contrasts: near, middle and wide distances, and scales of other units. The "
            "task is in the hard suite because the small general encoders tried on it were at or "
            "close to chance. Written by language models and read a second time by others against "
            "a checklist; no clinician has reviewed it; not for clinical decisions."
        ),
        date=("2026-11-25", "2026-11-25"),
        task_subtypes=["Textual Entailment"],
        domains=["Medical", "Written", "Constructed"],
        prompt="Retrieve the interpretation of the given clinical finding.",
    )

    def rows(self) -> list[Row]:
        """The triplets; both of a stem carry the id of the first, and how the value is written."""
        triplets = super().rows()
        return [
            {
                **row,
                "stem": triplets[number - number % 2]["id"],
                "form": WORDED if row["unit"] == WORDED else "number",
            }
            for number, row in enumerate(triplets)
        ]

    def _compute_metrics(self, similarity_scores: Any, labels: list[int]) -> dict[str, float]:
        cosines = similarity_scores["cosine_scores"]
        wins = triplet_wins(cosines[0::2], cosines[1::2])
        scores = super()._compute_metrics(similarity_scores, labels)
        return {**scores, "triplet_accuracy": float(wins.mean())}
