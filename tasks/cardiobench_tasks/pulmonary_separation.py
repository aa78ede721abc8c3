"""PulmonarySeparation: does cardiology tuning help or harm lung medicine?"""

from cardiobench_tasks.catalogue import PULMONARY_SEPARATION
from cardiobench_tasks.separation import SeparationTask, separation_metadata
from cardiobench_tasks.specialty import PULMONARY


class PulmonarySeparation(SeparationTask):
    """Pair classification over pulmonary concepts; main score ``separation``."""

    spec = PULMONARY_SEPARATION
    specialty = PULMONARY
    metadata = separation_metadata(PULMONARY_SEPARATION, "pulmonary")
