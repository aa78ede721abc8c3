"""All reports of a verification together: for programs, for a page, and as an exit code."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from cardiobench.foundation.machine import own_version
from cardiobench.sharing.submission.report import Finding, Report

REFUSED, FAULT = 1, 3


def exit_code(reports: Sequence[Report], findings: Sequence[Finding]) -> int:
    """0: all is well; 1: something is refused; 3: cardiobench itself failed, and nothing else."""
    if any(finding.severity == "finding" for finding in findings):
        return REFUSED
    if any(not report.good and report.fault is None for report in reports):
        return REFUSED
    return FAULT if any(report.fault for report in reports) else 0


def to_json(reports: Sequence[Report], findings: Sequence[Finding]) -> dict[str, Any]:
    """All reports for programs."""
    return {
        "good": exit_code(reports, findings) == 0,
        "cardiobench": own_version(),
        "entries": [report.to_json() for report in reports],
        "findings": [asdict(finding) for finding in findings],
        "missing": [f.file for f in findings if f.said == "on the board, but not here"],
    }


def to_markdown(reports: Sequence[Report], findings: Sequence[Finding]) -> str:
    """A page for a workflow's summary: warnings first, since a green check hides them.

    Every line is a list item of code, so that nothing from a submission becomes markup.
    """
    listed = [*findings, *(finding for report in reports for finding in report.findings)]
    parts = ["# Submission", ""]
    for severity, title in (
        ("warning", "Warnings: a maintainer decides"),
        ("finding", "Findings: refused"),
    ):
        lines = [finding.line() for finding in listed if finding.severity == severity]
        if lines:
            parts += [f"## {title}", "", *map(_code, lines), ""]
    verdicts = [report.lines()[-1] for report in reports] or ["Nothing differs from the board."]
    return "\n".join([*parts, "## Verdict", "", *map(_code, verdicts), ""])


def _code(line: str) -> str:
    return f"- `{line.replace('`', chr(39))}`"
