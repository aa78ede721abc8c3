"""The board's section about mteb's own medical tasks: what an adaptation forgets."""

from collections.abc import Sequence

from cardiobench.board.rows import Row
from cardiobench.evaluation.medical import MTEB_MEDICAL
from cardiobench.foundation.markdown import table

_NOTE = (
    "Main score of MTEB's own medical tasks, English (`cardiobench run --mteb-medical`): they "
    "count in no mean or rank above. Where an adapted model falls below its base, adaptation made "
    "it forget."
)


def medical_section(rows: Sequence[Row]) -> list[str]:
    """Heading, note, table and what was skipped; nothing where no row tried these tasks."""
    shown = [row for row in rows if row.medical]
    if not shown:
        return []
    cells = [
        {
            "model": row.manifest.model.name,
            **{f"{name} ↑": _score(row.medical.get(name)) for name in MTEB_MEDICAL},
        }
        for row in shown
    ]
    reasons = {
        (name, found)
        for row in shown
        for name, found in row.medical.items()
        if isinstance(found, str)
    }
    skipped = [f"- {name} was skipped: {reason}." for name, reason in sorted(reasons)]
    parts = ["## MTEB's medical tasks", _NOTE, table(cells), "\n".join(skipped)]
    return [part for part in parts if part]


def _score(found: float | str | None) -> str:
    if found is None:
        return "-"
    return "skipped" if isinstance(found, str) else f"{found:.3f}"
