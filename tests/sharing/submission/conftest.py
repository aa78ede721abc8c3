"""What the tests of submissions share: a verifier whose tasks are built once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cardiobench.results.entry import Entry
from cardiobench.sharing.submission.recompute import TaskAnew
from cardiobench.sharing.submission.report import Report
from cardiobench.sharing.submission.verify import Verifier
from cardiobench_tasks.catalogue import CARDIO_NEGATION
from tests.submissions import LEADERBOARD, TASK, sign

Judge = Callable[[Entry], Report]


@pytest.fixture(scope="package")
def negation() -> TaskAnew:
    """The one small task of most submissions here."""
    return TaskAnew(CARDIO_NEGATION)


@pytest.fixture
def judge(negation: TaskAnew) -> Judge:
    """Signs an entry as a careful forger does, and verifies it against the committed board."""

    def run(entry: Entry, board: Path = LEADERBOARD) -> Report:
        sign(entry)
        verifier = Verifier(board)
        verifier._tasks[TASK] = negation
        return verifier.verify(entry.folder)

    return run
