"""CardioBench: an MTEB-compatible evaluation suite for clinical cardiology text embeddings.

This module imports nothing heavy: plugin authors import :class:`Architecture` and
:data:`hookimpl` from here and stay cheap to list.
"""

from cardiobench.architecture import Architecture, Kind, Pooling, Precision, Reported
from cardiobench.hookspecs import hookimpl

__all__ = ["Architecture", "Kind", "Pooling", "Precision", "Reported", "hookimpl", "__version__"]
__version__ = "0.1.0"
