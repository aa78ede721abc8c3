"""An entry against the one that is published under its name and revision, if there is one."""

import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.errors import CardioBenchError
from cardiobench.evaluation.evaluate import read_predictions
from cardiobench.foundation.files import sha256_file
from cardiobench.plugins.tasks import known_tasks
from cardiobench.results.entry import SUBMISSION, VERIFICATION, WITHDRAWAL, Entry, finished_entries
from cardiobench.sharing.submission.contents import Contents
from cardiobench.sharing.submission.recompute import COSINES
from cardiobench.sharing.submission.report import Report, Severity, shown
from cardiobench.sharing.submission.tree import is_plain, plain_files, same_file

if TYPE_CHECKING:
    from cardiobench_tasks.catalogue import TaskSpec

# Other hardware or batches move a 32-bit similarity by less, and a score by less.
EQUAL = 1e-4
_EQUAL_SCORE = 1e-3
_OWN = "Submit it under a revision of its own."
_WORD = "It is somebody's word; a maintainer may count it."
_EQUAL_REMEDY = "Leave it out, or confirm it: cardiobench submit pack --confirm"
_KEEP = "Leave published entries as they are; maintainers change them with --maintainer."


def check_published(contents: Contents, board: Path, report: Report, *, maintainer: bool) -> None:
    """Note every file that differs from a published entry, and what only maintainers write.

    Args:
        contents: the entry.
        board: the board to compare with.
        report: takes the findings.
        maintainer: whether the change is a maintainer's, so that it is only shown.
    """
    model, severity = contents.manifest.model, _severity(maintainer)
    entry = Entry(board, model.name, model.revision)
    if entry.folder.resolve() != contents.folder.resolve():
        if entry.folder.is_dir():
            _check_files(contents, entry, report, severity)
        else:
            added = {VERIFICATION, WITHDRAWAL, *contents.confirmations} & contents.hashes.keys()
            for path in sorted(added):
                message = "the board has no such entry, and only maintainers write this file"
                report.add(path, message, "Remove it.", severity)
    _check_revisions(contents, board, report, severity)


def _severity(maintainer: bool) -> Severity:
    return "warning" if maintainer else "finding"


def _check_files(contents: Contents, entry: Entry, report: Report, severity: Severity) -> None:
    folder = contents.folder
    here, there = set(plain_files(folder) or contents.hashes), set(plain_files(entry.folder) or ())
    changed = [p for p in sorted(here | there) if not same_file(folder / p, entry.folder / p)]
    tasks = contents.manifest.data
    same_tasks = tasks == entry.manifest().data
    for path in [path for path in changed if _confirms(contents, path, entry, there)]:
        report.add(path, "a run by others that came to the same", _WORD, "warning")
        changed.remove(path)
    # A maintainer sees every file; a submitter who ran a published model again, one line.
    plain = severity == "finding" and len(changed) > 1
    if plain and same_tasks and is_equal(tasks, _stated(contents), entry):
        message = "already published, with equal scores and predictions"
        report.add(".", message, _EQUAL_REMEDY, severity)
        return
    for path in changed:
        if path not in here:
            message = "published under this name and revision, but gone here"
        elif path in (VERIFICATION, WITHDRAWAL):
            message = "not what the board has; only maintainers write it"
        elif not is_plain(entry.folder / path):
            message = "not among the files published under this name and revision"
        else:
            message = "not what is published under this name and revision"
        remedy = _KEEP if path in (VERIFICATION, WITHDRAWAL) else _OWN
        report.add(path, message, remedy, severity)


def _confirms(contents: Contents, path: str, entry: Entry, there: set[str]) -> bool:
    """Whether a file that is new here confirms the entry that is published, and no other one."""
    record = contents.confirmations.get(path)
    if record is None or path in there or not entry.submission_path.is_file():
        return False
    return record.submission_sha256 == sha256_file(entry.submission_path)


def _check_revisions(contents: Contents, board: Path, report: Report, severity: Severity) -> None:
    """Other revisions under this name: superseded by right, or somebody else's name taken."""
    model, supersedes = contents.manifest.model, contents.record.supersedes
    revisions = {e.revision for e in finished_entries(board) if e.name == model.name}
    if model.revision in revisions:
        before = Entry(board, model.name, model.revision)
        if same_file(before.submission_path, contents.folder / SUBMISSION):
            return
    for revision in supersedes:
        if revision not in revisions:
            message = f"it supersedes {shown(revision)}, which is not on the board"
            report.add(".", message, "Name a published revision of this model.")
        else:
            message = f"it takes the place of {model.name} at {shown(revision)}"
            report.add(
                ".", message, "Only that entry's authors may do so; ask for a label.", severity
            )
    others = revisions - {model.revision, *supersedes}
    if others and not supersedes and model.kind != "baseline":
        message = (
            f"{model.name} is published at {min(others)[:12]}, and this one does not supersede it"
        )
        report.add(".", message, "Are these its authors? A maintainer asks.", "warning")


Stated = Mapping[str, tuple[Any, Any]]


def _stated(contents: Contents) -> Stated:
    """Task to its main score and its predictions, as far as the entry has both."""
    stated = {}
    for spec in _specs(contents.manifest.data):
        try:
            scores = contents.results[spec.name].scores[spec.split][0]
            predictions = contents.predictions[spec.name]["default"][spec.split]
            stated[spec.name] = scores["main_score"], predictions
        except (LookupError, TypeError):
            continue
    return stated


def stated_by(entry: Entry) -> Stated:
    """The same of an entry of our own, which is believed.

    Raises:
        CardioBenchError: a result is missing.
    """
    return {
        spec.name: (
            entry.scores(spec.name).get("main_score"),
            read_predictions(entry.predictions_path(spec.name))["default"][spec.split],
        )
        for spec in _specs(entry.manifest().data)
    }


def is_equal(tasks: Mapping[str, str], stated: Stated, entry: Entry) -> bool:
    """Whether a published entry has these tasks, with scores and predictions that agree.

    Args:
        tasks: task to data revision.
        stated: task to main score and predictions.
        entry: the published one.
    """
    try:
        if not tasks.items() <= entry.manifest().data.items():
            return False
        for spec in _specs(tasks):
            score, predictions = stated[spec.name]
            if not abs(score - entry.scores(spec.name)["main_score"]) <= _EQUAL_SCORE:
                return False
            if not largest_difference(predictions, entry, spec) <= EQUAL:
                return False
    except (CardioBenchError, TypeError, LookupError):
        return False
    return True


def _specs(tasks: Iterable[str]) -> list["TaskSpec"]:
    known = known_tasks()
    return [known[name] for name in tasks if name in known]


def largest_difference(predictions: Any, entry: Entry, spec: "TaskSpec") -> float:
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
            for query, documents in predictions.items()
            for document, score in documents.items()
            if document in other[query]
        ]
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return math.inf
    enough = len(shared) >= 0.9 * sum(map(len, predictions.values()))
    return float(max(shared)) if enough and shared else math.inf
