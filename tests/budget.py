"""What each test file costs, at the end of the test session: a report, never a failure.

Seconds of wall clock depend on what else the machine does; these are seconds of processor time
(user and system), of the test's own process and of the processes that it waited for.
"""

import os
from collections import Counter
from collections.abc import Iterator

import pytest

COST = "cpu_seconds"
SHOWN = 10


def spent() -> float:
    """Processor seconds of this process and of its children that have ended."""
    return sum(os.times()[:4])


class Budget:
    """Counts what every phase of a test costs, and shows the sum of each file."""

    def __init__(self) -> None:
        self._before = spent()

    def pytest_runtest_logstart(self) -> None:
        """What lies between tests belongs to none."""
        self._before = spent()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Iterator[None]:
        """Each report (of set-up, call, tear-down) carries its cost, from a worker too."""
        report: pytest.TestReport = yield  # type: ignore[misc,assignment]
        now = spent()
        report.user_properties.append((COST, now - self._before))
        self._before = now
        return report  # type: ignore[return-value]

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """The dearest files, and the sum of all."""
        costs: Counter[str] = Counter()
        for report in (r for found in terminalreporter.stats.values() for r in found):
            for name, seconds in getattr(report, "user_properties", ()):
                if name == COST:
                    costs[report.nodeid.partition("::")[0]] += seconds
        if not costs:
            return
        terminalreporter.section("processor time by test file")
        for name, seconds in costs.most_common(SHOWN):
            terminalreporter.write_line(f"{seconds:7.1f} s {name}")
        total = sum(costs.values())
        terminalreporter.write_line(f"{total:7.1f} s in all {len(costs)} files")


def pytest_configure(config: pytest.Config) -> None:
    """One budget a session."""
    config.pluginmanager.register(Budget(), "test-budget")
