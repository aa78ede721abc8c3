"""Verifying entries: read within limits, recompute, compare, look for the impossible."""

import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from cardiobench.board.build import board_pages
from cardiobench.board.read import BoardData, read_row
from cardiobench.errors import CardioBenchError
from cardiobench.foundation.machine import own_version
from cardiobench.foundation.tracebacks import show
from cardiobench.plugins.tasks import known_tasks, supplied_tasks
from cardiobench.results.entry import MANIFEST, Entry
from cardiobench.results.items import HEADS, ItemHead, head_path
from cardiobench.results.records import Verification
from cardiobench.results.schema import write_record
from cardiobench.sharing.submission.contents import Contents, read_contents, record_hash
from cardiobench.sharing.submission.identity import check_identity, known_names
from cardiobench.sharing.submission.model_facts import check_facts
from cardiobench.sharing.submission.published import check_published
from cardiobench.sharing.submission.recompute import Recomputed, TaskAnew
from cardiobench.sharing.submission.report import Finding, RefusedError, Report, shown
from cardiobench.sharing.submission.rerun import loaded, rerun_task
from cardiobench.sharing.submission.safe_files import MAX_HEAD_BYTES, parse_json
from cardiobench.sharing.submission.sample import Sample
from cardiobench.sharing.submission.scores import check_task
from cardiobench.sharing.submission.suspicion import Published, check_patterns
from cardiobench.sharing.submission.tree import changed_entries as changed_entries
from cardiobench.sharing.submission.tree import find_entries as find_entries
from cardiobench.sharing.submission.tree import is_link, is_plain, new_heads

if TYPE_CHECKING:
    from cardiobench_tasks.catalogue import TaskSpec

# What a free field of a manifest can make of a page: the submission's fault, not ours.
_UNSHOWABLE = (
    CardioBenchError,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


class Verifier:
    """Verifies entries against task data built here and against a board.

    Args:
        board: the published entries, which are believed.
        sample: what to encode again, or None to load no model.
        device: torch device of the re-run, or None for the best at hand.
        trust_remote_code: whether the re-run may run code from the hub.
        maintainer: whether changes to published entries are a maintainer's, so only shown.
        weights: model or architecture to the folder where the re-run finds its weights.
        pooling: how such a folder pools, where it does not say so.
    """

    def __init__(
        self,
        board: Path,
        sample: Sample | None = None,
        device: str | None = None,
        *,
        trust_remote_code: bool = False,
        maintainer: bool = False,
        weights: Mapping[str, str] | None = None,
        pooling: str | None = None,
    ) -> None:
        self._loading: dict[str, Any] = {"weights": weights, "pooling": pooling}
        self._loading["trust_remote_code"] = trust_remote_code
        self.board, self.maintainer = board, maintainer
        self.sample, self.device = sample, device
        self._published = Published(board)
        self._names = known_names(board)
        self._tasks: dict[str, TaskAnew] = {}
        self._heads: set[tuple[str, str]] = set()

    def verify(self, folder: Path) -> Report:
        """What is wrong with one entry; never raises for what a submission holds.

        What fails in CardioBench itself is the report's ``fault``, and no finding.
        """
        report = Report(str(folder))
        try:
            self._verify(folder, report)
        except CardioBenchError as error:
            show(error)
            report.add(".", shown(str(error)), "See docs/submitting.md.")
        except Exception as error:
            show(error)
            report.fault = f"{type(error).__name__}: {shown(str(error))}"
        return report

    def _verify(self, folder: Path, report: Report) -> None:
        if is_link(folder) or is_link(folder.parent) or not folder.is_dir():
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
        check_published(contents, self.board, report, maintainer=self.maintainer)
        recomputed = self._recompute(contents, report)
        check_patterns(contents, recomputed, self._published, report)
        if report.good:
            _check_shown(contents, report)
        if self.sample is not None and report.good:
            self._rerun(contents, recomputed, report)

    def _recompute(self, contents: Contents, report: Report) -> dict["TaskSpec", Recomputed]:
        recomputed = {}
        for name, spec in known_tasks().items():
            if contents.manifest.data.get(name) != spec.revision:
                continue
            if name not in self._tasks:
                self._tasks[name] = TaskAnew(spec)
            worth = check_task(self._tasks[name], contents, report)
            if worth is not None:
                recomputed[spec] = worth
                self._heads.add((name, worth.items.head().sha256()))
        return recomputed

    def check_heads(self, path: Path) -> list[Finding]:
        """What is wrong with the heads of items that a copy of the board adds or changes.

        Right is only what the entries verified before were recomputed with.
        """
        wanted = {head_path(path, task, sha256): sha256 for task, sha256 in self._heads}
        findings = []
        for name in new_heads(path, self.board):
            place = path / HEADS / name
            if place not in wanted or not _is_head(place, wanted[place]):
                message = "not the ids and labels of a task that an entry here has results of"
                findings.append(Finding(f"{HEADS}/{name}", message, "Remove it, or pack again."))
        return findings

    def _rerun(
        self, contents: Contents, recomputed: dict["TaskSpec", Recomputed], report: Report
    ) -> None:
        assert self.sample is not None  # noqa: S101
        with loaded(contents, self.device, **self._loading) as (encoder, tolerance):
            for spec in recomputed:
                base = self._published.base_of(contents, spec)
                anew = self._tasks[spec.name]
                rerun_task(encoder, tolerance, anew, contents, self.sample, report, base)


def _check_shown(contents: Contents, report: Report) -> None:
    """A board must be able to show the entry: what is free in the schema may still break it."""
    try:
        row = read_row(_entry_of(contents), "submitted", supplied_tasks())
        board_pages(BoardData(rows=(row,)))
    except _UNSHOWABLE as error:
        show(error)
        message = f"no board can be made with it ({type(error).__name__}: {shown(str(error))})"
        report.add(MANIFEST, message, "Type: cardiobench run, which writes the manifest.")


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


def _is_head(place: Path, sha256: str) -> bool:
    """Whether a file of a pull request is a head with this hash."""
    if not is_plain(place) or place.lstat().st_size > MAX_HEAD_BYTES:
        return False
    try:
        return (
            ItemHead.model_validate(parse_json(place.name, place.read_bytes())).sha256() == sha256
        )
    except (ValidationError, RefusedError):
        return False
