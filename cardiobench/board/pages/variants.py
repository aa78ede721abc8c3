"""Models in another number format or backend, against the same model as published."""

from cardiobench.board.facts import Board
from cardiobench.board.rows import PUBLISHED, Row
from cardiobench.foundation.machine import hardware_label
from cardiobench.foundation.markdown import table

_NOTE = (
    "Change of cosine: largest and mean over all pairs of the texts that are timed. Change of "
    "score: the largest over the tasks that both have. Speed as a ratio, on the same hardware only."
)


def variant_section(board: Board) -> list[str]:
    """What each variant changes; nothing if there is none."""
    cells = [_cells(row, _reference(board, row)) for row in board.timed if row.deviation]
    return ["## Number formats and backends", _NOTE, table(cells)] if cells else []


def _reference(board: Board, variant: Row) -> Row | None:
    """The row that a variant was compared with, from the same place if it is there."""
    name = variant.deviation.reference if variant.deviation else ""
    rows = {row.origin: row for row in board.rows if row.manifest.model.name == name}
    return rows.get(variant.origin) or rows.get(PUBLISHED)


def _cells(row: Row, reference: Row | None) -> dict[str, str]:
    found = row.deviation
    assert found is not None  # noqa: S101 -- the caller's condition
    return {
        "model": row.manifest.model.name,
        "against": found.reference,
        "change of cosine, largest": f"{found.largest:.1e}",
        "mean": f"{found.mean:.1e}",
        "change of score, largest": _score_change(row, reference) if reference else "-",
        "texts/s, ratio": _speed_ratio(row, reference) if reference else "-",
    }


def _score_change(row: Row, reference: Row) -> str:
    changes = {
        name: row.estimates[name].value - reference.estimates[name].value
        for name in row.estimates
        if name in reference.estimates
    }
    if not changes:
        return "-"
    worst = max(changes, key=lambda name: (abs(changes[name]), name))
    return f"{changes[worst]:+z.4f} ({worst})"


def _speed_ratio(row: Row, reference: Row) -> str:
    same = hardware_label(row.manifest.hardware) == hardware_label(reference.manifest.hardware)
    if row.speed is None or reference.speed is None or not same:
        return "-"
    return f"{row.speed.best_texts_per_second / reference.speed.best_texts_per_second:.2f}"
