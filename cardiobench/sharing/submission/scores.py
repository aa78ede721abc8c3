"""Comparing what an entry says of a task with what its predictions are worth."""

import math
from typing import Any

from cardiobench.foundation.tracebacks import show
from cardiobench.results.entry import items_file, predictions_file, result_file
from cardiobench.results.items import Items, ItemValues
from cardiobench.sharing.submission.architectures import known_architectures
from cardiobench.sharing.submission.contents import Contents, Result
from cardiobench.sharing.submission.recompute import COSINES, PAIR_SCORES, Recomputed, TaskAnew
from cardiobench.sharing.submission.report import Report, shown
from cardiobench.sharing.submission.similarity import (
    UNIT,
    is_unit,
    odd_manhattan,
    wrong_with_pairs,
)
from cardiobench.sharing.submission.tolerance import TOLERANCES

# mteb rounds pair scores to six decimals and retrieval scores to five; predictions have eight. What
# is compared is rounded alike on both sides, so that equal predictions give equal scores.
TOLERANCE = 1e-6
# mteb's keys beside the scores.
_NO_SCORES = {"hf_subset", "languages", "mteb_version"}
# Cosines of 32-bit embeddings can be beyond 1 by a few units in the last place.
_COSINE_LIMIT = 1 + 1e-4
_NO_SCORES_ERRORS = (ArithmeticError, LookupError, TypeError, ValueError)
_AGAIN = "Type: cardiobench run, then cardiobench submit pack"


def check_task(anew: TaskAnew, contents: Contents, report: Report) -> Recomputed | None:
    """Recompute one task and note every difference.

    Returns:
        What the predictions are worth, or None if they cannot be used.
    """
    task = anew.spec.name
    predictions = _predictions_of(anew, contents, report)
    if predictions is None:
        return None
    try:
        recomputed = anew.recompute(predictions)
    except _NO_SCORES_ERRORS as error:  # what mteb makes of numbers that nobody foresaw
        show(error)
        message = f"no scores can be computed ({type(error).__name__}: {shown(str(error))})"
        report.add(predictions_file(task), message, _AGAIN)
        return None
    before = len(report.findings)
    if task in contents.results:
        _check_result(anew, contents.results[task], recomputed, report)
    if task in contents.items:
        _check_items(contents.items[task], recomputed.items, report)
    if len(report.findings) == before:
        report.tasks.append(task)
        report.scores_recomputed += len(recomputed.scores)
    return recomputed


def _predictions_of(anew: TaskAnew, contents: Contents, report: Report) -> dict[str, Any] | None:
    """The predictions of the split, if they are whole and about this model and this task."""
    spec, model = anew.spec, contents.manifest.model
    path, stored = predictions_file(spec.name), contents.predictions.get(spec.name)
    if stored is None:
        return None
    owner = {"model_name": model.name, "revision": model.revision}
    if not isinstance(stored, dict) or stored.keys() != {"default", "mteb_model_meta"}:
        report.add(path, "not mteb's predictions of one model", _AGAIN)
    elif stored["mteb_model_meta"] != owner:
        report.add(path, "they are of another model or revision", _AGAIN)
    elif not isinstance(stored["default"], dict) or [*stored["default"]] != [spec.split]:
        report.add(path, f"not of split {spec.split} alone", _AGAIN)
    else:
        predictions = stored["default"][spec.split]
        check = _wrong_documents if anew.is_retrieval else _wrong_pairs
        wrong = check(anew, predictions)
        # mteb's search ranks by cosine, unless the model says otherwise.
        if not wrong and anew.is_retrieval and contents.meta.get("similarity_fn_name") == "cosine":
            scores = (score for documents in predictions.values() for score in documents.values())
            if any(abs(score) > _COSINE_LIMIT for score in scores):
                wrong = "a cosine outside [-1, 1]"
        if not wrong:
            if not anew.is_retrieval:
                _check_similarities(anew, predictions, contents, report)
            return dict(predictions)
        report.add(path, wrong, _AGAIN)
    return None


def _check_similarities(
    anew: TaskAnew, predictions: dict[str, Any], contents: Contents, report: Report
) -> None:
    """Every list is of the model that gave the cosines, or a maintainer is told of it."""
    model, path = contents.manifest.model, predictions_file(anew.spec.name)
    architecture = known_architectures().get(model.architecture)
    function = str(contents.meta.get("similarity_fn_name"))
    tolerance = UNIT if architecture is None else TOLERANCES[architecture.precision]
    for wrong in wrong_with_pairs(
        predictions,
        function,
        model.embedding_dim,
        tolerance=tolerance,
        unit=True if architecture is not None and architecture.normalise else None,
    ):
        report.add(path, wrong, _AGAIN)
    if model.kind == "baseline":
        return
    odd = odd_manhattan(predictions, anew.labels(), model.embedding_dim)
    if odd is None and not is_unit(predictions, tolerance):
        odd = "the embeddings have other lengths than 1, so dot_* and euclidean_* are only bounded"
    if odd:
        report.add(path, odd, "Only --rerun tells whether the model gives them.", "warning")


def _is_number(value: Any) -> bool:
    """A finite float or int, and no bool."""
    return type(value) in (int, float) and math.isfinite(value)


def _wrong_pairs(anew: TaskAnew, predictions: Any) -> str | None:
    if not isinstance(predictions, dict) or predictions.keys() != set(PAIR_SCORES):
        return f"they must be {', '.join(PAIR_SCORES)}"
    n = len(anew.split())
    for values in predictions.values():
        if not isinstance(values, list) or len(values) != n:
            count = len(values) if isinstance(values, list) else "no"
            return f"{count} values for the task's {n:,} pairs"
        if not all(_is_number(value) for value in values):
            return "a value that is no number"
    if any(abs(value) > _COSINE_LIMIT for value in predictions[COSINES]):
        return "a cosine outside [-1, 1]"
    return None


def _wrong_documents(anew: TaskAnew, predictions: Any) -> str | None:
    split = anew.split()
    queries = {query for query, relevant in split["relevant_docs"].items() if relevant}
    if not isinstance(predictions, dict) or predictions.keys() != queries:
        odd = set(predictions) ^ queries if isinstance(predictions, dict) else queries
        return f"queries missing, extra or unknown, such as {shown(min(odd))!r}"
    corpus = set(split["corpus"]["id"][:])  # a column gone through is slow
    candidates = split.get("top_ranked") or {}
    for query, documents in predictions.items():
        depth = min(max(anew.task.k_values), len(candidates.get(query, corpus)))
        if not isinstance(documents, dict) or len(documents) != depth:
            return f"query {shown(query)!r} must have the {depth} best documents"
        if not documents.keys() <= corpus:
            return f"query {shown(query)!r} has a document that is not in the corpus"
        if not all(_is_number(value) for value in documents.values()):
            return f"query {shown(query)!r} has a value that is no number"
    return None


def _check_result(anew: TaskAnew, result: Result, computed: Recomputed, report: Report) -> None:
    spec, path = anew.spec, result_file(anew.spec.name)
    if result.task_name != spec.name:
        report.add(path, f"it is about {shown(result.task_name)}", _AGAIN)
    if result.dataset_revision != spec.revision:
        message = f"data revision {shown(result.dataset_revision)}, not {spec.revision}"
        report.add(path, message, _AGAIN)
    if [*result.scores] != [spec.split] or len(result.scores[spec.split]) != 1:
        report.add(path, f"it must have split {spec.split} with one subset", _AGAIN)
        return
    scores = result.scores[spec.split][0]
    stated = {key: value for key, value in scores.items() if key not in _NO_SCORES}
    if scores.get("hf_subset") != "default":
        report.add(path, "hf_subset must be default", _AGAIN)
    if scores.get("languages") != list(anew.task.metadata.eval_langs):
        report.add(path, "languages are not those of the task", _AGAIN)
    for key in sorted(stated.keys() ^ computed.scores.keys()):
        word = "unknown" if key in stated else "missing"
        report.add(path, f"score {shown(key)} is {word}", _AGAIN)
    wrong = [
        key
        for key in computed.scores
        if key in stated and _differ(stated[key], computed.scores[key])
    ]
    for key in sorted(wrong, key=lambda key: (key not in ("main_score", spec.main_score), key))[:5]:
        message = (
            f"{key} is {shown(stated[key])}, but its predictions give {computed.scores[key]:.6f}"
        )
        report.add(path, message, _AGAIN)
    if len(wrong) > 5:
        report.add(path, f"{len(wrong) - 5} more scores differ from their predictions", _AGAIN)


def _differ(stated: Any, computed: float) -> bool:
    if type(stated) not in (int, float):
        return True
    if math.isnan(computed) or math.isnan(stated):
        return math.isnan(computed) != math.isnan(stated)
    return not abs(stated - computed) <= TOLERANCE


def _check_items(stated: Items | ItemValues, computed: Items, report: Report) -> None:
    """Intervals, ranks and comparisons follow from the items, so these must be exact."""
    path = items_file(computed.task)
    if isinstance(stated, ItemValues):
        if (stated.task, stated.head) != (computed.task, computed.head().sha256()):
            report.add(path, "its head is not that of the task's data", _AGAIN)
    else:
        for field in ("task", "main_score", "revision", "ids", "labels", "clusters"):
            if getattr(stated, field) != getattr(computed, field):
                report.add(path, f"{field} are not those of the task's data", _AGAIN)
    if len(stated.values) != len(computed.values):
        message = f"{len(stated.values)} values for the task's {len(computed.values):,} items"
        report.add(path, message, _AGAIN)
        return
    rows = zip(computed.ids, stated.values, computed.values, strict=True)
    wrong = [(name, is_, gives) for name, is_, gives in rows if _differ(is_, gives)]
    if wrong:
        name, is_, gives = wrong[0]
        message = (
            f"{len(wrong)} values differ from the predictions, first {name}: {is_}, not {gives}"
        )
        report.add(path, message, _AGAIN)
