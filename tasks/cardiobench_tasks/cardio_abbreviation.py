"""CardioAbbreviation: which meaning does an abbreviation have in this sentence?"""

from types import MappingProxyType

from cardiobench_tasks.catalogue import CARDIO_ABBREVIATION
from cardiobench_tasks.metadata import task_metadata
from cardiobench_tasks.triplets import TripletTask


class CardioAbbreviation(TripletTask):
    """A sentence with an abbreviation, a right and a wrong reading of it (chance 0.5).

    The two candidates are one sentence with either meaning. Over all triplets each meaning is right
    as often as wrong. Triplets of one abbreviation share a cluster.
    """

    spec = CARDIO_ABBREVIATION
    file = "abbreviation"
    columns = ("abbreviation", "area")
    strata = MappingProxyType({"area": "area_"})
    cluster_column = "abbreviation"
    metadata = task_metadata(
        CARDIO_ABBREVIATION,
        origin="written",
        description=(
            "A clinical sentence with an abbreviation that has two meanings in cardiology (PE: "
            "pulmonary embolism or pericardial effusion): is it closer to a sentence with the "
            "meaning that it has there than to the same sentence with the other meaning? Each "
            "meaning is right as often as wrong, and neither candidate shares more words with the "
            "sentence. Written by language models and read a second time by others against a "
            "checklist; no clinician has reviewed them."
        ),
        date=("2026-11-25", "2026-11-25"),
        task_subtypes=["Textual Entailment"],
        domains=["Medical", "Written", "Constructed"],
        prompt="Retrieve clinical statements that mean the same as the given one.",
    )
