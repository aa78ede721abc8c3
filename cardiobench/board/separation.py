"""Separation, the study's number, of a board's rows, whichever score ranks the task."""

from cardiobench.board.rows import Row
from cardiobench.results.entry import Items
from cardiobench.statistics.estimates import Estimate, estimate, paired_gain, same_items
from cardiobench_tasks.catalogue import CARDIO_SEPARATION

TASK = CARDIO_SEPARATION.name


def separation_of(row: Row) -> Estimate | None:
    """Separation on CardioSeparation, with its interval."""
    items = _items(row)
    return estimate(items) if items else None


def separation_gain(row: Row, base: Row) -> Estimate | None:
    """The change from a row's base, paired by item; None where their items differ."""
    after, before = _items(row), _items(base)
    if after is None or before is None or not same_items(after, before):
        return None
    return paired_gain(after, before)


def _items(row: Row) -> Items | None:
    """The row's cosines, scored by the difference of their means."""
    items = row.items.get(TASK)
    if items is None or items.labels is None:
        return None
    return items.model_copy(update={"main_score": "separation"})
