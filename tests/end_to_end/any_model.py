"""From a model of any kind to a verified row, in one process, on one small task."""

import warnings
from pathlib import Path
from typing import Any

import mteb

from cardiobench.errors import CardioBenchError
from cardiobench.foundation.terminal import Stages
from cardiobench.plugins.tasks import load_task, task_named
from cardiobench.results.entry import Entry
from cardiobench.runs.dispatch import run_here
from cardiobench.runs.folders import Told
from cardiobench.runs.plan import plan
from cardiobench.sharing.submission.pack import pack
from cardiobench.sharing.submission.report import Report
from cardiobench.sharing.submission.sample import Sample
from cardiobench.sharing.submission.verify import Verifier

TASK = "CardioNegation"


def evaluated(output: Path, model: str, said: list[str] | None = None, **given: Any) -> Entry:
    """The entry of one model, zero-shot, on :data:`TASK`."""
    said = [] if said is None else said
    weights = given.pop("weights", ())
    jobs = plan(
        models=[model],
        recipes=(),
        seeds=(),
        tasks=(TASK,),
        say=said.append,
        told=Told(**given),
        weights=weights,
        speed=False,
        device="cpu",
    )
    outcome = run_here(jobs, output, Stages())
    if outcome.failures:
        raise CardioBenchError(outcome.failures[0])
    ((name, revision),) = outcome.entries
    return Entry(output, name, revision)


def stock_score(model: Any) -> float:
    """What ``mteb.evaluate`` alone gives a model."""
    task = load_task(task_named(TASK))
    options = {"cache": None, "co2_tracker": False, "show_progress_bar": False}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # mteb's about its own fields and about what it calls
        results = mteb.evaluate(model, task, encode_kwargs={"batch_size": 32}, **options)
    return float(results.task_results[0].get_score())


def verified(entry: Entry, board: Path, *, rerun: bool = False, **weights: Any) -> Report:
    """The report of a packed copy of an entry."""
    packed = pack(entry, board)
    sample = Sample(8, 0) if rerun else None
    return Verifier(board, sample, "cpu", **weights).verify(packed.folder)
