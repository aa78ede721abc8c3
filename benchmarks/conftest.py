"""Benchmarks run when they are asked for; the project's own tests skip pytest-benchmark's."""

import pytest


def pytest_configure(config: pytest.Config) -> None:
    config.option.benchmark_skip = False
