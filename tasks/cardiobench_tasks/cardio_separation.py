"""CardioSeparation: related against unrelated cardiology concepts, matched on shared wording."""

from cardiobench_tasks.catalogue import CARDIO_SEPARATION
from cardiobench_tasks.separation import SeparationTask, separation_metadata
from cardiobench_tasks.specialty import CARDIOLOGY


class CardioSeparation(SeparationTask):
    """Pair classification over cardiology concepts; main score ``separation``."""

    spec = CARDIO_SEPARATION
    specialty = CARDIOLOGY
    metadata = separation_metadata(CARDIO_SEPARATION, "cardiology")
