"""What a board shows of a model beside its scores: size, licence, date, training, speed."""

import datetime
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from cardiobench.results.entry import MANIFEST, META, SPEED
from cardiobench.results.schema import NAME_PART
from cardiobench.sharing.submission.architectures import known_architectures
from cardiobench.sharing.submission.contents import Contents
from cardiobench.sharing.submission.registry_facts import check_registry
from cardiobench.sharing.submission.report import Report, shown
from cardiobench.sharing.submission.speed_facts import wrong_speed
from cardiobench.sharing.submission.training_facts import check_training
from cardiobench.sources.hpo import read_hpo
from cardiobench.sources.icd10cm import read_icd10cm

if TYPE_CHECKING:
    from cardiobench.plugins.architecture import Architecture

# What a manifest names the releases of.
_SOURCES = ("HPO", "ICD-10-CM")
# What the audit of the training pairs always counts, and the board shows.
_COUNTED = ("kept", "removed_separation", "removed_test_text", "train_concepts")
_AGAIN = "Type: cardiobench run, then cardiobench submit pack"


def check_facts(contents: Contents, report: Report) -> None:
    """Note facts that are not those of the model at hand, or that nothing measured."""
    _check_architecture(contents, report)
    check_registry(contents, report)
    _check_date(contents, report)
    record = contents.manifest.model_dump(mode="json")
    # A loss may be below 0; nothing else that is counted or measured may.
    if any(number < 0 for key, number in _numbers(record) if key != "loss"):
        report.add(MANIFEST, "a count or a duration below 0", _AGAIN)
    _check_sources(contents, report)
    training = contents.manifest.training
    if training is not None:
        for key in _COUNTED:
            if type(training.audit.get(key)) is not int:
                report.add(MANIFEST, f"training.audit.{key} is no count", _AGAIN)
        check_training(contents, training, report)
    if contents.speed is not None:
        wrong = wrong_speed(contents.speed, contents.manifest)
        if wrong:
            report.add(SPEED, wrong, "Delete it, then: cardiobench run")


def _check_sources(contents: Contents, report: Report) -> None:
    """Results at the pinned data revisions were made from the releases that give these."""
    releases = (read_hpo().version, read_icd10cm().version)
    for source, release in zip(_SOURCES, releases, strict=True):
        stated = contents.manifest.sources.get(source)
        if stated != release:
            message = f"{source} {shown(stated)}, but the tasks are built from {release}"
            report.add(MANIFEST, message, _AGAIN)
    for source in sorted(contents.manifest.sources.keys() - _SOURCES):
        message = f"sources names {shown(source)}, which cardiobench does not read"
        report.add(MANIFEST, message, _AGAIN)


def _check_date(contents: Contents, report: Report) -> None:
    try:
        day = datetime.date.fromisoformat(contents.manifest.date)
    except ValueError:
        report.add(MANIFEST, f"{contents.manifest.date} is no date", _AGAIN)
        return
    # Clocks may be a day ahead of ours.
    if day > datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(days=1):
        report.add(MANIFEST, f"the date {day} has not come yet", _AGAIN)


def _check_name(contents: Contents, spec: "Architecture", report: Report) -> None:
    """A zero-shot row has its architecture's name and revision; an adapted one its checkpoint."""
    model = contents.manifest.model
    if model.kind == "adapted":
        if model.adapted_from != spec.checkpoint:
            message = f"adapted_from is {shown(model.adapted_from)}, but {spec.name} is of "
            report.add(MANIFEST, f"{message}{spec.checkpoint}", _AGAIN)
        return
    if model.name != spec.model_name:
        message = f"{spec.name} without training is {spec.model_name}, not {model.name}"
        report.add(MANIFEST, message, "Say which architecture it is; see cardiobench plugins.")
    elif spec.revision is not None and model.revision != spec.revision:
        message = f"{spec.name} is at revision {spec.revision}, not {model.revision}"
        report.add(MANIFEST, message, _AGAIN)


def _check_architecture(contents: Contents, report: Report) -> None:
    """Size, licence and kind are those of the plugin, or of mteb's description."""
    model, meta = contents.manifest.model, contents.meta
    spec = known_architectures().get(model.architecture)
    if spec is not None:
        source = f"the architecture {spec.name}"
        _check_name(contents, spec, report)
        wanted: dict[str, Any] = {
            "parameters": spec.parameters,
            "embedding_dim": spec.embedding_dim,
            "licence": spec.licence,
            "transformer": spec.kind.value,
        }
    else:
        source, dimension = META, meta.get("embed_dim")
        wanted = {
            "parameters": meta.get("n_parameters") or 0,
            "embedding_dim": (dimension[-1] if isinstance(dimension, list) else dimension) or 1,
            # mteb's list of licences is closed: one that it lacks stands in the manifest alone.
            "licence": str(meta.get("license") or model.licence),
        }
        if not re.fullmatch(NAME_PART, model.architecture):
            report.add(MANIFEST, f"architecture {shown(model.architecture)} is no name", _AGAIN)
        if model.kind == "adapted":
            message = f"no installed plugin supplies {shown(model.architecture)}"
            remedy = f"Install it to check size and licence; until then they are {META}'s."
            report.add(MANIFEST, message, remedy, "warning")
    for field, value in wanted.items():
        stated = getattr(model, field)
        if stated != value:
            message = f"{field} is {shown(stated)}, but {source} has {shown(value)}"
            report.add(MANIFEST, message, _AGAIN)


def _numbers(value: Any, key: str = "") -> Iterator[tuple[str, float]]:
    """Every number of a JSON value with the key that it stands under."""
    if isinstance(value, dict):
        for name, part in value.items():
            yield from _numbers(part, name)
    elif isinstance(value, list):
        for part in value:
            yield from _numbers(part, key)
    elif isinstance(value, int | float):
        yield key, value
