"""NeuroSeparation: does cardiology tuning help or harm neurology?"""

from cardiobench_tasks.catalogue import NEURO_SEPARATION
from cardiobench_tasks.separation import SeparationTask, separation_metadata
from cardiobench_tasks.specialty import NEURO


class NeuroSeparation(SeparationTask):
    """Pair classification over neurology concepts; main score ``separation``."""

    spec = NEURO_SEPARATION
    specialty = NEURO
    metadata = separation_metadata(NEURO_SEPARATION, "neurology")
