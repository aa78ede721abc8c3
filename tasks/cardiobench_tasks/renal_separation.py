"""RenalSeparation: does cardiology tuning help or harm kidney medicine?"""

from cardiobench_tasks.catalogue import RENAL_SEPARATION
from cardiobench_tasks.separation import SeparationTask, separation_metadata
from cardiobench_tasks.specialty import RENAL


class RenalSeparation(SeparationTask):
    """Pair classification over renal concepts; main score ``separation``."""

    spec = RENAL_SEPARATION
    specialty = RENAL
    metadata = separation_metadata(RENAL_SEPARATION, "renal")
