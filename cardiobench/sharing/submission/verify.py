"""Verifying entries: read within limits, recompute, compare, look for the impossible."""

import datetime
import filecmp
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.board.build import board_pages
from cardiobench.board.read import BoardData, read_row
from cardiobench.errors import CardioBenchError
from cardiobench.foundation.machine import own_version
from cardiobench.plugins.tasks import known_tasks
from cardiobench.results.entry import MANIFEST, VERIFICATION, WITHDRAWAL, Entry
from cardiobench.results.records import Verification
from cardiobench.results.schema import write_record
from cardiobench.sharing.submission.contents import Contents, read_contents, record_hash
from cardiobench.sharing.submission.identity import check_identity, known_names
from cardiobench.sharing.submission.model_facts import check_facts
from cardiobench.sharing.submission.recompute import Recomputed, TaskAnew
from cardiobench.sharing.submission.report import Report, shown
from cardiobench.sharing.submission.rerun import Sample, loaded, rerun_task
from cardiobench.sharing.submission.safe_files import MAX_FILES, kind_of
from cardiobench.sharing.submission.scores import check_task
from cardiobench.sharing.submission.suspicion import Published, check_patterns

if TYPE_CHECKING:
    from cardiobench_tasks.catalogue import TaskSpec


class Verifier:
    """Verifies entries against task data built here and against a board.

    Args:
        board: the published entries, which are believed.
        sample: what to encode again, or None to load no model.
        device: torch device of the re-run, or None for the best at hand.
        trust_remote_code: whether the re-run may run code from the hub.
    """

    def __init__(
        self,
        board: Path,
        sample: Sample | None = None,
        device: str | None = None,
        *,
        trust_remote_code: bool = False,
    ) -> None:
        self.board = board
        self.sample, self.device = sample, device
        self.trust_remote_code = trust_remote_code
        self._published = Published(board)
        self._names = known_names(board)
        self._tasks: dict[str, TaskAnew] = {}

    def verify(self, folder: Path) -> Report:
        """What is wrong with one entry; never raises for what a submission holds."""
        report = Report(str(folder))
        try:
            self._verify(folder, report)
        except CardioBenchError as error:
            report.add(".", shown(str(error)), "See docs/submitting.md.")
        except Exception as error:
            said = f"it cannot be verified ({type(error).__name__}: {shown(str(error))})"
            report.add(".", said, "See docs/submitting.md.")
        return report

    def _verify(self, folder: Path, report: Report) -> None:
        if _is_link(folder) or _is_link(folder.parent) or not folder.is_dir():
            report.add(".", "no plain folder", "Entries are results/ORG__MODEL/REVISION/.")
            return
        contents = read_contents(folder, report)
        if contents is None:
            return
        report.open_weights = contents.record.open_weights
        # Two entries of one pull request must not look alike either.
        check_identity(contents, self._names, report)
        self._names.add(contents.manifest.model.name)
        check_facts(contents, report)
        self._check_published(contents, report)
        found = self._recompute(contents, report)
        check_patterns(contents, found, self._published, report)
        if report.good:
            _check_shown(contents, report)
        if self.sample is not None and report.good:
            self._rerun(contents, found, report)

    def _recompute(self, contents: Contents, report: Report) -> dict["TaskSpec", Recomputed]:
        found = {}
        for name, spec in known_tasks().items():
            if contents.manifest.data.get(name) != spec.revision:
                continue
            if name not in self._tasks:
                self._tasks[name] = TaskAnew(spec)
            recomputed = check_task(self._tasks[name], contents, report)
            if recomputed is not None:
                found[spec] = recomputed
        return found

    def _check_published(self, contents: Contents, report: Report) -> None:
        """Published results stay as they are; marks and withdrawals are the maintainers'."""
        model = contents.manifest.model
        entry = Entry(self.board, model.name, model.revision)
        for path, word in ((VERIFICATION, "a verification"), (WITHDRAWAL, "a withdrawal")):
            published = entry.folder / path
            if path in contents.hashes and not _same_file(contents.folder / path, published):
                severity = "finding" if path == VERIFICATION else "warning"
                said = f"{word} that the board does not have; only maintainers write them"
                report.add(path, said, "Remove it.", severity)  # type: ignore[arg-type]
        for path in sorted(contents.hashes.keys() - {VERIFICATION, WITHDRAWAL}):
            published = entry.folder / path
            if not published.is_file() or _same_file(contents.folder / path, published):
                continue
            if kind_of(path) in ("result", "items", "predictions"):
                said = "not what is published under this name and revision"
                report.add(path, said, "Submit it under a revision of its own.")
            else:
                said = "it changes a published entry"
                report.add(path, said, "Only that entry's authors may do so.", "warning")
        for revision in contents.record.supersedes:
            said = f"it takes the place of {model.name} at {shown(revision)}"
            report.add(".", said, "Only that entry's authors may do so.", "warning")

    def _rerun(
        self, contents: Contents, found: dict["TaskSpec", Recomputed], report: Report
    ) -> None:
        assert self.sample is not None  # noqa: S101
        with loaded(contents, self.device, trust_remote_code=self.trust_remote_code) as (
            encoder,
            tolerance,
        ):
            for spec in found:
                anew = self._tasks[spec.name]
                rerun_task(encoder, tolerance, anew, contents, self.sample, report)


def _check_shown(contents: Contents, report: Report) -> None:
    """A board must be able to show the entry: what is free in the schema may still break it."""

    try:
        board_pages(BoardData(rows=(read_row(_entry_of(contents), "submitted"),)))
    except Exception as error:
        said = f"no board can be made with it ({type(error).__name__}: {shown(str(error))})"
        report.add(MANIFEST, said, "Type: cardiobench run, which writes the manifest.")


def _entry_of(contents: Contents) -> Entry:
    model = contents.manifest.model
    return Entry(contents.folder.absolute().parents[2], model.name, model.revision)


def record_verification(folder: Path, report: Report) -> None:
    """Write the outcome into a verified entry, for the board to show.

    Raises:
        CardioBenchError: the entry was refused.
    """
    if not report.good:
        raise CardioBenchError(f"{shown(str(folder))} was refused, so nothing is recorded.")
    contents = read_contents(folder, Report(str(folder)))
    if contents is None:
        raise CardioBenchError(f"{shown(str(folder))} changed while it was verified.")
    today = datetime.datetime.now(datetime.UTC).date().isoformat()
    record = Verification(
        submission_sha256=record_hash(contents),
        recomputed=today,
        rerun=today if report.rerun else None,
        rerun_items=sum(report.rerun.values()),
        cardiobench=own_version(),
    )
    write_record(record, _entry_of(contents).verification_path)


def find_entries(path: Path) -> list[Path]:
    """The entries that a path names: itself, or all below a board or run folder.

    Whatever else lies in ``results/`` is listed too, so that verification refuses it.

    Raises:
        CardioBenchError: there is nothing of the kind.
    """
    if path.is_file():
        raise CardioBenchError(f"{path} is a file. Unpack it, and name the folder.")
    results = path / "results"
    if not results.is_dir():
        if (path / "cardiobench").is_dir() or (path / "model_meta.json").is_file():
            return [path]
        if path.absolute().parent.name == "results":
            return sorted(path.iterdir())
        raise CardioBenchError(
            f"No entry and no results/ in {path}. Type: cardiobench submit pack --to {path}"
        )
    found: list[Path] = []
    for model in sorted(set(results.iterdir()) - {results / ".gitkeep"}):
        inside = sorted(model.iterdir()) if model.is_dir() and not _is_link(model) else []
        found += inside or [model]
    return found


def changed_entries(path: Path, board: Path) -> tuple[list[Path], list[str]]:
    """Entries of a copy of a board that are new or changed, and those that are gone from it."""
    entries = find_entries(path)
    changed = [e for e in entries if not _same_folder(e, board / e.relative_to(path))]
    missing = [
        str(entry.relative_to(board))
        for entry in find_entries(board)
        if not (path / entry.relative_to(board)).exists()
    ]
    return changed, missing


def _is_link(path: Path) -> bool:
    return stat.S_ISLNK(path.lstat().st_mode)


def _same_file(one: Path, two: Path) -> bool:
    return one.is_file() and two.is_file() and filecmp.cmp(one, two, shallow=False)


def _same_folder(one: Path, two: Path) -> bool:
    """Whether two folders hold the same bytes; anything but plain files counts as different."""
    if _is_link(one) or not one.is_dir() or not two.is_dir():
        return False
    files = _plain_files(one)
    return (
        files is not None
        and files == _plain_files(two)
        and all(_same_file(one / file, two / file) for file in files)
    )


def _plain_files(folder: Path) -> Sequence[str] | None:
    """Paths below a folder, sorted; None if there are too many or one is no plain file."""
    found: list[str] = []
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            path = Path(place, name)
            mode = path.lstat().st_mode
            if not (stat.S_ISREG(mode) or stat.S_ISDIR(mode)) or len(found) > MAX_FILES:
                return None
            if stat.S_ISREG(mode):
                found.append(str(path.relative_to(folder)))
    return sorted(found)


def summary(reports: Sequence[Report]) -> dict[str, Any]:
    """All reports for programs."""
    return {
        "good": all(report.good for report in reports),
        "cardiobench": own_version(),
        "entries": [report.to_json() for report in reports],
    }
