"""What the page knows: metrics, and lines with their values and where they come from."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cardiobench.board.chance import chance_of
from cardiobench.board.columns import rounded
from cardiobench.board.competitors import Competitor
from cardiobench.board.facts import Board, TaskFacts, suite_version
from cardiobench.board.ranks import kinds_of_suite
from cardiobench.board.rows import UNVERIFIED, Row
from cardiobench.board.words import score_name, suite_label
from cardiobench.foundation.machine import hardware_label
from cardiobench.foundation.markdown import visible
from cardiobench.statistics.estimates import CONFIDENCE, Estimate
from cardiobench_tasks.catalogue import SUITE

Values = dict[str, list[float]]


def explorer_data(board: Board) -> dict[str, Any]:
    """Metrics, lines and tested pairs, as JSON values.

    A line is a competitor of the board; the seeds of a recipe follow it, each with the number of
    its line as ``parent``. A value is ``[value]``, or ``[value, low, high]`` with a 95% interval.
    """
    lines: list[dict[str, Any]] = []
    numbers: dict[Any, int] = {}
    for one in board.shown:
        numbers[one.key] = len(lines)
        lines.append(_line(board, one))
        if len(one.rows) > 1:
            parent = numbers[one.key]
            lines += [_seed(row, parent) for row in one.rows]
    shown = {row.key for row in board.rows}
    lines += [_seed(row, None) for row in board.timed if row.key not in shown]
    speeds = sorted({key for line in lines for key in line["values"] if key.startswith("speed ")})
    return {
        "suite": suite_version(),
        "metrics": [
            *_suite_metrics(),
            *map(_task_metric, board.tasks),
            *map(_speed_metric, speeds),
        ],
        "lines": lines,
        "pairs": {f.spec.name: _pairs(f, numbers) for f in board.tasks if f.pairs is not None},
    }


def _suite_metrics() -> list[dict[str, Any]]:
    means = []
    for kind, names in kinds_of_suite().items():
        chances = [chance_of(spec) for spec in SUITE if spec.name in names]
        label = f"mean main score of {', '.join(names)}"
        means.append(_metric(kind, kind, label, 1, 3, sum(chances) / len(chances)))
    return [
        _metric("mean rank", "mean rank", "mean of the places by kind of task", -1, 2),
        *means,
        _metric("parameters", "params (M)", "parameters in millions", -1, 1),
        _metric("dimension", "dim", "numbers in an embedding", -1, 0),
    ]


def _task_metric(facts: TaskFacts) -> dict[str, Any]:
    spec = facts.spec
    label = f"{score_name(spec)}, n = {facts.n:,}, {suite_label(spec)}, data {spec.revision[:12]}"
    return {**_metric(spec.name, spec.name, label, 1, 3, chance_of(spec)), "task": True}


def _speed_metric(key: str) -> dict[str, Any]:
    hardware = key.removeprefix("speed ")
    return _metric(key, f"texts/s ({hardware})", f"texts a second on {hardware}", 1, 0)


def _metric(
    key: str, heading: str, label: str, better: int, digits: int, chance: float | None = None
) -> dict[str, Any]:
    return {
        "key": key,
        "heading": visible(heading),
        "label": visible(label),
        "better": better,
        "digits": digits,
        "chance": chance,
        "task": False,
    }


def _line(board: Board, one: Competitor) -> dict[str, Any]:
    rank = board.places.suite.get(one.key)
    mean_rank = board.places.mean_ranks.get(one.key)
    values = {name: _ends(estimate) for name, estimate in one.estimates.items()}
    for kind, names in kinds_of_suite().items():
        mean = one.kind_mean(kind)
        if mean is not None:
            values[kind] = _mean_ends(mean, [one.resampled[name] for name in names])
    if mean_rank is not None:
        values["mean rank"] = [rounded(mean_rank)]
    single = one.rows[0] if len(one.rows) == 1 else None
    return {
        **_about(one.rows[0]),
        "name": visible(one.title),
        "seeds": len(one.rows),
        "parent": None,
        "rank": None if rank is None else str(rank),
        "order": None if rank is None else rank.place,
        "group": board.letters.get(one.key, ""),
        "values": {**values, **(_own(single) if single else _own(one.rows[0], speed=False))},
        "made": _made(single) if single else _recipe(one),
    }


def _seed(row: Row, parent: int | None) -> dict[str, Any]:
    values = {name: _ends(estimate) for name, estimate in row.estimates.items()}
    return {
        **_about(row),
        "name": visible(row.title),
        "seeds": 1,
        "parent": parent,
        "rank": None,
        "order": None,
        "group": "",
        "values": {**values, **_own(row)},
        "made": _made(row),
    }


def _about(row: Row) -> dict[str, str]:
    model = row.manifest.model
    return {"kind": model.kind, "licence": visible(model.licence), "origin": row.origin}


def _own(row: Row, *, speed: bool = True) -> Values:
    """Size and speed of one row; no value where it is not known."""
    model, values = row.manifest.model, Values()
    if model.parameters:
        values["parameters"] = [rounded(model.parameters / 1e6)]
    values["dimension"] = [model.embedding_dim]
    if speed and row.speed is not None:
        key = f"speed {visible(hardware_label(row.manifest.hardware))}"
        values[key] = [rounded(row.speed.best_texts_per_second)]
    return values


def _ends(estimate: Estimate) -> list[float]:
    return [rounded(end) for end in (estimate.value, estimate.low, estimate.high)]


def _mean_ends(mean: float, resampled: list[Any]) -> list[float]:
    """A mean over tasks with the interval of the same mean in each resample."""
    drawn = np.mean(resampled, axis=0)
    low, high = np.quantile(drawn, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2])
    return [rounded(mean), rounded(min(low, mean)), rounded(max(high, mean))]


def _made(row: Row) -> dict[str, str]:
    """Where a row comes from, by heading; what is not known is left out."""
    manifest, training = row.manifest, row.manifest.training
    model = manifest.model
    facts: Mapping[str, Any] = {
        "model": model.name,
        "revision": model.revision,
        "architecture": model.architecture,
        "adapted from": model.adapted_from,
        "weights SHA-256": model.weights_sha256,
        "recipe": _plain(training.recipe) if training else None,
        "seed": training.seed if training else None,
        "steps": training.steps if training else None,
        "trainable parameters": training.trainable_parameters if training else None,
        "training pairs SHA-256": training.pairs_sha256 if training else None,
        "adapter SHA-256": training.adapter_sha256 if training else None,
        "sources": _plain(manifest.sources),
        "versions": _plain(manifest.versions),
        "commit": manifest.commit,
        "hardware": hardware_label(manifest.hardware),
        "date": manifest.date,
        "verified": None if row.verified == UNVERIFIED else row.verified,
    }
    return {key: visible(str(value)) for key, value in facts.items() if value not in (None, "")}


def _recipe(one: Competitor) -> dict[str, str]:
    """What the seeds of a recipe share, and which they are."""
    each = [_made(row) for row in one.rows]
    shared = {key: text for key, text in each[0].items() if all(e.get(key) == text for e in each)}
    models, revisions = (", ".join(e[key] for e in each) for key in ("model", "revision"))
    return {"models": models, "revisions": revisions, **shared}


def _plain(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{key} {value}" for key, value in values.items())


def _pairs(facts: TaskFacts, numbers: Mapping[Any, int]) -> dict[str, Any]:
    """Lines that were tested, and Holm-corrected p of each with every later one."""
    assert facts.pairs is not None  # noqa: S101 -- the caller leaves out tasks without pairs
    tested = range(len(facts.tested))
    return {
        "lines": [numbers[one.key] for one in facts.tested],
        "p": [[rounded(facts.pairs.p_holm[a, b]) for b in tested if b > a] for a in tested],
    }
