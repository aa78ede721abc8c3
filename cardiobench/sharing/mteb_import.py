"""Results that plain ``mteb.evaluate`` made, as entries of ours: verified like any other."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.errors import CardioBenchError, StageError, UnknownNameError
from cardiobench.evaluation.evaluate import keep_evaluated
from cardiobench.evaluation.manifest import finish, identity_of, identity_of_meta, stored_meta
from cardiobench.foundation.files import read_json, write_text
from cardiobench.plugins.registry import load_plugins
from cardiobench.plugins.tasks import known_tasks, load_task
from cardiobench.results.entry import META, Entry, ModelIdentity, finished_entries

if TYPE_CHECKING:
    from cardiobench_tasks.catalogue import TaskSpec

_UNSAID = ("no_model_name", "no_revision_available")
_SUFFIX = "_predictions.json"


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of one model of an mteb cache.

    Attributes:
        entry: the entry, finished if it has any task.
        tasks: the tasks that are in it now.
        problems: why others are not, a line each.
    """

    entry: Entry
    tasks: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def is_mteb_cache(folder: Path) -> bool:
    """Whether a folder holds results that mteb wrote, and none that CardioBench did."""
    if next(finished_entries(folder), None) is not None:
        return False
    described = (folder / "results").glob(f"*/*/{META}")
    return any(not (path.parent / "cardiobench").exists() for path in described)


def keeping_line(cache: Path) -> str:
    """The line of Python that has mteb keep what an entry needs."""
    return (
        f'mteb.evaluate(model, tasks, cache=mteb.ResultCache("{cache}"), '
        f'prediction_folder="{cache}/predictions/NAME", overwrite_strategy="always")'
    )


def import_mteb_results(
    cache: Path, output: Path, names: Sequence[str] = (), predictions: Path | None = None
) -> list[Imported]:
    """Make entries of the results of our tasks in an mteb cache.

    Every score must follow from the predictions, item by item; a task without them is left out,
    and said.

    Args:
        cache: folder of an ``mteb.ResultCache``, with ``results/``.
        output: run folder to write entries to.
        names: models, ``organisation/model``; all if empty.
        predictions: where ``prediction_folder`` was, if not below ``cache``.

    Returns:
        One a model, in the order of the folders.

    Raises:
        UnknownNameError: a model has no results there.
        CardioBenchError: no result of our tasks is there.
    """
    found = dict(_models(cache))
    for name in names:
        if name not in found:
            raise UnknownNameError("model", name, found)
    files = _prediction_files(predictions or cache)
    done = [
        _import(folder, output, files, cache)
        for name, folder in _models(cache)
        if name in names or not names
    ]
    if not any(one.tasks or one.problems for one in done):
        raise CardioBenchError(
            f"No results of CardioBench's tasks below {cache}. Type: import cardiobench.mteb, then "
            f"{keeping_line(cache)}"
        )
    return done


def _models(cache: Path) -> Iterator[tuple[str, Path]]:
    for described in sorted((cache / "results").glob(f"*/*/{META}")):
        yield str(read_json(described).get("name")), described.parent


def _prediction_files(folder: Path) -> dict[tuple[str, str, str], Path]:
    """Predictions by model, revision and task, wherever below a folder they lie."""
    found = {}
    for path in sorted(folder.rglob(f"*{_SUFFIX}")):
        stated = read_json(path).get("mteb_model_meta", {})
        task = path.name.removesuffix(_SUFFIX)
        found[str(stated.get("model_name")), str(stated.get("revision")), task] = path
    return found


def _import(
    folder: Path, output: Path, files: dict[tuple[str, str, str], Path], cache: Path
) -> Imported:
    stated = read_json(folder / META)
    name, revision = str(stated.get("name")), str(stated.get("revision"))
    done = Imported(Entry(output, name, revision))
    specs = [spec for spec in known_tasks().values() if (folder / f"{spec.name}.json").is_file()]
    if specs and (name.startswith(_UNSAID) or revision in _UNSAID or "/" not in name):
        done.problems.append(
            f"{folder}: mteb knew no name or revision of the model, so these may be results of "
            "several. Set model.mteb_model_meta with both, and evaluate again."
        )
        return done
    for spec in specs:
        problem = _import_task(folder, done.entry, spec, files.get((name, revision, spec.name)))
        if problem:
            done.problems.append(f"{name}: {spec.name}: {problem(cache)}")
        else:
            done.tasks.append(spec.name)
    if done.tasks:
        write_text(done.entry.meta_path, (folder / META).read_text(encoding="utf-8"))
        finish(done.entry, _identity(done.entry), None, evaluated_by="mteb")
    return done


def _import_task(
    folder: Path, entry: Entry, spec: "TaskSpec", predictions: Path | None
) -> Callable[[Path], str] | None:
    """Import one task; gives what is missing, as a text about the cache, or None."""
    from mteb.results import TaskResult

    stored = read_json(folder / f"{spec.name}.json")
    if stored.get("dataset_revision") != spec.revision:
        return lambda cache: (
            f"it is of data revision {stored.get('dataset_revision')}, not {spec.revision}. "
            "Evaluate it again with this version of cardiobench."
        )
    if predictions is None:
        return lambda cache: f"its predictions were not kept. Type: {keeping_line(cache)}"
    task = load_task(spec)
    task.load_data()
    try:
        result: Any = TaskResult.from_disk(folder / f"{spec.name}.json")
        keep_evaluated(entry, spec, task, result, read_json(predictions))
    except (StageError, KeyError, IndexError, TypeError, ValueError) as error:
        reason = str(error)
        return lambda cache: (
            f"its scores do not follow from {predictions} ({reason}). Two models that write to one "
            f"prediction_folder mix; give each its own: {keeping_line(cache)}"
        )
    return None


def _identity(entry: Entry) -> ModelIdentity:
    """As a plugin describes the model, where one supplies it; else as mteb does."""
    for spec, _ in load_plugins().architectures():
        if spec.model_name == entry.name:
            return identity_of(entry, spec, "zero-shot")
    return identity_of_meta(stored_meta(entry), "zero-shot")
