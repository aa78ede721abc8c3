"""The timed rounds: a pytest-benchmark module that :mod:`cardiobench.evaluation.speed` runs.

The request file named by ``CARDIOBENCH_SPEED_REQUEST`` says which model and which texts.
Loading is outside every timed round.
"""

import itertools
import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cardiobench.models.encoder import load_adapter, load_encoder
from cardiobench.plugins.architecture import Architecture
from cardiobench.plugins.registry import load_plugins

LATENCY_ROUNDS = 100
LATENCY_WARMUP_ROUNDS = 10
THROUGHPUT_ROUNDS = 3
BATCH_SIZES = (1, 4, 16, 32)
_SAMPLE_SECONDS = 0.01


@pytest.fixture(scope="module")
def request_data() -> dict[str, Any]:
    """The request that :func:`cardiobench.evaluation.speed.measure_speed` wrote."""
    path = Path(os.environ["CARDIOBENCH_SPEED_REQUEST"])
    data: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return data


@pytest.fixture(scope="module")
def model(request_data: dict[str, Any]) -> Any:
    """The loaded model, with its adapter if it has one."""

    encoder = load_encoder(
        Architecture.from_json(request_data["architecture"]),
        load_plugins(),
        location=request_data["location"],
        device=request_data["device"],
        trust_remote_code=request_data["trust_remote_code"],
        allow_pickle=request_data["allow_pickle"],
    )
    if request_data["adapter"]:
        load_adapter(encoder, Path(request_data["adapter"]))
    return encoder


class PeakMemory:
    """Highest memory while a block runs: CUDA's allocator, else this process's resident set."""

    def __init__(self) -> None:
        import psutil
        import torch

        self._process = psutil.Process()
        self._cuda = torch.cuda if torch.cuda.is_available() else None
        self.peak_bytes = 0
        self._stop = threading.Event()

    def __enter__(self) -> "PeakMemory":
        if self._cuda:
            self._cuda.reset_peak_memory_stats()
        self._thread = threading.Thread(target=self._sample, daemon=True)
        self._thread.start()
        return self

    def _sample(self) -> None:
        while not self._stop.is_set():
            self.peak_bytes = max(self.peak_bytes, self._process.memory_info().rss)
            time.sleep(_SAMPLE_SECONDS)

    def __exit__(self, *exception: object) -> None:
        self._stop.set()
        self._thread.join()
        if self._cuda:
            self.peak_bytes = self._cuda.max_memory_allocated()

    @property
    def kind(self) -> str:
        """Which memory was measured."""
        return "cuda_allocated" if self._cuda else "process_rss"


@pytest.fixture(scope="module")
def endless_texts(request_data: dict[str, Any]) -> Iterator[str]:
    """The texts over and over, so that rounds see real lengths."""
    return itertools.cycle(request_data["texts"])


def test_latency(benchmark: Any, model: Any, endless_texts: Iterator[str]) -> None:
    """One text at a time."""

    def one_text() -> tuple[tuple[str], dict[str, Any]]:
        return (next(endless_texts),), {"show_progress_bar": False}

    benchmark.extra_info["load_average"] = os.getloadavg()[0]
    benchmark.pedantic(
        model.encode,
        setup=one_text,
        rounds=LATENCY_ROUNDS,
        warmup_rounds=LATENCY_WARMUP_ROUNDS,
    )
    rounds = sorted(benchmark.stats.stats.data)
    # pytest-benchmark keeps no 95th percentile; nearest rank over its own rounds.
    benchmark.extra_info["p95_seconds"] = rounds[max(0, -(-len(rounds) * 95 // 100) - 1)]


@pytest.mark.parametrize("batch_size", BATCH_SIZES)
def test_throughput(
    benchmark: Any, model: Any, request_data: dict[str, Any], batch_size: int
) -> None:
    """All texts in batches."""
    texts = request_data["texts"]
    with PeakMemory() as memory:
        embeddings = benchmark.pedantic(
            model.encode,
            args=(texts,),
            kwargs={"batch_size": batch_size, "show_progress_bar": False},
            rounds=THROUGHPUT_ROUNDS,
            warmup_rounds=1,
        )
    assert len(embeddings) == len(texts)
    benchmark.extra_info["batch_size"] = batch_size
    benchmark.extra_info["texts_per_second"] = len(texts) / benchmark.stats.stats.median
    benchmark.extra_info["peak_memory_bytes"] = memory.peak_bytes
    benchmark.extra_info["peak_memory_kind"] = memory.kind
