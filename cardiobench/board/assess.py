"""The statistics of a board's rows, task by task and all rows at once."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from cardiobench.board.rows import PUBLISHED, Row
from cardiobench.foundation.machine import cores
from cardiobench.statistics.cache import EstimateCache, gain_key, score_key, task_key
from cardiobench.statistics.estimates import RANK_RESAMPLES, same_items, task_scores, values_of
from cardiobench.statistics.resampling import design_of, replicates

_MOST_WORKERS = 4


def assessed(rows: Sequence[Row]) -> list[Row]:
    """The rows with estimates, gains over their base and resampled scores filled in."""
    bases, cache = base_positions(rows), EstimateCache()
    names = sorted({name for row in rows for name in row.items})
    jobs = [(name, group) for name in names for group in _same_items(rows, name)]
    filled = [replace(row, estimates={}, gains={}, resampled={}) for row in rows]

    def work(job: tuple[str, list[int]]) -> None:
        _fill([filled[position] for position in job[1]], job[0], _pairs(job[1], bases), cache)

    # numpy lets other threads run while it computes; each job fills cells of its own. BLAS keeps
    # to one thread for each.
    from threadpoolctl import threadpool_limits

    workers = min(_MOST_WORKERS, cores())
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(workers) as pool:
        list(pool.map(work, jobs))
    cache.save()
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


def _pairs(group: Sequence[int], bases: dict[int, int]) -> list[tuple[int, int]]:
    """Places within a group of the rows that stand beside their base, and of those bases."""
    places = {position: place for place, position in enumerate(group)}
    return [(places[a], places[b]) for a, b in bases.items() if a in places and b in places]


def _fill(
    rows: Sequence[Row], task: str, pairs: Sequence[tuple[int, int]], cache: EstimateCache
) -> None:
    """Fill in one task's statistics; what was computed before comes from the cache."""
    found = [row.items[task] for row in rows]
    values = values_of(found)
    resampled = replicates(design_of(found[0]), values, RANK_RESAMPLES)
    shared = task_key(found[0])
    keys = [score_key(shared, row) for row in values]
    gains = {pair: gain_key(keys[pair[0]], keys[pair[1]]) for pair in pairs}
    lacking = [pair for pair, key in gains.items() if key not in cache]
    new = {k for k, key in enumerate(keys) if key not in cache}
    needed = sorted(new | {place for pair in lacking for place in pair})
    if needed:
        at = {place: k for k, place in enumerate(needed)}
        asked = [(at[after], at[before]) for after, before in lacking]
        estimates, changes = task_scores([found[place] for place in needed], asked)
        cache.put(dict(zip((keys[place] for place in needed), estimates, strict=True)))
        cache.put(dict(zip((gains[pair] for pair in lacking), changes, strict=True)))
    for place, row in enumerate(rows):
        row.resampled[task] = resampled[place]
        row.estimates[task] = cache.take(keys[place])
    for (after, _), key in gains.items():
        rows[after].gains[task] = cache.take(key)


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
