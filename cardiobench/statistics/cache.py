"""Estimates kept between builds of a board, by a hash of what they were computed from."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import astuple

from cardiobench.foundation.files import cache_dir, read_checked, write_checked
from cardiobench.results.entry import Items
from cardiobench.statistics.auroc import MAIN_SCORE as AUROC
from cardiobench.statistics.estimates import Estimate
from cardiobench.statistics.resampling import Floats

# Part of every key: raise it when the same scores give other intervals.
_METHOD = "poisson pigeonhole, 10000 resamples, 1"
_MOST = 200_000


class EstimateCache:
    """A file of estimates in the platform's cache folder; a damaged one counts as empty."""

    def __init__(self) -> None:
        self._path = cache_dir() / "estimates.json"
        self._kept: dict[str, list[float]] = json.loads(read_checked(self._path) or "{}")
        self._changed = False

    def __contains__(self, key: str) -> bool:
        return key in self._kept

    def take(self, key: str) -> Estimate:
        """The estimate of a key that is kept."""
        value, low, high, n, error = self._kept[key]
        return Estimate(value=value, low=low, high=high, n=int(n), standard_error=error)

    def put(self, estimates: Mapping[str, Estimate]) -> None:
        """Keep estimates by their keys."""
        self._kept.update({key: list(astuple(estimate)) for key, estimate in estimates.items()})
        self._changed = self._changed or bool(estimates)

    def save(self) -> None:
        """Write what is new; beyond 200,000 the oldest go."""
        if self._changed:
            newest = dict(list(self._kept.items())[-_MOST:])
            write_checked(self._path, json.dumps(newest))


def task_key(items: Items) -> str:
    """A hash of the items' labels and concepts, which all models of a task share."""
    ranked = [items.main_score] if items.main_score == AUROC else []
    return _hash(_METHOD, json.dumps([items.labels, items.clusters]), *ranked)


def score_key(task: str, values: Floats) -> str:
    """The key of one model's estimate."""
    return hashlib.sha256(task.encode() + values.tobytes()).hexdigest()


def gain_key(after: str, before: str) -> str:
    """The key of a paired gain, from those of its two scores."""
    return _hash(after, before)


def _hash(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()
