"""Jobs on a Ray cluster, or on this machine through Ray: queues, GPUs and memory are Ray's."""

import contextlib
import logging
import threading
import time
import uuid
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cardiobench.errors import CardioBenchError, StageError
from cardiobench.foundation.files import write_text
from cardiobench.plugins.executor import ExecutorOptions, Job, JobLostError, JobOutcome, Needs
from cardiobench.runs.record import JobRecord
from cardiobench.runs.worker import run_job, run_packed, unpack

MARK = ".shared-folder"
_SECONDS_BETWEEN_NEWS = 1.0


class RayExecutor:
    """Hands jobs to Ray and brings back what they leave.

    Workers that see the output folder (a shared file system) work in it, so a job that is lost
    goes on where it was; elsewhere a job works in a folder of its own and its entries come back
    whole, or not at all.

    Args:
        options: ``address`` of a running cluster, or a local one is started; ``jobs`` at once.

    Raises:
        CardioBenchError: Ray is not installed, or no cluster answers at the address.
    """

    def __init__(self, options: ExecutorOptions) -> None:
        try:
            import ray
        except ImportError as error:
            raise CardioBenchError(
                "--executor ray needs Ray. Type: pip install 'cardiobench[ray]'"
            ) from error
        self._ray: Any = ray
        self._options = options
        self._started = not ray.is_initialized()
        if self._started:
            try:
                ray.init(
                    address=options.address,
                    num_cpus=options.jobs if options.address is None else None,
                    include_dashboard=False,
                    logging_level=logging.ERROR,
                    log_to_driver=False,
                )
            except (ConnectionError, ValueError, RuntimeError) as error:
                raise CardioBenchError(
                    f"No Ray cluster answers at {options.address}: {error}. `ray status` says "
                    "whether one runs; without --address a local one is started."
                ) from error
        self._news = ray.remote(num_cpus=0)(_News).remote()
        self._folders: dict[str, JobRecord] = {}
        self._begun: set[str] = set()
        self._stopping = threading.Event()
        self._mark = ""
        self._listener = threading.Thread(target=self._listen, daemon=True)
        self._listener.start()
        self._gpus = bool(ray.cluster_resources().get("GPU"))

    def has_room(self, needs: Needs) -> bool:
        """Ray has a queue of its own."""
        return True

    def start(self, job: Job, needs: Needs, output: Path) -> "RayHandle":
        """Queue a job with its needs as Ray resources."""
        if not self._mark:
            self._mark = uuid.uuid4().hex
            write_text(output / MARK, self._mark)
        self._folders[job.key] = JobRecord(job.folder(output))
        # A process a job: its memory and threads end with it.
        task = self._ray.remote(max_calls=1)(_work).options(
            num_cpus=1,
            num_gpus=needs.gpu_share if self._gpus else 0,
            memory=0 if self._gpus else needs.memory_bytes,
            max_retries=0,
            name=job.label,
        )
        mark = "" if self._options.shared_folder is False else self._mark
        reference = task.remote(job.to_json(), str(output.resolve()), mark, self._news)
        return RayHandle(self._ray, reference, job.key, output, self._begun)

    def close(self) -> None:
        """Collect the last news; stop the cluster if it was started here."""
        self._stopping.set()
        self._listener.join()
        self._collect()
        if self._started:
            self._ray.shutdown()

    def _listen(self) -> None:
        while not self._stopping.wait(_SECONDS_BETWEEN_NEWS):
            self._collect()

    def _collect(self) -> None:
        """Put what workers told into the jobs' folders."""
        with contextlib.suppress(self._ray.exceptions.RayError):
            for key, kind, told in self._ray.get(self._news.take.remote()):
                record = self._folders[key]
                if kind == "begun":
                    self._begun.add(key)
                elif kind == "progress":
                    record.write_progress(*told)
                else:
                    record.say(told)


class RayHandle:
    """A job in Ray's hands.

    Args:
        ray: the Ray module.
        reference: of its task.
        key: of the job.
        output: folder of the results.
        begun: keys of the jobs that have begun.
    """

    def __init__(self, ray: Any, reference: Any, key: str, output: Path, begun: set[str]) -> None:
        self._ray = ray
        self._reference = reference
        self._key = key
        self._output = output
        self._begun = begun

    def running(self) -> bool:
        """Whether its worker said so."""
        return self._key in self._begun

    def done(self) -> bool:
        """Whether the task ended."""
        return bool(self._ray.wait([self._reference], timeout=0)[0])

    def outcome(self) -> JobOutcome:
        """What the task gave; its entries are put into the output folder."""
        errors = self._ray.exceptions
        try:
            outcome, packed = self._ray.get(self._reference)
        except errors.RayTaskError as error:
            cause = error.cause if isinstance(error.cause, Exception) else error
            raise StageError(str(cause).splitlines()[0]) from error
        except errors.RayError as error:
            self._begun.discard(self._key)
            raise JobLostError(f"Its worker went away ({type(error).__name__}).") from error
        if packed is not None:
            unpack(packed, self._output)
        return JobOutcome.from_json(outcome)

    def stop(self) -> None:
        """Kill the worker."""
        with contextlib.suppress(self._ray.exceptions.RayError):
            self._ray.cancel(self._reference, force=True)


class _News:
    """What workers tell, until the driver takes it; an actor."""

    def __init__(self) -> None:
        self._told: list[tuple[str, str, Any]] = []

    def tell(self, key: str, kind: str, told: Any) -> None:
        self._told.append((key, kind, told))

    def take(self) -> list[tuple[str, str, Any]]:
        told, self._told = self._told, []
        return told


class _TellingRecord(JobRecord):
    """A job's folder whose log and progress go to the driver too."""

    def __init__(self, folder: Path, key: str, news: Any) -> None:
        super().__init__(folder)
        self._key = key
        self._news = news

    def say(self, line: str) -> None:
        self._news.tell.remote(self._key, "line", line)

    def write_progress(self, stage: str, done: int, total: int) -> None:
        self._news.tell.remote(self._key, "progress", (stage, done, total))


def _work(
    values: dict[str, Any], output: str, mark: str, news: Any
) -> tuple[dict[str, Any], bytes | None]:
    """One job, in a worker's process."""
    import platform

    job = Job.from_json(values)
    folder = Path(output)
    news.tell.remote(job.key, "begun", None)
    record = _TellingRecord(job.folder(folder), job.key, news)
    record.say(f"{job.label}: started on {platform.node()} at {time.strftime('%H:%M:%S')}")
    if mark and _reads(folder / MARK) == mark:
        outcome = run_job(job, folder, record)
        return asdict(outcome), None
    outcome, packed = run_packed(job, record)
    return asdict(outcome), packed


def _reads(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError:
        return ""
