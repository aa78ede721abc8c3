"""mteb's own medical tasks, run beside ours: what an adaptation forgets outside cardiology."""

import warnings
from pathlib import Path
from typing import Any

from cardiobench.errors import CardioBenchError
from cardiobench.foundation.files import read_json, whole_file, write_json
from cardiobench.foundation.interrupts import is_interrupt
from cardiobench.foundation.text import squeeze
from cardiobench.foundation.tracebacks import show
from cardiobench.models.checkpoint import hub_is_near
from cardiobench.results.entry import Entry

# English, small enough for a laptop; their data come from the hub, by mteb, as it pins them.
MTEB_MEDICAL = (
    "BIOSSES",
    "SciFact",
    "NFCorpus",
    "MedicalQARetrieval",
    "PublicHealthQA",
    "CUREv1",
)


def load_medical(name: str) -> Any:
    """One of :data:`MTEB_MEDICAL` as an mteb task, English only."""
    import mteb

    return mteb.get_task(name, languages=["eng"])


def medical_scores(entry: Entry) -> dict[str, float | str]:
    """Main score of each task that was run, or why it was skipped."""
    path = _record(entry)
    scores: dict[str, float | str] = read_json(path) if path.is_file() else {}
    return scores


def pending_medical(entry: Entry) -> list[str]:
    """The tasks to run: those never tried, and skipped ones now that the hub is in reach."""
    scores = medical_scores(entry)
    skipped = any(isinstance(score, str) for score in scores.values())
    again = skipped and hub_is_near()
    return [
        name
        for name in MTEB_MEDICAL
        if name not in scores or (again and isinstance(scores[name], str))
    ]


def run_medical(encoder: Any, entry: Entry, name: str) -> str:
    """Evaluate one task and store mteb's result with the entry.

    Args:
        encoder: an mteb encoder with name and revision.
        entry: where to store.
        name: one of :data:`MTEB_MEDICAL`.

    Returns:
        Why the task was skipped, or ``""``.
    """
    outcome = _evaluate(encoder, entry, name)
    write_json(_record(entry), {**medical_scores(entry), name: outcome})
    return outcome if isinstance(outcome, str) else ""


def _record(entry: Entry) -> Path:
    return entry.extras / "mteb_medical.json"


def _evaluate(encoder: Any, entry: Entry, name: str) -> float | str:
    """The main score, or why there is none."""
    import huggingface_hub.constants
    import mteb

    if not huggingface_hub.constants.HF_HUB_OFFLINE and not hub_is_near():
        return "the hub is out of reach"
    task = load_medical(name)
    try:
        task.load_data()
    except Exception as error:
        if is_interrupt(error):
            raise
        show(error)
        return f"its data cannot be had: {type(error).__name__}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            results = mteb.evaluate(
                encoder,
                task,
                cache=None,
                co2_tracker=False,
                encode_kwargs={"batch_size": 32, "show_progress_bar": False},
                show_progress_bar=False,
            )
        except CardioBenchError:
            raise
        except Exception as error:
            if is_interrupt(error):
                raise
            show(error)
            return squeeze(f"it failed with {type(error).__name__}: {error}")
    result = results.task_results[0]
    with whole_file(entry.result_path(name)) as path:
        result.to_disk(path)
    return float(result.get_score())
