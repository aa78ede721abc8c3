"""``cardiobench job``: do one job; what executors type."""

import contextlib
from dataclasses import asdict
from pathlib import Path

import click

from cardiobench.foundation.files import read_json, write_json


@click.command(name="job")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--output",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    help="Folder for results; what is done there is not done again.",
)
def command(file: Path, output: Path) -> None:
    """Do the job in FILE, a job.json that `cardiobench run` or `cardiobench sweep` wrote.

    Progress, log and outcome are written beside FILE. Exit code 1 if a part of it failed.
    """
    from cardiobench.plugins.executor import Job
    from cardiobench.runs.executors.local import OUTCOME
    from cardiobench.runs.record import JobRecord
    from cardiobench.runs.worker import run_job

    _die_with_memory_first()
    record = JobRecord(file.parent)
    outcome = run_job(Job.from_json(read_json(file)), output, record)
    write_json(record.folder / OUTCOME, asdict(outcome))
    for failure in outcome.failures:
        click.echo(f"Error: {failure}", err=True)
    if outcome.failures:
        raise click.exceptions.Exit(1)


def _die_with_memory_first() -> None:
    """Where memory runs out, have the system end this job and not the run that looks after it."""
    # Only Linux has the file.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")
