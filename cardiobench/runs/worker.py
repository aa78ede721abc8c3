"""Doing one job, wherever that is: the one entry point of every executor."""

import io
import shutil
import tarfile
import tempfile
from pathlib import Path

from cardiobench.errors import CardioBenchError, StageError
from cardiobench.foundation.interrupts import is_interrupt
from cardiobench.foundation.processes import world_size
from cardiobench.foundation.terminal import Stages, quieten
from cardiobench.foundation.text import squeeze
from cardiobench.foundation.write_errors import is_write_error, write_failure
from cardiobench.plugins.executor import Job, JobOutcome
from cardiobench.plugins.registry import Plugins, load_plugins
from cardiobench.results.items import HEADS
from cardiobench.runs.record import JobRecord, RecordedStages
from cardiobench.runs.resolve import resolve
from cardiobench.runs.runner import Runner
from cardiobench.runs.stages import failed


def run_job(job: Job, output: Path, record: JobRecord | None = None) -> JobOutcome:
    """Do a job on this machine and record how it goes; what was done before is not done again.

    Args:
        job: what to do.
        output: folder of the results.
        record: where state and log go; the job's own folder below ``output`` by default.

    Raises:
        CardioBenchError: the job failed and left nothing.
    """
    return carry_out(job, output, RecordedStages(record or JobRecord(job.folder(output))))


def carry_out(job: Job, output: Path, stages: Stages, plugins: Plugins | None = None) -> JobOutcome:
    """Do a job in this process.

    Args:
        job: what to do.
        output: folder of the results.
        stages: where progress is shown, and failures are said.
        plugins: where models come from; those installed by default.

    Raises:
        CardioBenchError: the job failed and left nothing.
    """
    quieten()
    try:
        runner = Runner(resolve(job, output, plugins or load_plugins()), stages)
        runner.run()
    except BaseException as error:
        # Among several processes, the others may be in a training that cannot go on.
        if is_interrupt(error) or world_size() > 1:
            raise
        failure = _as_ours(error, job)
        failed(failure, stages)
        if failure is error:
            raise
        raise failure from error
    outcome = runner.entry_stages.outcome()
    if outcome.failures and not outcome.entries:
        raise runner.entry_stages.failures[0]
    return outcome


def _as_ours(error: BaseException, job: Job) -> CardioBenchError:
    """An error as one that is told in a line; plugins and libraries raise what they like."""
    if isinstance(error, CardioBenchError):
        return error
    ours: CardioBenchError
    if isinstance(error, OSError) and is_write_error(error):
        ours = write_failure(error)
    else:
        cause = squeeze(f"{type(error).__name__}: {error}")
        ours = StageError(f"{job.model} failed: {cause}")
    ours.__cause__ = error  # said before it is raised
    return ours


def run_packed(job: Job, record: JobRecord | None = None) -> tuple[JobOutcome, bytes]:
    """Do a job where the output folder cannot be seen; gives its results as a tar archive.

    Args:
        job: what to do.
        record: where state and log go.

    Raises:
        CardioBenchError: the job failed and left nothing.
    """
    with tempfile.TemporaryDirectory(prefix="cardiobench-job-") as name:
        folder = Path(name)
        outcome = run_job(job, folder, record)
        packed = io.BytesIO()
        with tarfile.open(fileobj=packed, mode="w") as archive:
            for entry, revision in outcome.entries:
                path = Path("results") / entry.replace("/", "__") / revision
                archive.add(folder / path, str(path))
            for head in sorted((folder / HEADS).glob("*.json")):
                archive.add(head, str(head.relative_to(folder)))
            # What says that an adapter is trained, so that no later run trains it again.
            for done in sorted((folder / "training").glob("*/done.json")):
                archive.add(done, str(done.relative_to(folder)))
        return outcome, packed.getvalue()


def unpack(packed: bytes, output: Path) -> None:
    """Put the results of :func:`run_packed` into an output folder, each entry whole or not at all.

    Args:
        packed: the archive.
        output: folder of the results.

    Raises:
        StageError: the archive is damaged; the folder is as it was.
    """
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output, prefix=".incoming-") as name:
        arrived = Path(name)
        try:
            with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
                archive.extractall(arrived, filter="data")
        except tarfile.TarError as error:
            raise StageError(f"The results that came back are damaged: {error}.") from error
        for pattern in (f"{HEADS}/*.json", "results/*/*", "training/*/done.json"):
            for path in sorted(arrived.glob(pattern)):
                _take_place(path, output / path.relative_to(arrived))


def _take_place(new: Path, place: Path) -> None:
    """Have a file or folder take the place of an older one."""
    place.parent.mkdir(parents=True, exist_ok=True)
    if place.is_dir():
        old = new.with_name(f"{new.name}.old")
        place.rename(old)
        new.rename(place)
        shutil.rmtree(old)
    else:
        new.replace(place)
