"""Patterns that no honest model shows, or hardly any: refused, or brought to a maintainer's eye."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.errors import CardioBenchError
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
from cardiobench.sharing.submission.copies import (
    Known,
    are_seeds,
    read_known,
    resembles,
    threshold,
)
from cardiobench.sharing.submission.recompute import COSINES, Recomputed
from cardiobench.sharing.submission.report import Report, Severity
from cardiobench.sharing.submission.training_facts import check_pairs
from cardiobench_tasks.catalogue import CATALOGUE

if TYPE_CHECKING:
    from cardiobench_tasks.catalogue import TaskSpec

# Other hardware moves a score by less; another model moves most of them by far more.
_SAME = 1e-5
_BEST_POSSIBLE = 1.0
_SOURCES = ("hpo", "human phenotype ontology", "icd-10-cm", "icd10cm")
_OWN_NAME = "Submit the model under the name that it has."
_LOOK = "A maintainer should run: cardiobench submit verify --rerun all"


class Published:
    """What the suspicious are compared with: the entries of a board, and of this verification."""

    def __init__(self, board: Path) -> None:
        self.entries = list(finished_entries(board))
        self._scores: dict[str, dict[Entry, float]] = {}
        self._known: dict[tuple[Entry, str], Known | None] = {}
        self._seen: dict[tuple[str, str], str] = {}

    def main_scores(self, task: str) -> Mapping[Entry, float]:
        """Main score of every entry that has the task."""
        if task not in self._scores:
            self._scores[task] = dict(self._read_scores(task))
        return self._scores[task]

    def _read_scores(self, task: str) -> Iterator[tuple[Entry, float]]:
        for entry in self.entries:
            try:
                yield entry, float(entry.scores(task)["main_score"])
            except (CardioBenchError, KeyError, TypeError, ValueError):
                continue  # it has no such result

    def known(self, entry: Entry, spec: "TaskSpec") -> Known | None:
        """An entry's predictions of a task, read once; None if it has none."""
        key = (entry, spec.name)
        if key not in self._known:
            self._known[key] = read_known(entry, spec)
        return self._known[key]

    def base_of(self, contents: Contents, spec: "TaskSpec") -> Known | None:
        """The published predictions of the model that an entry was adapted from, if any."""
        name = contents.manifest.model.adapted_from
        bases = (entry for entry in self.entries if entry.name == name)
        return next(filter(None, (self.known(entry, spec) for entry in bases)), None)

    def twin_in_batch(self, task: str, predictions: Any, name: str) -> str | None:
        """Another model, verified before in this run, with the very same predictions."""
        key = (task, sha256_text(canonical_json(predictions)))
        other = self._seen.setdefault(key, name)
        return other if other != name else None


def check_patterns(
    contents: Contents, tasks: Mapping["TaskSpec", Recomputed], board: Published, report: Report
) -> None:
    """Note what looks too good, or like somebody else's."""
    _check_training(contents, report)
    check_pairs(contents, board.entries, report)
    for spec, recomputed in tasks.items():
        predictions = contents.predictions[spec.name]["default"][spec.split]
        _check_gold(spec, predictions, recomputed, report)
        _check_best(spec, recomputed, contents, board, report)
        _check_twins(spec, predictions, contents, board, report)


def _check_training(contents: Contents, report: Report) -> None:
    kind, stated = contents.manifest.model.kind, contents.meta.get("training_datasets") or []
    ours = {spec.name.lower() for spec in CATALOGUE} | set(_SOURCES)
    shared = sorted(name for name in map(str, stated) if name.lower() in ours)
    if kind == "zero-shot" and shared:
        message = f"zero-shot, but trained on the suite's sources: {', '.join(shared)}"
        report.add(META, message, "Say kind: adapted, with its training record.")
    if kind == "adapted" and not shared:
        message = "adapted, but training_datasets names no task that shares the sources"
        report.add(META, message, "Check what it was trained on.", "warning")
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
        message = f"only {len(values)} different similarities: these are labels, not a model's"
        report.add(path, message, "Pack what mteb wrote.")
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
        message = f"{score:.3f} is far beyond the best known {others[best]:.3f} ({best}){speed}"
        report.add(result_file(spec.name), message, _LOOK, "warning")


def _check_twins(
    spec: "TaskSpec", predictions: Any, contents: Contents, board: Published, report: Report
) -> None:
    """Predictions that go with a published entry's as no two models' of their own do."""
    model, path = contents.manifest.model, predictions_file(spec.name)
    twin = board.twin_in_batch(spec.name, predictions, model.name)
    if twin:
        report.add(path, f"the same predictions as {twin}", _OWN_NAME)
        return
    here = Known.of(predictions)
    for entry in board.entries:
        other = board.known(entry, spec)
        if other is None or (entry.name, entry.revision) == (model.name, model.revision):
            continue
        resemblance = resembles(here, other)
        if resemblance is None or resemblance.correlation < threshold(spec):
            continue
        seeds = are_seeds(contents.manifest, entry.manifest())
        if seeds and resemblance.correlation < threshold(spec, seeds=True):
            continue
        published = f"{entry.name} at {entry.revision[:12]}"
        if resemblance.largest <= _SAME:
            severity: Severity = "warning" if entry.name == model.name else "finding"
            report.add(path, f"the same predictions as {published}", _OWN_NAME, severity)
        else:
            message = (
                f"predictions go with those of {published} (r = {resemblance.correlation:.4f})"
            )
            report.add(path, message, f"A copy? {_LOOK}", "warning")
