"""The audits of our tasks as they are committed, so that a board draws its lines at once."""

import functools
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import pydantic

from cardiobench.audit.report import TaskAudit
from cardiobench.errors import DataError
from cardiobench.foundation.files import read_file, write_json
from cardiobench_tasks.catalogue import CATALOGUE, TaskSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor:
    """The line that a model must pass on a task.

    Attributes:
        task: mteb task name.
        revision: data revision that was audited.
        metric: what the score is: ``auroc``, or the task's main score.
        score: of the best shortcut.
        shortcut: its name.
        chance: the score of an order by chance.
    """

    task: str
    revision: str
    metric: str
    score: float
    shortcut: str
    chance: float


class _Committed(pydantic.BaseModel):
    """The file: audits in the order of the catalogue."""

    audits: tuple[TaskAudit, ...] = ()


def audits_path() -> Path:
    """Where the audits of our tasks are, beside their catalogue."""
    return Path(str(files("cardiobench_tasks") / "audit.json"))


def floor_of(spec: TaskSpec) -> Floor:
    """The floor of one of our tasks, computing nothing.

    Raises:
        DataError: as :func:`committed_audit`.
    """
    audit = committed_audit(spec)
    return Floor(
        task=audit.task,
        revision=audit.revision,
        metric=audit.metric,
        score=audit.floor.score,
        shortcut=audit.floor.name,
        chance=audit.chance,
    )


def committed_audit(spec: TaskSpec) -> TaskAudit:
    """The audit of one of our tasks.

    Raises:
        DataError: there is none, or it is of other data or another claim than the catalogue's.
    """
    remedy = f"Type: cardiobench audit {spec.name} --write"
    if spec.from_plugin:
        raise DataError(
            f"Audits of our own tasks alone are kept; {spec.name} is from {spec.provider}. "
            f"Type: cardiobench audit {spec.name}"
        )
    audit = _read().get(spec.name)
    if audit is None:
        raise DataError(f"{audits_path().name} holds no audit of {spec.name}. {remedy}")
    if audit.revision != spec.revision:
        raise DataError(
            f"{audits_path().name} holds the audit of {spec.name} at data revision "
            f"{audit.revision[:12]}, not the pinned {spec.revision[:12]}. {remedy}"
        )
    # The claim is the catalogue's: a change of it needs no new figures.
    return audit.model_copy(update={"lexical_control": spec.lexical_control})


def committed_audits() -> list[TaskAudit]:
    """The audits of all our tasks, in the catalogue's order.

    Raises:
        DataError: as :func:`committed_audit`.
    """
    return [committed_audit(spec) for spec in CATALOGUE]


def keep_audits(audits: Iterable[TaskAudit]) -> None:
    """Write audits of our tasks to the file; those of other tasks of ours in it stay."""
    kept = {**_read(), **{audit.task: audit for audit in audits}}
    in_order = tuple(kept[spec.name] for spec in CATALOGUE if spec.name in kept)
    write_json(audits_path(), _Committed(audits=in_order).model_dump(mode="json"))


def _read() -> dict[str, TaskAudit]:
    if not audits_path().is_file():
        return {}
    return dict(_parsed(read_file(audits_path(), "audits")))


@functools.lru_cache(maxsize=1)
def _parsed(text: str) -> dict[str, TaskAudit]:
    """The audits in the file's text, by task; a board asks for each task several times."""
    try:
        committed = _Committed.model_validate_json(text)
    except pydantic.ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise DataError(
            f"{audits_path()} is damaged at {place}: {first['msg']}. "
            "Delete it and type: cardiobench audit --write"
        ) from error
    return {audit.task: audit for audit in committed.audits}
