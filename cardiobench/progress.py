"""One progress bar per stage on a terminal, one finished line per stage elsewhere."""

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.progress import Progress

Step = Callable[[int, int], None]


class Stages:
    """Announces the stages of a run on standard error."""

    @contextlib.contextmanager
    def stage(self, label: str) -> Iterator[Step]:
        """Show a stage while its work runs; yields a callback that takes (done, total)."""
        started = time.monotonic()
        if sys.stderr.isatty():
            with self._bar(label) as step:
                yield step
        else:
            yield lambda done, total: None
            self.say(f"{label}: done in {time.monotonic() - started:.0f} s")

    def say(self, text: str) -> None:
        """One line on standard error."""
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    @staticmethod
    @contextlib.contextmanager
    def _bar(label: str) -> Iterator[Step]:
        with bars() as progress:
            bar = progress.add_task(label, total=None)
            yield lambda done, total: progress.update(bar, completed=done, total=total)
            total = progress.tasks[0].total or 1
            progress.update(bar, total=total, completed=total)


def bars() -> "Progress":
    """Empty progress bars on standard error: done of all, time gone and left."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True))
