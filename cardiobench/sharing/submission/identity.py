"""Whether an entry is about the model that it says, and says the same everywhere."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cardiobench.evaluation.speed import read_speed
from cardiobench.foundation.files import read_json
from cardiobench.models.baselines import BASELINES
from cardiobench.plugins.registry import load_plugins
from cardiobench.plugins.tasks import known_tasks
from cardiobench.results.entry import (
    MANIFEST,
    META,
    SPEED,
    SUBMISSION,
    WEIGHTS,
    items_file,
    predictions_file,
    result_file,
)
from cardiobench.sharing.submission.architectures import known_architectures
from cardiobench.sharing.submission.contents import PACK, Contents, is_hashed
from cardiobench.sharing.submission.names import look_alike, near_name, registry_names
from cardiobench.sharing.submission.report import Report, shown


def check_identity(contents: Contents, known_names: Iterable[str], report: Report) -> None:
    """Note where folder, manifest, model_meta.json, submission.json and files disagree.

    Args:
        contents: the entry.
        known_names: models that have entries, or that plugins or baselines supply.
        report: takes the findings.
    """
    model, folder = contents.manifest.model, contents.folder.absolute()
    place = (folder.parent.name, folder.name)
    if place != (model.name.replace("/", "__"), model.revision):
        message = f"the entry of {model.name} lies in {shown('/'.join(place))}"
        wanted = f"results/{model.name.replace('/', '__')}/{model.revision}"
        report.add(".", message, f"Put it in {wanted}")
    for path, name, revision in (
        (META, contents.meta.get("name"), contents.meta.get("revision")),
        (SUBMISSION, contents.record.name, contents.record.revision),
    ):
        if (name, revision) != (model.name, model.revision):
            report.add(path, f"it is about {shown(name)} at {shown(revision)}", PACK)
    other = look_alike(model.name, known_names)
    if other:
        report.add(MANIFEST, f"the name {model.name} looks like {other}", "Choose another name.")
    elif model.name not in registry_names():
        _check_near(contents, known_names, report)
    if "__" in model.name or contents.record.revision in contents.record.supersedes:
        report.add(SUBMISSION, "a name with __, or an entry that supersedes itself", PACK)
    _check_hashes(contents, report)
    _check_tasks(contents, report)
    _check_model(contents, report)
    _check_speed(contents, report)


def _check_near(contents: Contents, known_names: Iterable[str], report: Report) -> None:
    """A name that nobody owned before must not be read as one that somebody owns."""
    model = contents.manifest.model
    spec = known_architectures().get(model.architecture)
    if spec is not None and model.kind == "zero-shot" and spec.model_name == model.name:
        return
    other = near_name(model.name, {*known_names, *registry_names()})
    if other:
        message = f"the name {model.name} is near that of {other}"
        report.add(MANIFEST, message, "A maintainer asks whose it is.", "warning")


def _check_hashes(contents: Contents, report: Report) -> None:
    stated = contents.record.files
    present = {path: h for path, h in contents.hashes.items() if is_hashed(path)}
    for path in sorted(stated.keys() | present.keys()):
        if path not in present:
            message = f"{shown(path)} is listed, but is not there or was refused"
            report.add(SUBMISSION, message, PACK)
        elif path not in stated:
            report.add(path, "not listed in submission.json", PACK)
        elif stated[path] != present[path]:
            report.add(path, "changed since it was packed (other SHA-256)", PACK)


def _check_tasks(contents: Contents, report: Report) -> None:
    """Every task of the manifest at its pinned revision with its three files, and no others."""
    known, data = known_tasks(), contents.manifest.data
    for task, revision in sorted(data.items()):
        spec = known.get(task)
        if spec is None:
            message = f"unknown task {shown(task)}"
            report.add(MANIFEST, message, "Install the plugin that supplies it, or leave it out.")
        elif revision != spec.revision:
            message = f"{task} at data revision {shown(revision)}, not the pinned {spec.revision}"
            report.add(MANIFEST, message, "Type: pip install -U cardiobench, then cardiobench run")
    for kept, path_of in (
        (contents.results, result_file),
        (contents.items, items_file),
        (contents.predictions, predictions_file),
    ):
        for task in sorted(data.keys() - kept.keys()):
            if not any(f.file == path_of(task) for f in report.findings):
                report.add(path_of(task), "missing", PACK)
        for task in sorted(kept.keys() - data.keys()):
            message = "no task of the manifest; scores without predictions are not taken on trust"
            report.add(path_of(task), message, f"Remove it. {PACK}")
    if not data and contents.manifest.model.kind != "speed-only":
        report.add(MANIFEST, "no task has a result", "Type: cardiobench run")


def _check_model(contents: Contents, report: Report) -> None:
    """Kind, training and adapter go together."""
    model, training = contents.manifest.model, contents.manifest.training
    if model.kind == "adapted" and (training is None or model.adapted_from is None):
        message = "an adapted model without a training record or adapted_from"
        report.add(MANIFEST, message, "Train it with cardiobench run, which writes both.")
    if model.kind != "adapted" and (training is not None or model.adapted_from is not None):
        report.add(MANIFEST, f"a {model.kind} model with a training record", "Say kind: adapted.")
    if (model.kind == "baseline") != (model.name in BASELINES):
        message = f"baselines are {', '.join(BASELINES)} and no others"
        report.add(MANIFEST, message, "Say what it is: zero-shot or adapted.")
    weights = contents.hashes.get(WEIGHTS)
    if training is not None:
        if weights is not None and weights != training.adapter_sha256:
            report.add(WEIGHTS, "not the adapter of the training record (other SHA-256)", PACK)
        if weights is None and contents.record.adapter is None:
            message = "neither the adapter nor its address on the hub"
            remedy = "Publish it, then: cardiobench submit pack --adapter ORG/NAME@REVISION"
            report.add(WEIGHTS, message, remedy)
    elif weights is not None:
        report.add(WEIGHTS, "weights beside a model without a training record", "Remove them.")
    # Of a folder's weights nobody may have said who can have them: then nobody can.
    closed = contents.meta.get("open_weights") is False or model.access == "unknown"
    if closed == contents.record.open_weights:
        report.add(SUBMISSION, "open_weights is not what model_meta.json says", PACK)
    reference = contents.meta.get("reference")
    if reference is not None and not str(reference).startswith("https://"):
        report.add(META, "reference must be an https address or null", "Correct it.")
    if contents.meta.get("loader_kwargs") and not _as_mteb_has_it(contents.meta):
        message = "loader_kwargs that mteb does not have for this model"
        report.add(META, message, "Leave them empty: they would run when others load the model.")


def _as_mteb_has_it(meta: dict[str, Any]) -> bool:
    """Whether mteb, offline, describes this model with the same loader options."""
    import mteb

    try:
        own = mteb.get_model_meta(str(meta.get("name")), fetch_from_hf=False)
    except KeyError:  # it does not know the model
        return False
    return bool(own.to_dict()["loader_kwargs"] == meta["loader_kwargs"])


def _check_speed(contents: Contents, report: Report) -> None:
    if contents.speed is None:
        return
    try:
        speed = read_speed(contents.folder / SPEED)
        numbers = [
            speed.latency_mean_ms,
            speed.latency_p50_ms,
            speed.latency_p95_ms,
            speed.peak_memory_mib,
            *speed.texts_per_second.values(),
        ]
        fine = all(0 < number < 1e9 for number in numbers) and len(numbers) > 4
        fine = fine and speed.latency_sd_ms >= 0 and speed.load_average >= 0
    except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError):
        fine = False
    if not fine:
        report.add(SPEED, "not what cardiobench measures", "Delete it, then: cardiobench run")


def known_names(board: Path) -> set[str]:
    """Names of models on a board, of the baselines, and of the installed architectures."""

    listed = {
        str(read_json(path)["model"]["name"])
        for path in (board / "results").glob("*/*/cardiobench/manifest.json")
    }
    supplied = {spec.model_name for spec, _ in load_plugins().architectures()}
    return listed | supplied | set(BASELINES)
