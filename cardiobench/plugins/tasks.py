"""Every task: ours, then those of plugins; and loading one so that its mistakes are told."""

from typing import Any

from cardiobench.errors import CardioBenchError, StageError, UnknownNameError
from cardiobench.foundation.interrupts import is_interrupt
from cardiobench.plugins.loading import plugin_code
from cardiobench.plugins.registry import load_plugins
from cardiobench_tasks.catalogue import CATALOGUE, TaskSpec


def supplied_tasks() -> tuple[TaskSpec, ...]:
    """The tasks of plugins, sorted by name."""
    return tuple(spec for spec, _ in load_plugins().tasks())


def known_tasks() -> dict[str, TaskSpec]:
    """Name to task: the catalogue in its own order, then the tasks of plugins."""
    return {spec.name: spec for spec in (*CATALOGUE, *supplied_tasks())}


def task_named(name: str) -> TaskSpec:
    """The task of that name.

    Raises:
        UnknownNameError: neither the catalogue nor a plugin has it.
    """
    known = known_tasks()
    if name not in known:
        raise UnknownNameError("task", name, known, hint=load_plugins().hint())
    return known[name]


def load_task(spec: TaskSpec) -> Any:
    """An instance of the task's class (imports mteb), checked against its specification.

    Raises:
        StageError: the class cannot be loaded, or is not what the specification says.
    """
    try:
        with plugin_code(spec.name, spec.provider):
            task = spec.load()
        metadata = task.metadata
        attributes = {
            "metadata.name": (metadata.name, spec.name),
            "metadata.type": (metadata.type, spec.type),
            "metadata.main_score": (metadata.main_score, spec.main_score),
            "metadata.eval_splits": (list(metadata.eval_splits), [spec.split]),
            "metadata.dataset revision": (metadata.revision, spec.revision),
            "build()": (callable(getattr(task, "build", None)), True),
            "item_scores()": (callable(getattr(task, "item_scores", None)), True),
        }
    except CardioBenchError:
        raise
    except BaseException as error:
        if is_interrupt(error):
            raise
        raise StageError(
            f"Task {spec.name} of {spec.provider} cannot be loaded from {spec.target}: "
            f"{type(error).__name__}: {error}"
        ) from error
    for attribute, (value, wanted) in attributes.items():
        if value != wanted:
            fault = "is missing" if wanted is True else f"is {value!r}, not {wanted!r}"
            raise StageError(
                f"Task {spec.name} of {spec.provider}: {attribute} of {spec.target} {fault}. "
                "docs/plugins.md says what a task needs."
            )
    return task
