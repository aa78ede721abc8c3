"""``cardiobench.evaluate``: any model on the tasks."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.api.planning import DEFAULT_FOLDER, planned, stages_for, task_names
from cardiobench.api.results import Results, load_results
from cardiobench.errors import CardioBenchError
from cardiobench.plugins.tasks import task_named
from cardiobench.runs.dispatch import run_here
from cardiobench.runs.objects import evaluate_object
from cardiobench_tasks.catalogue import SUITE

if TYPE_CHECKING:
    from mteb.models.models_protocols import EncoderProtocol
    from sentence_transformers import SentenceTransformer


_OF_FOLDERS = (
    "pooling, weights, speed and further options are of names and folders; an object is evaluated "
    "as it is."
)


def evaluate(
    model: "str | Path | SentenceTransformer | EncoderProtocol",
    tasks: str | Sequence[str] = (),
    *,
    output: str | Path = DEFAULT_FOLDER,
    name: str | None = None,
    pooling: str | None = None,
    weights: dict[str, str] | None = None,
    device: str | None = None,
    speed: bool = False,
    verbose: bool = True,
    **options: Any,
) -> Results:
    """Evaluate a model zero-shot; what is done in ``output`` is not done again.

    Args:
        model: the name of an architecture (``"minilm"``), a hub id, a folder (also of a peft
            adapter), a SentenceTransformer, or an object with mteb's ``EncoderProtocol``.
        tasks: names of tasks; none means the suite.
        output: folder of the results, as ``cardiobench run`` lays it out.
        name: what a folder's or an object's model is called; a SentenceTransformer needs it.
        pooling: ``cls``, ``mean`` or ``lasttoken`` for a folder that does not say so.
        weights: name of an architecture, or of an adapter's base, to the folder of its weights.
        device: torch device, or None for the best at hand.
        speed: whether to time it too; not for objects.
        verbose: whether to tell progress on standard error.
        options: ``precision``, ``backend``, ``trust_remote_code``, ``allow_pickle``,
            ``embedding_cache``; of a folder ``open_weights``, ``licence``, ``reference``.

    Returns:
        The results of this model, on all tasks that ``output`` has of it.

    Raises:
        CardioBenchError: the model, a task or an option is not known, or cannot be used.
    """
    stages, names, root = stages_for(verbose=verbose), task_names(tasks), Path(output)
    if isinstance(model, str | Path):
        options |= {"name": name, "pooling": pooling, "device": device, "speed": speed}
        jobs = planned(model, names, stages, weights=weights, **options)
        outcome = run_here(jobs, root, stages)
    elif pooling or weights or options or speed:
        raise CardioBenchError(_OF_FOLDERS)
    else:
        specs = [task_named(task) for task in names] or SUITE
        chosen = tuple(spec.name for spec in specs)
        outcome = evaluate_object(model, chosen, root, stages, name)
    if outcome.failures:
        raise CardioBenchError(outcome.failures[0])
    return load_results(root, of=outcome.entries)
