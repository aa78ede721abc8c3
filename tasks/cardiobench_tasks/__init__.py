"""The CardioBench tasks: real mteb task classes, imported on first use.

>>> import mteb, cardiobench_tasks
>>> mteb.evaluate(model, [cardiobench_tasks.CardioSeparation()])  # doctest: +SKIP
"""

from typing import TYPE_CHECKING, Any

from cardiobench_tasks.catalogue import CATALOGUE, TaskSpec

if TYPE_CHECKING:
    from cardiobench_tasks.cardio_separation import CardioSeparation
    from cardiobench_tasks.cardio_term_retrieval import CardioTermRetrieval

__all__ = ["CATALOGUE", "CardioSeparation", "CardioTermRetrieval", "TaskSpec"]


def __getattr__(name: str) -> Any:
    for spec in CATALOGUE:
        if spec.name == name:
            return type(spec.load())
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
