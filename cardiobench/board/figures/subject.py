"""What figures show of a model, whether from a board's row or from a publication."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cardiobench.board.rows import Row
from cardiobench.board.separation import TASK, separation_gain, separation_of
from cardiobench.board.study.facts import ReportedModel
from cardiobench.foundation.machine import hardware_label
from cardiobench.results.entry import Items
from cardiobench.statistics.estimates import Estimate

SHARES = (5, 25, 50, 75, 95)


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A value with the ends of its 95% interval, which are the value where none is known."""

    value: float
    low: float
    high: float

    @property
    def error(self) -> list[float]:
        """Distances to both ends, as matplotlib takes them."""
        return [self.value - self.low, self.high - self.value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """One model.

    Attributes:
        name: as the board shows it.
        kind: ``zero-shot``, ``adapted`` or ``baseline``.
        decoder: whether it is a decoder.
        parameters: number of parameters; 0 if it has none.
        embedding_dim: length of an embedding.
        separation: its separation, if known.
        before: the separation of its base, for an adapted model.
        gain: the change from there.
        texts_per_second: best throughput, on the hardware of all subjects.
        memory_gb: peak memory on that hardware, in GB (10**9 bytes).
        similar: percentiles 5, 25, 50, 75, 95 of the cosines of similar pairs.
        different: the same of different pairs.
        network: its architecture, which adapted models share with their base.
    """

    name: str
    kind: str
    decoder: bool
    parameters: float
    embedding_dim: int
    separation: Interval | None = None
    before: Interval | None = None
    gain: Interval | None = None
    texts_per_second: float | None = None
    memory_gb: float | None = None
    similar: tuple[float, ...] = ()
    different: tuple[float, ...] = ()
    network: str = ""


def subjects_of(rows: Sequence[Row]) -> list[Subject]:
    """Subjects of a board's rows, in their order; timed ones only on :func:`main_hardware`."""
    hardware = main_hardware(rows)
    bases = {row.manifest.model.name: row for row in rows}
    return [_subject(row, bases, hardware) for row in rows]


def main_hardware(rows: Sequence[Row]) -> str:
    """The hardware on which most rows were timed (the first by name among equals), or ``""``."""
    counts = Counter(hardware_label(row.manifest.hardware) for row in rows if row.speed)
    return min(counts, key=lambda name: (-counts[name], name), default="")


def _subject(row: Row, bases: dict[str, Row], hardware: str) -> Subject:
    model = row.manifest.model
    base = bases.get(model.adapted_from or "")
    gain = separation_gain(row, base) if base else None
    timed = row.speed if hardware_label(row.manifest.hardware) == hardware else None
    return Subject(
        name=model.name,
        network=model.architecture,
        kind=model.kind,
        decoder=model.transformer == "decoder",
        parameters=model.parameters,
        embedding_dim=model.embedding_dim,
        separation=_interval(separation_of(row)),
        before=_interval(separation_of(base)) if base and gain else None,
        gain=_interval(gain),
        texts_per_second=timed.best_texts_per_second if timed else None,
        memory_gb=timed.peak_memory_mib * 2**20 / 1e9 if timed else None,
        **_cosines(row.items.get(TASK)),
    )


def _interval(score: Estimate | None) -> Interval | None:
    return Interval(value=score.value, low=score.low, high=score.high) if score else None


def _cosines(items: Items | None) -> dict[str, Any]:
    if items is None or items.labels is None:
        return {}
    values, similar = np.asarray(items.values), np.asarray(items.labels) == 1
    return {
        name: tuple(float(share) for share in np.percentile(values[chosen], SHARES))
        for name, chosen in (("similar", similar), ("different", ~similar))
    }


def reported_subjects(models: Sequence[ReportedModel]) -> list[Subject]:
    """Subjects of the study's tables, which give no intervals and no distributions."""
    return [
        Subject(
            name=model.name,
            network=model.name,
            kind="adapted",
            decoder=model.decoder,
            parameters=model.parameters,
            embedding_dim=model.embedding_dim,
            separation=_point(model.separation),
            before=_point(model.zero_shot_separation),
            gain=_point(model.gain),
            texts_per_second=model.texts_per_second,
            memory_gb=model.memory_gb,
        )
        for model in models
    ]


def _point(value: float) -> Interval:
    return Interval(value=value, low=value, high=value)
