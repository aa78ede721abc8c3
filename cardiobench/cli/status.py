"""``cardiobench status``: how the jobs of a run are doing."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from cardiobench.errors import CardioBenchError


@click.command(name="status")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False), metavar="RUN_DIR")
@click.option("--json", "as_json", is_flag=True, help="For scripts: every job with its state.")
def command(folder: Path, as_json: bool) -> None:
    """Show what is done, running, failed and left of the jobs in RUN_DIR, and the time left.

    A run of one model has no jobs: its entries are shown instead.

    Exit code 1 if a job failed or was stopped.
    """
    from cardiobench.runs.record import as_json as described
    from cardiobench.runs.record import records

    jobs = [described(record) for record in records(folder)]
    if not jobs:
        _show_entries(folder, as_json)
        return
    if as_json:
        click.echo(json.dumps(jobs, indent=1, ensure_ascii=False))
    else:
        _show(jobs)
    if any(job["state"] in ("failed", "stopped") for job in jobs):
        raise click.exceptions.Exit(1)


def _show(jobs: Sequence[dict[str, Any]]) -> None:
    from tabulate import tabulate

    cells = [
        {"job": job["job"], "state": job["state"], "time": _time(job["seconds"]), "": _told(job)}
        for job in jobs
    ]
    click.echo(tabulate(cells, headers="keys", disable_numparse=True))
    counts = Counter(job["state"] for job in jobs)
    tally = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    click.echo(f"\n{len(jobs)} jobs: {tally}.{_left(jobs, counts)}")


def _show_entries(folder: Path, as_json: bool) -> None:
    """What there is of a run in this process, which has entries and no jobs.

    Raises:
        CardioBenchError: there is nothing at all.
    """
    from cardiobench.results.entry import finished_entries, unfinished_entries

    states = [(entry, "done") for entry in finished_entries(folder)]
    states += [(entry, "unfinished") for entry, _ in unfinished_entries(folder)]
    if not states:
        raise CardioBenchError(
            f"There are no jobs in {folder}, and no results: `cardiobench run` and `cardiobench "
            f"sweep` make them. Type: cardiobench run --output {folder}"
        )
    entries = [
        {"model": entry.name, "revision": entry.revision, "state": state} for entry, state in states
    ]
    if as_json:
        click.echo(json.dumps(entries, indent=1, ensure_ascii=False))
        return
    from tabulate import tabulate

    short = [{**entry, "revision": entry["revision"][:12]} for entry in entries]
    click.echo(tabulate(short, headers="keys", disable_numparse=True))
    left = sum(entry["state"] != "done" for entry in entries)
    click.echo(
        f"\n{len(entries)} entries, {left} unfinished; no jobs, since one model runs in the "
        f"command's own process. To see scores, type: cardiobench leaderboard show {folder}"
    )


def _told(job: dict[str, Any]) -> str:
    """What there is to say of a job beyond its state."""
    if job["state"] == "stopped":
        return "the same command goes on from here"
    if job["state"] != "running":
        return str(job["why"])
    if not job["stage_total"]:
        return str(job["stage"])
    return f"{job['stage']}, {job['stage_done']:,} of {job['stage_total']:,}"


def _left(jobs: Sequence[dict[str, Any]], counts: Counter[str]) -> str:
    """About how long the rest takes, from the jobs that are done and those running at once."""
    lasted = [job["seconds"] for job in jobs if job["state"] == "done" and job["seconds"]]
    if not counts["running"] or not lasted:
        return ""
    left = counts["waiting"] + counts["running"] / 2
    return f" About {_time(left * sum(lasted) / len(lasted) / counts['running'])} left."


def _time(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} s" if seconds else "-"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 120 else f"{minutes / 60:.1f} h"
