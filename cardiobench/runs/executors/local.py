"""Jobs on this machine: a process each, with its share of the cores and of the GPUs."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from cardiobench.errors import CardioBenchError, StageError
from cardiobench.foundation.files import read_json
from cardiobench.foundation.interrupts import ENDING
from cardiobench.foundation.machine import cores
from cardiobench.plugins.executor import ExecutorOptions, Job, JobOutcome, Needs
from cardiobench.runs.record import JobRecord

OUTCOME = "outcome.json"
_PROGRAM = "from cardiobench.cli.main import main; main()"
# What is left to the system and to others.
_MEMORY_SHARE = 0.9


def cards() -> list[str]:
    """The GPUs that jobs may use, as ``CUDA_VISIBLE_DEVICES`` names them."""
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if chosen is not None:
        return [name.strip() for name in chosen.split(",") if name.strip() not in ("", "-1")]
    try:
        listed = subprocess.run(
            ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return []
    return listed.split()


@dataclass(slots=True)
class Resources:
    """What is free of a machine.

    Attributes:
        slots: jobs that may still start.
        memory_bytes: main memory that is not promised to a job.
        free_cards: share of each card that is free, 0 to 1.
    """

    slots: int
    memory_bytes: int
    free_cards: dict[str, float] = field(default_factory=dict)

    def fits(self, needs: Needs, *, idle: bool) -> bool:
        """Whether a job may start; on an idle machine memory estimates do not keep it out."""
        if self.slots < 1:
            return False
        if self.free_cards:
            return self._card(needs) is not None
        return idle or needs.memory_bytes <= self.memory_bytes

    def take(self, needs: Needs) -> str | None:
        """Take what a job needs; gives its card, if there are cards."""
        card = self._card(needs)
        self.slots -= 1
        if card is None:
            self.memory_bytes -= needs.memory_bytes
        else:
            self.free_cards[card] -= needs.gpu_share
        return card

    def give_back(self, needs: Needs, card: str | None) -> None:
        """Give back what :meth:`take` took."""
        self.slots += 1
        if card is None:
            self.memory_bytes += needs.memory_bytes
        else:
            self.free_cards[card] += needs.gpu_share

    def _card(self, needs: Needs) -> str | None:
        """The emptiest card that has room."""
        fitting = [name for name, free in self.free_cards.items() if free >= needs.gpu_share]
        return max(fitting, key=self.free_cards.__getitem__, default=None)


class LocalExecutor:
    """One process a job.

    Args:
        options: ``jobs`` at once; one by default, or one a card where there are cards.
        gpus: GPUs to share out; those at hand by default.

    Raises:
        CardioBenchError: a cluster's address was given.
    """

    def __init__(self, options: ExecutorOptions, gpus: Sequence[str] | None = None) -> None:
        import psutil

        if options.address is not None:
            raise CardioBenchError("--address goes with --executor ray; this machine needs none.")
        shared = list(cards() if gpus is None else gpus)
        slots = options.jobs or max(1, len(shared))
        self.threads = max(1, cores() // slots)
        memory = round(psutil.virtual_memory().total * _MEMORY_SHARE)
        self.free = Resources(slots, memory, dict.fromkeys(shared, 1.0))
        self._running = 0

    def has_room(self, needs: Needs) -> bool:
        """Whether a process, memory and a card are free."""
        return self.free.fits(needs, idle=not self._running)

    def start(self, job: Job, needs: Needs, output: Path) -> "LocalHandle":
        """Start the process of a job."""
        card = self.free.take(needs)
        self._running += 1

        def ended() -> None:
            self.free.give_back(needs, card)
            self._running -= 1

        environment = {**os.environ, "OMP_NUM_THREADS": str(self.threads)}
        if card is not None:
            environment["CUDA_VISIBLE_DEVICES"] = card
        return LocalHandle(JobRecord(job.folder(output)), output, environment, ended)

    def close(self) -> None:
        """Nothing is held."""


class LocalHandle:
    """The process of one job.

    Args:
        record: the job's folder, with its ``job.json``.
        output: folder of the results.
        environment: of the process.
        ended: called once, when it has ended.
    """

    def __init__(
        self,
        record: JobRecord,
        output: Path,
        environment: dict[str, str],
        ended: Callable[[], None],
    ) -> None:
        self._record = record
        self._ended: Callable[[], None] | None = ended
        (record.folder / OUTCOME).unlink(missing_ok=True)
        command = [sys.executable, "-c", _PROGRAM, "job", str(record.folder / "job.json")]
        with (record.folder / "output.txt").open("wb") as printed:
            # A session of its own, so that stopping it stops its timing processes too.
            self._process = subprocess.Popen(
                [*command, "--output", str(output)],
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )

    def running(self) -> bool:
        """A process runs at once."""
        return True

    def done(self) -> bool:
        """Whether the process has ended."""
        if self._process.poll() is None:
            return False
        if self._ended is not None:
            self._ended()
            self._ended = None
        return True

    def outcome(self) -> JobOutcome:
        """What the process wrote before it ended."""
        code = self._process.returncode
        if code < 0 or code - 128 in ENDING:
            number = -code if code < 0 else code - 128
            raise StageError(f"was killed by signal {number}; what it did before is kept.")
        path = self._record.folder / OUTCOME
        if not path.is_file():
            printed = self._record.last_printed().removeprefix("Error: ")
            raise StageError(printed or f"ended with exit code {code}.")
        return JobOutcome.from_json(read_json(path))

    def stop(self) -> None:
        """Kill the process and its children."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self.done()
