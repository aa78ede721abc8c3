"""Separation, the study's number, of a board's rows, whichever score ranks the task."""

import numpy as np

from cardiobench.board.rows import Row
from cardiobench.results.entry import Items
from cardiobench.statistics.estimates import (
    CONFIDENCE,
    RANK_RESAMPLES,
    Estimate,
    same_items,
    score_of,
    values_of,
)
from cardiobench.statistics.resampling import design_of, replicates
from cardiobench_tasks.catalogue import CARDIO_SEPARATION

TASK = CARDIO_SEPARATION.name
SCORE = "separation"


def separation_of(row: Row) -> Estimate | None:
    """Separation on CardioSeparation with its interval over items."""
    items = row.items.get(TASK)
    if items is None or items.labels is None:
        return None
    return row.estimates.get(TASK) if items.main_score == SCORE else _estimate([items])


def separation_gain(row: Row, base: Row) -> Estimate | None:
    """The change from a row's base, paired by item; None where their items differ."""
    after, before = row.items.get(TASK), base.items.get(TASK)
    if after is None or before is None or after.labels is None or not same_items(after, before):
        return None
    return row.gains.get(TASK) if after.main_score == SCORE else _estimate([after, before])


def _estimate(compared: list[Items]) -> Estimate:
    """Separation of one model, or the first one's less the second one's."""
    as_separation = [items.model_copy(update={"main_score": SCORE}) for items in compared]
    design = design_of(as_separation[0])
    drawn = replicates(design, values_of(as_separation), RANK_RESAMPLES)
    change = drawn[0] - drawn[1] if len(compared) > 1 else drawn[0]
    scores = [score_of(items) for items in as_separation]
    low, high = np.quantile(change, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return Estimate(
        value=scores[0] - sum(scores[1:]),
        low=float(low),
        high=float(high),
        n=len(compared[0].ids),
        standard_error=float(change.std(ddof=1)),
    )
