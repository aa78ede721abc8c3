"""The CardioBench tasks: real mteb task classes, imported on first use.

>>> import mteb, cardiobench_tasks
>>> mteb.evaluate(model, [cardiobench_tasks.CardioSeparation()])  # doctest: +SKIP
"""

from typing import TYPE_CHECKING, Any

from cardiobench_tasks.catalogue import CATALOGUE, TaskSpec

if TYPE_CHECKING:
    from cardiobench_tasks.cardio_abbreviation import CardioAbbreviation
    from cardiobench_tasks.cardio_code_retrieval import CardioCodeRetrieval
    from cardiobench_tasks.cardio_code_retrieval_hard import CardioCodeRetrievalHard
    from cardiobench_tasks.cardio_letter_retrieval import CardioLetterRetrieval
    from cardiobench_tasks.cardio_negation import CardioNegation
    from cardiobench_tasks.cardio_phenotype_retrieval import CardioPhenotypeRetrieval
    from cardiobench_tasks.cardio_qa_retrieval import CardioQARetrieval
    from cardiobench_tasks.cardio_separation import CardioSeparation
    from cardiobench_tasks.cardio_term_retrieval import CardioTermRetrieval
    from cardiobench_tasks.cardio_term_retrieval_hard import CardioTermRetrievalHard
    from cardiobench_tasks.cardio_value import CardioValue
    from cardiobench_tasks.neuro_separation import NeuroSeparation
    from cardiobench_tasks.pulmonary_separation import PulmonarySeparation
    from cardiobench_tasks.renal_separation import RenalSeparation

__all__ = [
    "CATALOGUE",
    "TaskSpec",
    "CardioSeparation",
    "CardioNegation",
    "CardioAbbreviation",
    "CardioTermRetrieval",
    "CardioCodeRetrieval",
    "CardioPhenotypeRetrieval",
    "CardioQARetrieval",
    "CardioLetterRetrieval",
    "PulmonarySeparation",
    "RenalSeparation",
    "NeuroSeparation",
    "CardioTermRetrievalHard",
    "CardioCodeRetrievalHard",
    "CardioValue",
]


def __getattr__(name: str) -> Any:
    for spec in CATALOGUE:
        if spec.name == name:
            return type(spec.load())
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
