"""CardioNegation: is a clinical statement closer to its paraphrase than to its negation?"""

from collections.abc import Iterator
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from cardiobench_tasks.catalogue import CARDIO_NEGATION
from cardiobench_tasks.metadata import task_metadata
from cardiobench_tasks.triplets import TripletTask

BALANCED = "balanced"


class CardioNegation(TripletTask):
    """Anchor, paraphrase and negation; main score ``triplet_accuracy`` (chance 0.5).

    All scores are of the stratum ``balanced``, where paraphrase and negation share equally many
    words with the anchor. Beside them stand ``accuracy_adversarial``, of triplets that "shares
    fewer words" alone would win, and ``accuracy_marked``, of some whose negating words give the
    answer away.
    """

    spec = CARDIO_NEGATION
    file = "negation"
    sides = ("paraphrase", "negation")
    columns = ("kind", "area", "stratum")
    strata = MappingProxyType({"kind": "", "area": "area_"})
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

    def counted(self) -> NDArray[np.bool_]:
        """The balanced triplets."""
        return np.asarray([stratum == BALANCED for stratum in self.column("stratum")])

    def members(self) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """The triplets that do not count, then the strata of those that do."""
        strata = np.asarray(self.column("stratum"))
        for stratum in sorted({*strata.tolist()} - {BALANCED}):
            yield stratum, strata == stratum
        yield from super().members()
