"""The statistics of a board's rows, task by task and all rows at once."""

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from cardiobench.leaderboard import PUBLISHED, Row
from cardiobench.statistics import TaskScores, same_items, task_scores

_MOST_WORKERS = 4


def assessed(rows: Sequence[Row]) -> list[Row]:
    """The rows with estimates, gains over their base and resampled scores filled in."""
    bases = base_positions(rows)
    names = sorted({name for row in rows for name in row.items})
    jobs = [(name, group) for name in names for group in _same_items(rows, name)]
    filled = [replace(row, estimates={}, gains={}, resampled={}) for row in rows]
    # numpy lets other threads run while it computes; the order of the answers stays.
    with ThreadPoolExecutor(min(_MOST_WORKERS, os.cpu_count() or 1)) as pool:
        found = pool.map(lambda job: _scored(rows, job[0], job[1], bases), jobs)
        for (name, group), (scores, pairs) in zip(jobs, found, strict=True):
            for place, position in enumerate(group):
                filled[position].estimates[name] = scores.estimates[place]
                filled[position].resampled[name] = scores.resampled[place]
            for (after, _), gain in zip(pairs, scores.gains, strict=True):
                filled[group[after]].gains[name] = gain
    return filled


def base_positions(rows: Sequence[Row]) -> dict[int, int]:
    """Position of each adapted row to that of its base's zero-shot row, if there is one.

    The base beside it is taken; else the published one.
    """
    places = {(r.manifest.model.name, r.origin): k for k, r in enumerate(rows)}
    found = {}
    for position, row in enumerate(rows):
        name = row.manifest.model.adapted_from
        base = places.get((name or "", row.origin), places.get((name or "", PUBLISHED)))
        if base is not None:
            found[position] = base
    return found


def _scored(
    rows: Sequence[Row], name: str, group: Sequence[int], bases: dict[int, int]
) -> tuple[TaskScores, list[tuple[int, int]]]:
    places = {position: place for place, position in enumerate(group)}
    pairs = [(places[a], places[b]) for a, b in bases.items() if a in places and b in places]
    return task_scores([rows[position].items[name] for position in group], pairs), pairs


def _same_items(rows: Sequence[Row], name: str) -> list[list[int]]:
    """Positions of the rows with results of a task, apart where they hold other items."""
    groups: list[list[int]] = []
    for position, row in enumerate(rows):
        if name in row.items:
            here = (g for g in groups if same_items(rows[g[0]].items[name], row.items[name]))
            group = next(here, None)
            if group is None:
                groups.append([position])
            else:
                group.append(position)
    return groups
