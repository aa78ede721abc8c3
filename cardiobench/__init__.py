"""CardioBench: an MTEB-compatible evaluation suite for clinical cardiology text embeddings.

This module imports nothing heavy: plugin authors import :class:`Architecture`, :class:`TaskSpec`,
:class:`PairSource`, :class:`PairStrategy`, :class:`ExecutorSource` and :data:`hookimpl` from here
and stay cheap to list.
"""

from cardiobench.plugins.architecture import (
    Architecture,
    Backend,
    CarriedWeights,
    Kind,
    Pooling,
    Precision,
    Reported,
)
from cardiobench.plugins.checks import PairSource
from cardiobench.plugins.executor import ExecutorSource
from cardiobench.plugins.hookspecs import hookimpl
from cardiobench.plugins.passage import Block, PairStrategy, Passage
from cardiobench_tasks.catalogue import TaskSpec

__all__ = [
    "Architecture",
    "Backend",
    "Block",
    "CarriedWeights",
    "ExecutorSource",
    "Kind",
    "PairSource",
    "PairStrategy",
    "Passage",
    "Pooling",
    "Precision",
    "Reported",
    "TaskSpec",
    "hookimpl",
    "__version__",
]
__version__ = "0.1.0"
