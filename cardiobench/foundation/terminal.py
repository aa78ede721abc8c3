"""What the terminal shows: one progress bar per stage, or a line where there is no terminal."""

import contextlib
import logging
import os
import sys
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from cardiobench.foundation.interrupts import stop_if_received

if TYPE_CHECKING:
    from rich.progress import Progress, Task

Step = Callable[[int, int], None]
# How the line of a stage that begins ends, where there are no bars.
BEGUN = ": begun"


class Rate:
    """How fast a stage goes, from its first report on: loading before it does not count.

    Args:
        unit: what is counted, ``"pairs"``; nothing is said without one.
        per_step: units in one step.
    """

    def __init__(self, unit: str, per_step: int) -> None:
        self._unit = unit
        self._per_step = per_step
        self._first: tuple[int, float] | None = None
        self.text = ""

    def report(self, done: int) -> None:
        """Take note that so many steps are done now."""
        now = time.monotonic()
        if self._first is None:
            self._first = done, now
        steps, seconds = done - self._first[0], now - self._first[1]
        if self._unit and steps and seconds:
            self.text = f"{steps * self._per_step / seconds:,.0f} {self._unit}/s"

    @property
    def told(self) -> str:
        """The rate at the end of a line, or ``""``."""
        return f", {self.text}" if self.text else ""


class Stages:
    """Announces the stages of a run on standard error."""

    @contextlib.contextmanager
    def stage(self, label: str, unit: str = "", per_step: int = 1) -> Iterator[Step]:
        """Show a stage while its work runs; yields a callback that takes (done, total).

        Args:
            label: what is done.
            unit: what to count per second, such as ``"pairs"``.
            per_step: units in one of ``done``.
        """
        started = time.monotonic()
        rate = Rate(unit, per_step)
        if is_terminal():
            with self._bar(label, rate) as step:
                yield step
        else:

            def report(done: int, total: int) -> None:
                stop_if_received()
                rate.report(done)

            self.say(f"{label}{BEGUN}")
            ended = "stopped after"
            try:
                yield report
                ended = "done in"
            finally:
                self.say(f"{label}: {ended} {time.monotonic() - started:.0f} s{rate.told}")

    def say(self, text: str) -> None:
        """One line on standard error."""
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    @staticmethod
    @contextlib.contextmanager
    def _bar(label: str, rate: Rate) -> Iterator[Step]:
        with bars() as progress:
            bar = progress.add_task(label, total=None, rate="")

            def step(done: int, total: int) -> None:
                stop_if_received()
                rate.report(done)
                progress.update(bar, completed=done, total=total, rate=rate.text)

            yield step
            total = progress.tasks[0].total or 1
            progress.update(bar, total=total, completed=total)


def is_terminal() -> bool:
    """Whether standard error shows bars: a terminal that can move its cursor."""
    return sys.stderr.isatty() and os.environ.get("TERM", "") not in ("dumb", "unknown")


def bars() -> "Progress":
    """Empty progress bars on standard error: done of all, time gone and left, each by its name."""
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.text import Text

    class _Left(TimeRemainingColumn):
        """Says that the time left is not known, where nobody knows how much there is to do."""

        def render(self, task: "Task") -> Text:
            return Text("unknown") if task.total is None else super().render(task)

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("gone"),
        TimeElapsedColumn(),
        TextColumn("left"),
        _Left(),
        TextColumn("{task.fields[rate]}"),
    )
    return Progress(*columns, console=Console(stderr=True))


def quieten() -> None:
    """Call before the heavy imports of a command; our own progress bars take over.

    Warnings that change what a result means are turned into errors where they arise
    (see :mod:`cardiobench.models.encoder`), so nothing of weight is hidden here.
    """
    for name in (
        "TQDM_DISABLE",
        "HF_HUB_DISABLE_PROGRESS_BARS",
        "HF_DATASETS_DISABLE_PROGRESS_BARS",
        "HF_HUB_DISABLE_TELEMETRY",
    ):
        os.environ.setdefault(name, "1")
    os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")
    # Forked tokenizer threads deadlock; the library asks for an explicit choice.
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    for name in (
        "mteb",
        "sentence_transformers",
        "transformers",
        "datasets",
        "huggingface_hub",
        "bitsandbytes",
    ):
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.captureWarnings(True)
    logging.getLogger("py.warnings").addHandler(logging.NullHandler())
    logging.getLogger("py.warnings").propagate = False
