"""What is wrong with a submission, one line each: the file, what it is, what to do."""

from dataclasses import asdict, dataclass, field
from typing import Any, Literal

Severity = Literal["finding", "warning"]
_LONGEST = 120
_REPORT = "This is a bug of cardiobench; please report it with this line and the submission."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing wrong (``finding``: refused) or odd (``warning``: a maintainer looks).

    Attributes:
        file: path inside the entry, or ``.`` for the entry as a whole.
        said: what is wrong.
        remedy: what to do.
        severity: whether it refuses the submission.
    """

    file: str
    said: str
    remedy: str
    severity: Severity = "finding"

    def line(self) -> str:
        """One line of printable ASCII, whatever a submission put into it."""
        return f"{self.severity}: {shown(self.file)}: {self.said}. {self.remedy}"


class RefusedError(Exception):
    """A file that is not read any further; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.said)
        self.finding = finding


def shown(text: object, longest: int = _LONGEST) -> str:
    """Text from outside in printable ASCII on one line, cut to so many characters."""
    plain = ascii(text)[1:-1] if isinstance(text, str) else ascii(text)
    return plain if len(plain) <= longest else f"{plain[: longest - 3]}..."


@dataclass(slots=True)
class Report:
    """What verification of one entry came to.

    Attributes:
        entry: the folder, as it was named.
        findings: everything found, worst first once finished.
        tasks: tasks whose every score was recomputed.
        scores_recomputed: how many scores agree with their predictions.
        open_weights: whether the model can be loaded by others; None if the entry does not say.
        rerun: items encoded again, by task.
        fault: what failed in CardioBench itself, so that nothing is known of the entry; else None.
    """

    entry: str
    findings: list[Finding] = field(default_factory=list)
    tasks: list[str] = field(default_factory=list)
    scores_recomputed: int = 0
    open_weights: bool | None = None
    rerun: dict[str, int] = field(default_factory=dict)
    fault: str | None = None

    @property
    def good(self) -> bool:
        """Whether it was verified, and nothing refuses the entry."""
        refused = any(finding.severity == "finding" for finding in self.findings)
        return self.fault is None and not refused

    def add(self, file: str, problem: str, remedy: str, severity: Severity = "finding") -> None:
        """Note something."""
        self.findings.append(Finding(file, problem, remedy, severity))

    def lines(self) -> list[str]:
        """The report for people: a line for each finding, then the verdict."""
        lines = [finding.line() for finding in sorted(self.findings, key=lambda f: f.severity)]
        if self.fault is not None:
            lines.append(f"fault: {self.fault}. {_REPORT}")
        return [*lines, f"{shown(self.entry, 500)}: {self._verdict()}"]

    def _verdict(self) -> str:
        if self.fault is not None:
            return "NOT VERIFIED, a fault of cardiobench and not of the submission"
        if not self.good:
            count = sum(finding.severity == "finding" for finding in self.findings)
            return f"REFUSED, {count} finding{'s' if count > 1 else ''}"
        rerun = f", {sum(self.rerun.values())} items encoded again" if self.rerun else ""
        closed = ", closed weights (cannot be re-run)" if self.open_weights is False else ""
        return (
            f"ok, {self.scores_recomputed:,} scores of {len(self.tasks)} tasks recomputed"
            f"{rerun}{closed}"
        )

    def to_json(self) -> dict[str, Any]:
        """The report for programs."""
        return {**asdict(self), "good": self.good}
