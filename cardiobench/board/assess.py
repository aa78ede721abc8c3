"""The statistics of a board's rows, task by task and all rows at once."""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields

from cardiobench.board.rows import PUBLISHED, RawRow, Row
from cardiobench.foundation.machine import cores
from cardiobench.results.entry import Items
from cardiobench.statistics.cache import EstimateCache, gain_key, score_key, task_key
from cardiobench.statistics.estimates import (
    RANK_RESAMPLES,
    Estimate,
    same_items,
    task_scores,
    values_of,
)
from cardiobench.statistics.resampling import Floats, design_of, replicates

_MOST_WORKERS = 4


@dataclass(frozen=True, slots=True)
class _TaskStatistics:
    """One row's main score on one task, its gain over the base, and its resampled scores."""

    estimate: Estimate
    gain: Estimate | None
    resampled: Floats


def assessed(rows: Sequence[RawRow]) -> list[Row]:
    """The rows with estimates, gains over their base and resampled scores."""
    bases, cache = base_positions(rows), EstimateCache()
    names = sorted({name for row in rows for name in row.items})
    jobs = [(name, group) for name in names for group in _same_items(rows, name)]

    def work(job: tuple[str, list[int]]) -> list[_TaskStatistics]:
        name, group = job
        items = [rows[position].items[name] for position in group]
        return _statistics(items, _pairs(group, bases), cache)

    # numpy lets other threads run while it computes. BLAS keeps to one thread for each.
    from threadpoolctl import threadpool_limits

    workers = min(_MOST_WORKERS, cores())
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(workers) as pool:
        done = list(pool.map(work, jobs))
    cache.save()
    by_row: list[dict[str, _TaskStatistics]] = [{} for _ in rows]
    for (name, group), computed in zip(jobs, done, strict=True):
        for position, statistics in zip(group, computed, strict=True):
            by_row[position][name] = statistics
    return [_with(row, statistics) for row, statistics in zip(rows, by_row, strict=True)]


def _with(row: RawRow, statistics: Mapping[str, _TaskStatistics]) -> Row:
    raw = {field.name: getattr(row, field.name) for field in fields(RawRow)}
    return Row(
        **raw,
        estimates={name: one.estimate for name, one in statistics.items()},
        gains={name: one.gain for name, one in statistics.items() if one.gain is not None},
        resampled={name: one.resampled for name, one in statistics.items()},
    )


def base_positions(rows: Sequence[RawRow]) -> dict[int, int]:
    """Position of each adapted row to that of its base's zero-shot row, if there is one.

    The base beside it is taken; else the published one.
    """
    places = {(r.manifest.model.name, r.origin): k for k, r in enumerate(rows)}
    positions = {}
    for position, row in enumerate(rows):
        name = row.manifest.model.adapted_from
        base = places.get((name or "", row.origin), places.get((name or "", PUBLISHED)))
        if base is not None:
            positions[position] = base
    return positions


def _pairs(group: Sequence[int], bases: dict[int, int]) -> list[tuple[int, int]]:
    """Places within a group of the rows that stand beside their base, and of those bases."""
    places = {position: place for place, position in enumerate(group)}
    return [(places[a], places[b]) for a, b in bases.items() if a in places and b in places]


def _statistics(
    items: Sequence[Items], pairs: Sequence[tuple[int, int]], cache: EstimateCache
) -> list[_TaskStatistics]:
    """One task's statistics of several rows; what was computed before comes from the cache."""
    values = values_of(items)
    resampled = replicates(design_of(items[0]), values, RANK_RESAMPLES)
    shared = task_key(items[0])
    keys = [score_key(shared, row) for row in values]
    gains = {pair: gain_key(keys[pair[0]], keys[pair[1]]) for pair in pairs}
    lacking = [pair for pair, key in gains.items() if key not in cache]
    new = {k for k, key in enumerate(keys) if key not in cache}
    needed = sorted(new | {place for pair in lacking for place in pair})
    if needed:
        at = {place: k for k, place in enumerate(needed)}
        asked = [(at[after], at[before]) for after, before in lacking]
        estimates, changes = task_scores([items[place] for place in needed], asked)
        cache.put(dict(zip((keys[place] for place in needed), estimates, strict=True)))
        cache.put(dict(zip((gains[pair] for pair in lacking), changes, strict=True)))
    gained = {after: cache.take(key) for (after, _), key in gains.items()}
    return [
        _TaskStatistics(cache.take(keys[k]), gained.get(k), resampled[k]) for k in range(len(items))
    ]


def _same_items(rows: Sequence[RawRow], name: str) -> list[list[int]]:
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
