"""Whether timings follow from their own rounds, and are possible on the hardware that is named."""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from cardiobench.evaluation.speed import TEXTS
from cardiobench.results.entry import Manifest
from cardiobench.sharing.submission.report import shown

_MEMORY_KINDS = ("cuda_allocated", "process_rss")
_MAX_BATCH = 65_536
# pytest-benchmark's figures are sums over a few rounds in double precision.
_RELATIVE = 1e-9
# Operations a second that no hardware of the kind exceeds: a core with two 512-bit units at 6 GHz,
# and an accelerator with dense 8-bit arithmetic.
_CORE, _ACCELERATOR = 4e11, 5e15
# Texts of the timing have 24 words in the mean; no tokenizer makes fewer than 20 tokens of them.
_TOKENS = 20
# A part of the parameters are embeddings, which are looked up and not multiplied: at most so much.
_LOOKED_UP = 0.9
# Of a parameter, in 4-bit weights.
_LEAST_BYTES = 0.5


def wrong_speed(speed: Any, manifest: Manifest) -> str | None:
    """What does not follow from pytest-benchmark's own rounds: its figures are recomputed."""
    try:
        rounds = {benchmark["name"]: benchmark for benchmark in speed["benchmarks"]}
        if len(rounds) != len(speed["benchmarks"]):
            return "a benchmark stands in it twice"
        for name, benchmark in rounds.items():
            wrong = _wrong_rounds(name, benchmark["stats"], benchmark["extra_info"])
            if wrong:
                return f"{shown(name)}: {wrong}"
        return _wrong_hardware(speed["machine_info"], rounds, manifest)
    except (LookupError, TypeError, ValueError, AttributeError, OverflowError) as error:
        return f"not what cardiobench measures ({type(error).__name__})"


def _wrong_hardware(
    machine: Mapping[str, Any], rounds: Mapping[str, Any], manifest: Manifest
) -> str | None:
    """Two records of the processor that disagree, or more work than the hardware can do."""
    hardware = manifest.hardware
    timed, named = str(machine["cpu"].get("brand_raw", "")), str(hardware["cpu"])
    if timed and timed != named and named not in timed and timed not in named:
        return f"timed on {shown(timed)}, but the manifest names {shown(named)}"
    infos = [benchmark["extra_info"] for benchmark in rounds.values()]
    on_cuda = any(info.get("peak_memory_kind") == "cuda_allocated" for info in infos)
    if on_cuda and not hardware["accelerator"]:
        return "timed on a CUDA device, but the manifest names no accelerator"
    cores, count = int(hardware["cores"]), machine["cpu"].get("count")
    if count is not None and cores > int(count):
        return f"timed on {shown(count)} cores, but the manifest names {cores}"
    wrong = _wrong_memory(infos, int(hardware["memory_gib"]), manifest.model.parameters)
    if wrong:
        return wrong
    work = 2 * manifest.model.parameters * (1 - _LOOKED_UP) * _TOKENS
    most = _ACCELERATOR if on_cuda else _CORE * cores
    best = max(float(info.get("texts_per_second", 0)) for info in infos)
    best = max(best, 1 / float(rounds["test_latency"]["stats"]["median"]))
    if best * work > most:
        size = f"{manifest.model.parameters:,} parameters"
        return f"{best:,.0f} texts a second of {size} need more than {most:.0e} operations"
    return None


def _wrong_memory(
    infos: Iterable[Mapping[str, Any]], memory_gib: int, parameters: int
) -> str | None:
    """More memory than the machine has, or less than the weights take."""
    for info in infos:
        peak = info.get("peak_memory_bytes")
        if peak is None:
            continue
        if info["peak_memory_kind"] == "process_rss" and peak > (memory_gib + 1) * 2**30:
            return f"a peak of {peak / 2**30:,.1f} GiB, but the manifest names {memory_gib} GiB"
        if peak < parameters * _LEAST_BYTES:
            return f"a peak of {peak / 2**20:,.1f} MiB cannot hold {parameters:,} parameters"
    return None


def _wrong_rounds(name: str, stats: Mapping[str, Any], extra: Mapping[str, Any]) -> str | None:
    seconds = np.asarray(stats["data"], dtype=np.float64)
    if seconds.ndim != 1 or len(seconds) < 2 or not (seconds > 0).all():
        return "no rounds of more than 0 s"
    figures = {
        "mean": (stats["mean"], seconds.mean()),
        "median": (stats["median"], np.median(seconds)),
        "stddev": (stats["stddev"], seconds.std(ddof=1)),
    }
    if name == "test_latency":
        rank = max(0, -(-len(seconds) * 95 // 100) - 1)
        figures["p95_seconds"] = (extra["p95_seconds"], np.sort(seconds)[rank])
    else:
        batch = extra["batch_size"]
        if type(batch) is not int or not 1 <= batch <= _MAX_BATCH:
            return "batch_size is no number of texts"
        if name != f"test_throughput[{batch}]":
            return f"batch_size is {batch}"
        if extra["peak_memory_kind"] not in _MEMORY_KINDS:
            return f"peak_memory_kind is none of {', '.join(_MEMORY_KINDS)}"
        rate = TEXTS / np.median(seconds)
        figures["texts_per_second"] = (extra["texts_per_second"], rate)
    for key, (stated, value) in figures.items():
        if not abs(stated - value) <= _RELATIVE * abs(value):
            return f"{key} is {shown(stated)}, but its rounds give {value:.6g}"
    return None
