"""Benchmarks run when they are asked for; the project's own tests skip pytest-benchmark's."""

import sys
from collections.abc import Callable
from typing import Any

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.option.benchmark_skip = False


@pytest.fixture
def show(benchmark: Any, capsys: pytest.CaptureFixture[str]) -> Callable[..., None]:
    """Prints figures, and keeps them in pytest-benchmark's report."""

    def print_and_keep(figures: dict[str, Any]) -> None:
        benchmark.extra_info.update(figures)
        with capsys.disabled():
            for name, value in figures.items():
                sys.stdout.write(f"\n{benchmark.name}: {name}: {value}")

    return print_and_keep
