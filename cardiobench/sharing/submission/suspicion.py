"""Patterns that no honest model shows, or hardly any: refused, or brought to a maintainer's eye."""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.errors import CardioBenchError
from cardiobench.evaluation.evaluate import read_predictions
from cardiobench.foundation.files import canonical_json, sha256_text
from cardiobench.results.entry import (
    MANIFEST,
    META,
    SPEED,
    Entry,
    finished_entries,
    predictions_file,
    result_file,
)
from cardiobench.sharing.submission.contents import Contents
from cardiobench.sharing.submission.recompute import COSINES, Recomputed
from cardiobench.sharing.submission.report import Report
from cardiobench_tasks.catalogue import CATALOGUE

if TYPE_CHECKING:
    from cardiobench_tasks.catalogue import TaskSpec

# Other hardware moves a score by less; another model moves most of them by far more.
_SAME = 1e-5
# A model of its own differs by more somewhere; noise that hides a copy differs by less.
_ALMOST = 5e-3
# Main scores this close are worth comparing prediction by prediction.
_NEAR = 1e-3
_BEST_POSSIBLE = 1.0
_SOURCES = ("hpo", "human phenotype ontology", "icd-10-cm", "icd10cm")
_LOOK = "A maintainer should run: cardiobench submit verify --rerun all"


class Published:
    """What the suspicious are compared with: the entries of a board, and of this verification."""

    def __init__(self, board: Path) -> None:
        self.board = board
        self._entries = list(finished_entries(board))
        self._scores: dict[str, dict[Entry, float]] = {}
        self._seen: dict[tuple[str, str], str] = {}

    def main_scores(self, task: str) -> Mapping[Entry, float]:
        """Main score of every entry that has the task."""
        if task not in self._scores:
            self._scores[task] = dict(self._read_scores(task))
        return self._scores[task]

    def _read_scores(self, task: str) -> Iterator[tuple[Entry, float]]:
        for entry in self._entries:
            try:
                yield entry, float(entry.scores(task)["main_score"])
            except (CardioBenchError, KeyError, TypeError, ValueError):
                continue  # it has no such result

    def twin_in_batch(self, task: str, predictions: Any, name: str) -> str | None:
        """Another model, verified before in this run, with the very same predictions."""
        key = (task, sha256_text(canonical_json(predictions)))
        other = self._seen.setdefault(key, name)
        return other if other != name else None


def check_patterns(
    contents: Contents, found: Mapping["TaskSpec", Recomputed], board: Published, report: Report
) -> None:
    """Note what looks too good, or like somebody else's."""
    _check_training(contents, report)
    for spec, recomputed in found.items():
        predictions = contents.predictions[spec.name]["default"][spec.split]
        _check_gold(spec, predictions, recomputed, report)
        _check_best(spec, recomputed, contents, board, report)
        _check_twins(spec, predictions, recomputed, contents, board, report)


def _check_training(contents: Contents, report: Report) -> None:
    kind, stated = contents.manifest.model.kind, contents.meta.get("training_datasets") or []
    ours = {spec.name.lower() for spec in CATALOGUE} | set(_SOURCES)
    shared = sorted(name for name in map(str, stated) if name.lower() in ours)
    if kind == "zero-shot" and shared:
        said = f"zero-shot, but trained on the suite's sources: {', '.join(shared)}"
        report.add(META, said, "Say kind: adapted, with its training record.")
    if kind == "adapted" and not shared:
        said = "adapted, but training_datasets names no task that shares the sources"
        report.add(META, said, "Check what it was trained on.", "warning")
    if not contents.record.open_weights and kind == "adapted":
        report.add(MANIFEST, "adapted, but its weights are closed", _LOOK, "warning")


def _check_gold(spec: "TaskSpec", predictions: Any, recomputed: Recomputed, report: Report) -> None:
    """Predictions that are the answers: two values for two labels, or grades as similarities."""
    path = predictions_file(spec.name)
    if spec.type == "Retrieval":
        values = {value for documents in predictions.values() for value in documents.values()}
    else:
        values = set(predictions[COSINES])
    if len(values) <= 4:
        said = f"only {len(values)} different similarities: these are labels, not a model's"
        report.add(path, said, "Pack what mteb wrote.")
        return
    perfect = recomputed.scores.get("auroc", recomputed.scores["main_score"])
    if perfect >= _BEST_POSSIBLE:
        report.add(path, "not a single item is wrong", _LOOK, "warning")


def _check_best(
    spec: "TaskSpec", recomputed: Recomputed, contents: Contents, board: Published, report: Report
) -> None:
    """More than half of what was left to gain over the best known row is gained at once."""
    own = contents.manifest.model.name
    others = {e.name: score for e, score in board.main_scores(spec.name).items() if e.name != own}
    if not others:
        return
    best = max(others, key=lambda name: others[name])
    score = recomputed.scores["main_score"]
    if score > others[best] + (_BEST_POSSIBLE - others[best]) / 2:
        speed = "" if SPEED in contents.hashes else ", and no speed was measured"
        said = f"{score:.3f} is far beyond the best known {others[best]:.3f} ({best}){speed}"
        report.add(result_file(spec.name), said, _LOOK, "warning")


def _check_twins(
    spec: "TaskSpec",
    predictions: Any,
    recomputed: Recomputed,
    contents: Contents,
    board: Published,
    report: Report,
) -> None:
    model, path = contents.manifest.model, predictions_file(spec.name)
    twin = board.twin_in_batch(spec.name, predictions, model.name)
    remedy = "Submit the model under the name that it has."
    if twin:
        report.add(path, f"the same predictions as {twin}", remedy)
        return
    for entry, score in board.main_scores(spec.name).items():
        is_near = abs(score - recomputed.scores["main_score"]) <= _NEAR
        if not is_near or (entry.name, entry.revision) == (model.name, model.revision):
            continue
        apart = _largest_difference(predictions, entry, spec)
        if apart <= _SAME:
            severity = "warning" if entry.name == model.name else "finding"
            said = f"the same predictions as {entry.name} at {entry.revision[:12]}"
            report.add(path, said, remedy, severity)  # type: ignore[arg-type]
        elif apart <= _ALMOST:
            said = f"predictions within {apart:.2g} of {entry.name} at {entry.revision[:12]}"
            report.add(path, said, f"A copy with noise? {_LOOK}", "warning")


def _largest_difference(predictions: Any, entry: Entry, spec: "TaskSpec") -> float:
    """Between these similarities and an entry's; infinite where they are not of the same things.

    Where documents rank in the first hundred by a hair, others may stand in their place.
    """
    try:
        other = read_predictions(entry.predictions_path(spec.name))["default"][spec.split]
        if spec.type != "Retrieval":
            both = zip(predictions[COSINES], other[COSINES], strict=True)
            return float(max(abs(one - two) for one, two in both))
        shared = [
            abs(score - other[query][document])
            for query, found in predictions.items()
            for document, score in found.items()
            if document in other[query]
        ]
    except (OSError, ValueError, KeyError):
        return math.inf
    enough = len(shared) >= 0.9 * sum(map(len, predictions.values()))
    return float(max(shared)) if enough and shared else math.inf
