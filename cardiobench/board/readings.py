"""How many of a task's items were wrong when somebody who did not build it read a sample."""

from cardiobench.foundation.markdown import own_table
from cardiobench_tasks.catalogue import CATALOGUE, TaskSpec
from cardiobench_tasks.readings import MAX_WRONG, READINGS, TaskReadings

_NOT_READ = "Nobody but its builders has read these data."
_HOW = (
    "A language model that had built none of the tasks read items drawn at random (seed 20261125), "
    "as a cardiologist reviews labels; it is no cardiologist. Wrong: the label is false, or what "
    "counts as wrong is right too. Doubtful: two cardiologists might differ. A task with "
    f"{MAX_WRONG:.0%} wrong or more is to be mended. In brackets: 95% interval (Wilson)."
)


def reading_section(spec: TaskSpec) -> str:
    """What was found in a task's data at this revision, kind by kind, in Markdown."""
    readings = _of(spec)
    if readings is None:
        return _NOT_READ
    rows = [
        {
            "items": part.items,
            "read": f"{part.read:,}",
            "wrong": f"{part.wrong:,}",
            "doubtful": f"{part.doubtful:,}",
            "found": part.found,
        }
        for part in readings.parts
    ]
    return f"{_HOW}\n\n{own_table(rows)}\n\nWrong: {_rate(readings)}; {_verdict(readings)}."


def all_readings() -> str:
    """The same for all tasks of the catalogue, one line each."""
    rows = []
    for spec in CATALOGUE:
        readings = _of(spec)
        rows.append(
            {
                "task": f"[{spec.name}]({spec.name}.md)",
                "read": f"{readings.read:,}" if readings else "",
                "wrong": f"{readings.wrong:,}" if readings else "",
                "doubtful": f"{sum(p.doubtful for p in readings.parts):,}" if readings else "",
                "share wrong": _rate(readings) if readings else "",
                "verdict": _verdict(readings) if readings else "not read",
            }
        )
    return f"{_HOW}\n\n{own_table(rows)}"


def _of(spec: TaskSpec) -> TaskReadings | None:
    """The readings of a task, where they are of these data."""
    readings = READINGS.get(spec.name)
    return readings if readings and spec.revision.startswith(readings.revision) else None


def _rate(readings: TaskReadings) -> str:
    from scipy.stats import binomtest

    interval = binomtest(readings.wrong, readings.read).proportion_ci(method="wilson")
    share = readings.wrong / readings.read
    return f"{share:.1%} [{max(interval.low, 0.0):.1%}, {interval.high:.1%}]"


def _verdict(readings: TaskReadings) -> str:
    return "to be mended" if readings.to_be_mended else "passed"
