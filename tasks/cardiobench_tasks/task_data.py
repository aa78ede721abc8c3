"""Task data built from sources: the same bytes everywhere, checked against the pinned hash."""

import dataclasses
import json
from collections.abc import Callable, Iterable, Mapping
from importlib.resources import files
from typing import Any

from cardiobench.errors import DataError
from cardiobench.foundation.files import (
    cache_dir,
    canonical_json,
    read_checked,
    sha256_text,
    write_checked,
)
from cardiobench.foundation.text import squeeze
from cardiobench.sources.releases import named_titles
from cardiobench_tasks.catalogue import TaskSpec

Row = dict[str, Any]
Tables = Mapping[str, list[Row]]


def revision_of(tables: Tables) -> str:
    """Content hash of a task's tables: 40 hexadecimal digits, as long as a git commit's."""
    return sha256_text(_serialise(tables))[:40]


def _serialise(tables: Tables) -> str:
    lines = (canonical_json([name, row]) for name, rows in tables.items() for row in rows)
    return "\n".join(lines) + "\n"


def _parse(text: str) -> dict[str, list[Row]]:
    tables: dict[str, list[Row]] = {}
    for line in text.removesuffix("\n").split("\n"):
        name, row = json.loads(line)
        tables.setdefault(name, []).append(row)
    return tables


def task_tables(spec: TaskSpec, build: Callable[[], Tables]) -> Tables:
    """A task's tables at its pinned revision, from the cache or built anew.

    The cache is believed only if its content has the pinned hash, so a damaged or foreign file is
    rebuilt.

    Args:
        spec: the task's catalogue entry, which pins the revision.
        build: makes the tables (name to rows of JSON values) from the sources.

    Raises:
        DataError: the sources at hand give other data than the pinned revision, or a plugin's task
            gives what cannot be stored.
    """
    cached = cache_dir() / "tasks" / f"{spec.name}-{spec.revision[:16]}.jsonl"
    text = read_checked(cached)
    if text is not None and sha256_text(text)[:40] == spec.revision:
        return _parse(text)
    tables = build()
    try:
        found = revision_of(tables)
    # What a plugin builds may hold half a character, NaN, or an object of Python's.
    except (TypeError, ValueError, RecursionError) as error:
        raise DataError(
            f"{spec.name}: its data are no JSON of UTF-8 texts ({squeeze(str(error))}). Mend the "
            "task's build()."
        ) from error
    if found != spec.revision:
        raise DataError(
            f"{spec.name}: the {'sources' if spec.packages else 'data files'} at hand give data "
            f"revision {found[:12]}, not the pinned {spec.revision[:12]}. {_remedy(spec, found)}"
        )
    write_checked(cached, _serialise(tables))
    return tables


def tables_in_use(spec: TaskSpec, build: Callable[[], Tables]) -> tuple[TaskSpec, Tables]:
    """A task's tables from the releases in use, with the catalogue entry at their revision.

    From the carried releases they are those of :func:`task_tables`. From another release they are
    built anew each time and are never stored as pinned data.

    Raises:
        DataError: as :func:`task_tables`; or the release holds too little for the task.
    """
    if not named_titles() & set(spec.sources):
        return spec, task_tables(spec, build)
    try:
        tables = build()
    except (KeyError, ValueError, IndexError) as error:
        raise DataError(_too_little(spec)) from error
    if not all(tables.values()):
        raise DataError(_too_little(spec))
    return dataclasses.replace(spec, revision=revision_of(tables)), tables


def _too_little(spec: TaskSpec) -> str:
    named = ", ".join(sorted(named_titles()))
    return (
        f"{spec.name} cannot be built: the release given for {named} holds too little for it. "
        "Give a whole release."
    )


def _remedy(spec: TaskSpec, found: str) -> str:
    """What brings the pinned data, or, for a task of others, the pin that is right."""
    if not spec.target.startswith("cardiobench_tasks."):
        return f"If these data are meant, set revision={found!r} in its TaskSpec."
    if spec.packages:
        return f"Type: pip install -c constraints.txt {' '.join(spec.packages)}"
    return "Type: pip install --force-reinstall --no-deps cardiobench"


def written_rows(name: str) -> list[Row]:
    """The items of one file of the text that we wrote, ``data/{name}.jsonl``, in file order."""
    text = (files("cardiobench_tasks") / "data" / f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def column_dataset(rows: Iterable[Row]) -> Any:
    """The rows as a ``datasets.Dataset``."""
    from datasets import Dataset

    return Dataset.from_list(list(rows))


def dataset_columns(dataset: Any) -> dict[str, list[Any]]:
    """The columns of a ``datasets.Dataset`` as lists, read at once.

    A column of a dataset that is gone through decodes every value by itself, which takes longer
    than all our metrics.
    """
    columns: dict[str, list[Any]] = dataset[:]
    return columns
