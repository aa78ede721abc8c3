"""What a board shows of a model beside its scores: size, licence, date, training, speed."""

import datetime
import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from cardiobench.evaluation.speed import TEXTS
from cardiobench.plugins.architecture import Precision
from cardiobench.plugins.registry import load_plugins
from cardiobench.results.entry import MANIFEST, META, SPEED
from cardiobench.results.schema import NAME_PART
from cardiobench.sharing.submission.contents import Contents
from cardiobench.sharing.submission.report import Report, shown

if TYPE_CHECKING:
    from cardiobench.plugins.architecture import Architecture

# What the audit of the training pairs always counts, and the board shows.
_COUNTED = ("kept", "removed_separation", "removed_test_text", "train_concepts")
_MEMORY_KINDS = ("cuda_allocated", "process_rss")
_MAX_BATCH = 65_536
# pytest-benchmark's figures are sums over a few rounds in double precision.
_RELATIVE = 1e-9
_AGAIN = "Type: cardiobench run, then cardiobench submit pack"


def check_facts(contents: Contents, report: Report) -> None:
    """Note facts that are not those of the model at hand, or that nothing measured."""
    _check_architecture(contents, report)
    try:
        datetime.date.fromisoformat(contents.manifest.date)
    except ValueError:
        report.add(MANIFEST, f"{contents.manifest.date} is no date", _AGAIN)
    record = contents.manifest.model_dump(mode="json")
    # A loss may be below 0; nothing else that is counted or measured may.
    if any(number < 0 for key, number in _numbers(record) if key != "loss"):
        report.add(MANIFEST, "a count or a duration below 0", _AGAIN)
    training = contents.manifest.training
    if training is not None:
        if not isinstance(training.recipe.get("name"), str):
            report.add(MANIFEST, "training.recipe has no name", _AGAIN)
        for key in _COUNTED:
            if type(training.audit.get(key)) is not int:
                report.add(MANIFEST, f"training.audit.{key} is no count", _AGAIN)
    if contents.speed is not None:
        wrong = _wrong_speed(contents.speed)
        if wrong:
            report.add(SPEED, wrong, "Delete it, then: cardiobench run")


def known_architectures() -> dict[str, "Architecture"]:
    """Name to architecture of every installed plugin, in every number format."""

    return {
        variant.name: variant
        for spec, _ in load_plugins().architectures()
        for variant in (spec, *(spec.at(precision) for precision in Precision))
    }


def _check_architecture(contents: Contents, report: Report) -> None:
    """Size, licence and kind are those of the plugin, or of mteb's description."""
    model, meta = contents.manifest.model, contents.meta
    spec = known_architectures().get(model.architecture)
    if spec is not None:
        source = f"the architecture {spec.name}"
        wanted: dict[str, Any] = {
            "parameters": spec.parameters,
            "embedding_dim": spec.embedding_dim,
            "licence": spec.licence,
            "transformer": spec.kind.value,
        }
    else:
        source, dimension = META, meta.get("embed_dim")
        wanted = {
            "parameters": meta.get("n_parameters") or 0,
            "embedding_dim": (dimension[-1] if isinstance(dimension, list) else dimension) or 1,
            "licence": str(meta.get("license") or "unknown"),
        }
        if not re.fullmatch(NAME_PART, model.architecture):
            report.add(MANIFEST, f"architecture {shown(model.architecture)} is no name", _AGAIN)
        if model.kind == "adapted":
            said = f"no installed plugin supplies {shown(model.architecture)}"
            remedy = f"Install it to check size and licence; until then they are {META}'s."
            report.add(MANIFEST, said, remedy, "warning")
    for field, value in wanted.items():
        stated = getattr(model, field)
        if stated != value:
            said = f"{field} is {shown(stated)}, but {source} has {shown(value)}"
            report.add(MANIFEST, said, _AGAIN)


def _numbers(value: Any, key: str = "") -> Iterator[tuple[str, float]]:
    """Every number of a JSON value with the key that it stands under."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _numbers(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from _numbers(part, key)
    elif isinstance(value, int | float):
        yield key, value


def _wrong_speed(speed: Any) -> str | None:
    """What does not follow from pytest-benchmark's own rounds: its figures are recomputed."""
    try:
        rounds = {benchmark["name"]: benchmark for benchmark in speed["benchmarks"]}
        if len(rounds) != len(speed["benchmarks"]):
            return "a benchmark stands in it twice"
        for name, benchmark in rounds.items():
            wrong = _wrong_rounds(name, benchmark["stats"], benchmark["extra_info"])
            if wrong:
                return f"{shown(name)}: {wrong}"
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        return f"not what cardiobench measures ({type(error).__name__})"
    return None


def _wrong_rounds(name: str, stats: Mapping[str, Any], extra: Mapping[str, Any]) -> str | None:
    seconds = np.asarray(stats["data"], dtype=np.float64)
    if seconds.ndim != 1 or len(seconds) < 2 or not (seconds > 0).all():
        return "no rounds of more than 0 s"
    found = {
        "mean": (stats["mean"], seconds.mean()),
        "median": (stats["median"], np.median(seconds)),
        "stddev": (stats["stddev"], seconds.std(ddof=1)),
    }
    if name == "test_latency":
        rank = max(0, -(-len(seconds) * 95 // 100) - 1)
        found["p95_seconds"] = (extra["p95_seconds"], np.sort(seconds)[rank])
    else:
        batch = extra["batch_size"]
        if type(batch) is not int or not 1 <= batch <= _MAX_BATCH:
            return "batch_size is no number of texts"
        if name != f"test_throughput[{batch}]":
            return f"batch_size is {batch}"
        if extra["peak_memory_kind"] not in _MEMORY_KINDS:
            return f"peak_memory_kind is none of {', '.join(_MEMORY_KINDS)}"
        rate = TEXTS / np.median(seconds)
        found["texts_per_second"] = (extra["texts_per_second"], rate)
    for key, (stated, value) in found.items():
        if not abs(stated - value) <= _RELATIVE * abs(value):
            return f"{key} is {shown(stated)}, but its rounds give {value:.6g}"
    return None
