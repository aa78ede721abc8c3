"""CardioBench: an MTEB-compatible evaluation suite for clinical cardiology text embeddings.

>>> import cardiobench
>>> results = cardiobench.evaluate("minilm", tasks="CardioNegation")  # doctest: +SKIP
>>> results.to_dataframe()  # doctest: +SKIP

:func:`evaluate`, :func:`adapt` and :func:`load_results` are loaded when they are first used, so
that this module imports nothing heavy: plugin authors import :class:`Architecture`,
:class:`TaskSpec`, :class:`PairSource`, :class:`PairStrategy`, :class:`ExecutorSource` and
:data:`hookimpl` from here and stay cheap to list.
"""

import importlib
from typing import TYPE_CHECKING, Any

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
from cardiobench.plugins.text_model import TextModel
from cardiobench_tasks.catalogue import TaskSpec

if TYPE_CHECKING:
    from cardiobench.api.adapt import Adapted, adapt
    from cardiobench.api.evaluate import evaluate
    from cardiobench.api.results import ModelResults, Results, Score, load_results

__all__ = [
    "Adapted",
    "Architecture",
    "Backend",
    "Block",
    "CarriedWeights",
    "ExecutorSource",
    "Kind",
    "ModelResults",
    "PairSource",
    "PairStrategy",
    "Passage",
    "Pooling",
    "Precision",
    "Reported",
    "Results",
    "Score",
    "TaskSpec",
    "TextModel",
    "adapt",
    "evaluate",
    "hookimpl",
    "load_results",
    "__version__",
]
__version__ = "0.1.0"
_LAZY = {
    "Adapted": "adapt",
    "adapt": "adapt",
    "evaluate": "evaluate",
    "ModelResults": "results",
    "Results": "results",
    "Score": "results",
    "load_results": "results",
}


def __getattr__(name: str) -> Any:
    """Load what evaluates, trains and reads results only when it is used."""
    if name not in _LAZY:
        raise AttributeError(f"module 'cardiobench' has no attribute {name!r}")
    return getattr(importlib.import_module(f"cardiobench.api.{_LAZY[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
