"""Running mteb on one task and keeping all that a board number needs to be recomputed."""

import gzip
import json
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.errors import CardioBenchError, StageError
from cardiobench.foundation.files import read_json, whole_file, write_json
from cardiobench.foundation.interrupts import is_interrupt
from cardiobench.foundation.write_errors import is_write_error
from cardiobench.plugins.tasks import load_task
from cardiobench.results.entry import Entry, Items
from cardiobench.statistics.estimates import score_of

if TYPE_CHECKING:
    from cardiobench_tasks.catalogue import TaskSpec

BATCH_SIZE = 32
# mteb rounds its scores to five decimals.
TOLERANCE = 2e-5


def is_evaluated(entry: Entry, spec: "TaskSpec") -> bool:
    """Whether this entry has whole results of the task at its pinned data revision."""
    paths = (
        entry.result_path(spec.name),
        entry.items_path(spec.name),
        entry.predictions_path(spec.name),
    )
    if not all(path.is_file() for path in paths):
        return False
    try:
        result = read_json(paths[0])
        return (
            result.get("dataset_revision") == spec.revision
            and spec.split in result.get("scores", {})
            and entry.items(spec.name).revision == spec.revision
        )
    except (CardioBenchError, AttributeError):
        return False


def evaluate_task(encoder: Any, entry: Entry, spec: "TaskSpec") -> None:
    """Evaluate one task through ``mteb.evaluate`` and store result, predictions and items.

    Files appear whole; the result file comes last, so a killed evaluation is seen as not done.

    Args:
        encoder: an mteb encoder with name and revision.
        entry: where to store.
        spec: the task.

    Raises:
        StageError: the evaluation failed; names model, task and cause.
    """
    task = load_task(spec)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result, predictions = run_mteb(encoder, task)
        task.load_data()
        write_meta(entry, encoder.mteb_model_meta)
        keep_evaluated(entry, spec, task, result, predictions)
    except CardioBenchError:
        raise
    except BaseException as error:
        if is_interrupt(error) or is_write_error(error):
            raise
        raise StageError(
            f"{entry.name} failed on {spec.name}: {type(error).__name__}: {error}"
        ) from error


def keep_evaluated(
    entry: Entry, spec: "TaskSpec", task: Any, result: Any, predictions: dict[str, Any]
) -> None:
    """Store predictions, items and, last, mteb's result of a task.

    Args:
        entry: where to store.
        spec: the task.
        task: the same as mteb has it, with its data loaded.
        result: mteb's result.
        predictions: what mteb wrote for the model.

    Raises:
        StageError: the main score does not follow from the predictions.
    """
    items = per_item_scores(task, spec, predictions)
    _check_items(items, result.scores[spec.split][0]["main_score"])
    _write_predictions(entry.predictions_path(spec.name), predictions)
    entry.write_items(items)
    with whole_file(entry.result_path(spec.name)) as path:
        result.to_disk(path)


def write_meta(entry: Entry, meta: Any) -> None:
    """Keep mteb's description of a model with its entry."""
    write_json(entry.meta_path, _plain(meta.to_dict()))


def run_mteb(encoder: Any, task: Any) -> tuple[Any, dict[str, Any]]:
    """mteb's result of one task, and its predictions."""
    import mteb

    with tempfile.TemporaryDirectory(prefix="cardiobench-") as scratch:
        results = mteb.evaluate(
            encoder,
            task,
            cache=None,
            co2_tracker=False,
            encode_kwargs={"batch_size": BATCH_SIZE, "show_progress_bar": False},
            prediction_folder=Path(scratch),
            show_progress_bar=False,
        )
        predictions: dict[str, Any] = read_json(Path(scratch) / task.prediction_file_name)
    return results.task_results[0], predictions


def _check_items(items: Items, main_score: float) -> None:
    """A board number must recompute from its items, also where a plugin wrote the task.

    Raises:
        StageError: the items are not as many as their concepts, or give another score.
    """
    if not len(items.ids) == len(items.values) == len(items.clusters) > 0:
        raise StageError(
            f"{items.task}: item_scores() gives {len(items.ids)} ids, {len(items.values)} values "
            f"and {len(items.clusters)} clusters; it must give as many of each, and one at least."
        )
    score = score_of(items)
    if not abs(score - main_score) <= TOLERANCE:
        raise StageError(
            f"{items.task}: item_scores() gives {score:.5f} and mteb's {items.main_score} is "
            f"{main_score:.5f}; the one must be the mean of the other's items."
        )


def _plain(value: Any) -> Any:
    """JSON values as mteb itself writes its metadata (sets sorted, the rest as text)."""
    value["training_datasets"] = (
        sorted(value["training_datasets"]) if value["training_datasets"] is not None else None
    )
    if value.get("max_tokens") == float("inf"):
        value["max_tokens"] = None
    return json.loads(json.dumps(value, default=str))


def _write_predictions(path: Path, predictions: dict[str, Any]) -> None:
    """Compressed with a fixed time stamp and short numbers: equal scores, equal bytes."""
    text = json.dumps(_short(predictions), sort_keys=True, separators=(",", ":"))
    with whole_file(path) as temporary:
        temporary.write_bytes(gzip.compress(text.encode("utf-8"), mtime=0))


def _short(value: Any) -> Any:
    """Nine significant digits: 32-bit floats keep their value, so no two fall together."""
    if isinstance(value, float):
        return float(f"{value:.9g}")
    if isinstance(value, dict):
        return {key: _short(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_short(item) for item in value]
    return value


def read_predictions(path: Path) -> dict[str, Any]:
    """mteb's predictions as stored by :func:`evaluate_task`."""
    predictions: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    return predictions


def per_item_scores(task: Any, spec: "TaskSpec", predictions: dict[str, Any]) -> Items:
    """The main score of every item, from mteb's predictions and the task's data.

    Args:
        task: the task with its data loaded.
        spec: its catalogue entry.
        predictions: what mteb wrote for one model.

    Returns:
        Per-query scores, or cosines and labels of pairs (see :class:`Items`).
    """
    scores = task.item_scores(predictions["default"][spec.split])
    return Items(
        task=spec.name,
        main_score=spec.main_score,
        revision=spec.revision,
        ids=scores.ids,
        values=tuple(round(float(value), 8) for value in scores.values),
        labels=scores.labels,
        clusters=scores.clusters,
    )
