"""How reading, statistics and pages grow with the number of entries on a board.

Entries are made from the committed MiniLM entry: the same items of every task, each score a little
off. A made-up twelfth task stands in for one of a plugin. The targets are 10 s on two cores for
1,000 entries x 12 tasks to files (estimates of the entries that were there before are cached) and
for all pairs of 100 models. Wall clock depends on what else the machine does, so they are checked
as processor time on two cores, 20 s; both are shown.
"""

import json
import shutil
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cardiobench.board.build import board_pages
from cardiobench.board.files import write_board
from cardiobench.board.read import BoardData, read_rows
from cardiobench.board.rows import PUBLISHED
from cardiobench.foundation.files import write_text
from cardiobench.results.entry import Entry, Items, finished_entries
from cardiobench.statistics.comparisons import compare, compare_suite
from cardiobench_tasks.catalogue import CARDIO_SEPARATION, CATALOGUE, SUITE, TaskSpec

LEADERBOARD = Path(__file__).parent.parent / "leaderboard"
SOURCE = "sentence-transformers/all-MiniLM-L6-v2"
TWELFTH = replace(CARDIO_SEPARATION, name="MadeUpSeparation", provider="benchmark")
TASKS = (*CATALOGUE, TWELFTH)[-12:]
CPU_SECONDS = 20


def source() -> Entry:
    """The committed entry that all others are made from."""
    (found,) = [entry for entry in finished_entries(LEADERBOARD) if entry.name == SOURCE]
    return found


def source_task(spec: TaskSpec) -> str:
    """The task whose files a task's are made from."""
    return CARDIO_SEPARATION.name if spec == TWELFTH else spec.name


def items_of(spec: TaskSpec) -> Items:
    """The committed items of a task."""
    return source().items(source_task(spec)).model_copy(update={"task": spec.name})


def noisy(items: Items, seed: int) -> list[float]:
    """Scores a little off, as another model would have them."""
    generator = np.random.default_rng([seed, *items.task.encode()])
    noise = generator.normal(0, 0.1, len(items.ids))
    return (np.asarray(items.values) + noise + seed * 1e-4).round(6).tolist()


def make_board(folder: Path, entries: int) -> None:
    """Write so many entries; every other one is adapted from the one before."""
    heads = {}
    for spec in TASKS:
        items = items_of(spec).model_dump(mode="json")
        text = json.dumps(items, sort_keys=True, indent=1, ensure_ascii=False)
        heads[spec] = text.partition('"values": [')[0] + '"values": ['
    manifest = source().manifest()
    for number in range(entries):
        entry = Entry(folder, f"made/model-{number:04d}", "1")
        for spec, head in heads.items():
            values = ",\n  ".join(map(repr, noisy(items_of_cached(spec), number)))
            write_text(entry.items_path(spec.name), f"{head}\n  {values}\n ]\n}}\n")
            result = entry.result_path(spec.name)
            shutil.copyfile(source().result_path(source_task(spec)), result)
        base = f"made/model-{number - 1:04d}" if number % 2 else None
        model = manifest.model.model_copy(update={"name": entry.name, "adapted_from": base})
        data = {spec.name: spec.revision for spec in TASKS}
        entry.write_manifest(manifest.model_copy(update={"model": model, "data": data}))


_CACHE: dict[str, Items] = {}


def items_of_cached(spec: TaskSpec) -> Items:
    """:func:`items_of`, read once."""
    if spec.name not in _CACHE:
        _CACHE[spec.name] = items_of(spec)
    return _CACHE[spec.name]


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of wall clock, and what came out."""
    start = time.perf_counter()
    found = work()
    return time.perf_counter() - start, found


@pytest.mark.parametrize("entries", [10, 100, 1000])
def test_board(
    benchmark: Any,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    entries: int,
) -> None:
    """From entries on disk to every file of the board."""
    make_board(tmp_path, entries)

    def build() -> dict[str, float]:
        reading, rows = timed(lambda: read_rows(tmp_path, PUBLISHED, TASKS))
        writing, pages = timed(lambda: board_pages(BoardData(rows=tuple(rows))))
        saving, _ = timed(lambda: write_board(tmp_path, pages))
        return {"rows": reading, "pages": writing, "files": saving}

    cache = tmp_path / "cache"
    monkeypatch.setenv("CARDIOBENCH_CACHE", str(cache))
    _measure(benchmark, capsys, "cold", build)
    cpu = _measure(benchmark, capsys, "warm", build)
    benchmark.pedantic(lambda: None, rounds=1)
    assert cpu < CPU_SECONDS


@pytest.mark.parametrize("models", [10, 100])
def test_pairs(benchmark: Any, capsys: pytest.CaptureFixture[str], models: int) -> None:
    """All pairs on every task, and over the suite."""
    tasks = {
        spec.name: [
            items_of_cached(spec).model_copy(update={"values": noisy(items_of_cached(spec), k)})
            for k in range(models)
        ]
        for spec in TASKS
    }
    suite = {spec.name: tasks[spec.name] for spec in SUITE if spec.name in tasks}

    def test_all() -> dict[str, float]:
        single, _ = timed(lambda: [compare(found) for found in tasks.values()])
        together, _ = timed(lambda: compare_suite(suite))
        return {"tasks": single, "suite": together}

    cpu = _measure(benchmark, capsys, "all", test_all)
    benchmark.pedantic(lambda: None, rounds=1)
    assert cpu < CPU_SECONDS


def _measure(
    benchmark: Any,
    capsys: pytest.CaptureFixture[str],
    name: str,
    work: Callable[[], dict[str, float]],
) -> float:
    """Do it, show seconds of wall clock by part and of processor time; return the latter."""
    before = time.process_time()
    found = work()
    cpu = time.process_time() - before
    parts = ", ".join(f"{part} {seconds:.2f}" for part, seconds in found.items())
    said = f"{name}: {sum(found.values()):.2f} s ({parts}), processor {cpu:.2f} s"
    benchmark.extra_info[name] = said
    with capsys.disabled():
        sys.stdout.write(f"\n{benchmark.name} {said}\n")
    return cpu
