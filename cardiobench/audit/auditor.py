"""Auditing a task: every shortcut is tried on its data, once for each data revision."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pydantic

from cardiobench.audit.pair_items import AUROC, pair_items
from cardiobench.audit.pair_shortcuts import PAIR_SHORTCUTS, pair_shortcuts
from cardiobench.audit.report import DECIMALS, ShortcutScore, TaskAudit
from cardiobench.audit.retrieval_items import RetrievalItems, retrieval_items
from cardiobench.audit.retrieval_shortcuts import RETRIEVAL_SHORTCUTS
from cardiobench.errors import CardioBenchError, StageError
from cardiobench.foundation.files import cache_dir, read_checked, write_checked
from cardiobench.foundation.text import squeeze
from cardiobench.plugins.tasks import load_task
from cardiobench_tasks.catalogue import TaskSpec

# Part of a kept audit's name: raise it when the same data give other scores.
_METHOD = 1
_CHANCE_ORDERS = 20
TYPES = ("PairClassification", "Retrieval")

# Called with the name of each shortcut that is done.
Step = Callable[[str], None]


def audit_task(spec: TaskSpec, step: Step = lambda name: None) -> TaskAudit:
    """The audit of a task, from the cache or made anew.

    Raises:
        CardioBenchError: the task is neither pair classification nor retrieval.
        StageError: its class cannot be loaded, or stops with an error of its own.
    """
    if spec.type not in TYPES:
        raise CardioBenchError(
            f"{spec.name} cannot be audited: its type is {spec.type}, none of {', '.join(TYPES)}."
        )
    kept = _cached(_path(spec))
    if kept is not None and kept.revision == spec.revision:
        # The claim is the specification's, not the data's.
        return kept.model_copy(update={"lexical_control": spec.lexical_control})
    try:
        audit = _audit(spec, step)
    except CardioBenchError:
        raise
    except Exception as error:
        if not spec.from_plugin:
            raise
        reason = squeeze(f"{type(error).__name__}: {error}")
        raise StageError(
            f"Task {spec.name} of {spec.provider} cannot be audited: {reason}. "
            "docs/audit.md says what the audit reads."
        ) from error
    write_checked(_path(spec), audit.model_dump_json())
    return audit


def _path(spec: TaskSpec) -> Path:
    return cache_dir() / "audit" / f"{spec.name}-{spec.revision[:16]}-{_METHOD}.json"


def _cached(path: Path) -> TaskAudit | None:
    text = read_checked(path)
    if text is None:
        return None
    try:
        return TaskAudit.model_validate_json(text)
    except pydantic.ValidationError:
        return None


def _audit(spec: TaskSpec, step: Step) -> TaskAudit:
    task = load_task(spec)
    task.load_data()
    if spec.type == "Retrieval":
        queries = retrieval_items(task, spec)
        scores = _scores(queries, RETRIEVAL_SHORTCUTS, step)
        metric, chance, items = spec.main_score, _chance(queries), len(queries.query_ids)
    else:
        pairs = pair_items(task, spec)
        scores = _scores(pairs, pair_shortcuts(pairs), step)
        metric, chance, items = AUROC, 0.5, pairs.n_items
        if pairs.is_triplets:
            metric = spec.main_score
    return TaskAudit(
        task=spec.name,
        revision=spec.revision,
        metric=metric,
        chance=round(chance, DECIMALS),
        items=items,
        lexical_control=spec.lexical_control,
        shortcuts=tuple(
            ShortcutScore(name=name, score=round(score, DECIMALS)) for name, score in scores.items()
        ),
    )


def _scores(items: Any, shortcuts: Mapping[str, Any], step: Step) -> dict[str, float]:
    """Mean score over the rankings of each shortcut."""
    scores = {}
    for name, rank in shortcuts.items():
        scores[name] = float(np.mean([items.score(ranking) for ranking in rank(items)]))
        step(name)
    return scores


def _chance(items: RetrievalItems) -> float:
    """The mean score of documents in random orders."""

    def no_difference(start: int, stop: int) -> Any:
        return np.zeros((stop - start, len(items.document_ids)))

    return items.score(no_difference, orders=_CHANCE_ORDERS)


def n_shortcuts(spec: TaskSpec) -> int:
    """How many steps the audit of a task has, at most."""
    return len(RETRIEVAL_SHORTCUTS if spec.type == "Retrieval" else PAIR_SHORTCUTS)
