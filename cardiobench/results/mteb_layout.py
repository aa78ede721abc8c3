"""Our entries as the public MTEB results repository lays them out, and nothing else of them."""

import shutil
from pathlib import Path

from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.foundation.files import read_json, whole_file
from cardiobench.results.entry import Entry, finished_entries


def export_mteb_results(root: Path, folder: Path, names: tuple[str, ...] = ()) -> list[Path]:
    """Copy mteb's files of finished entries to ``folder/results/{model}/{revision}``.

    Args:
        root: run or leaderboard folder.
        folder: where to write; files that are there are replaced.
        names: models, ``organisation/model``; all that have scores if empty.

    Returns:
        The files written, sorted.

    Raises:
        UnknownNameError: a model has no entry.
        CardioBenchError: nothing to export, or a result is not about its model or task.
    """
    entries = {e.name: e for e in finished_entries(root) if e.manifest().data}
    for name in names:
        if name not in entries:
            raise UnknownNameError("model", name, entries)
    chosen = [entries[name] for name in dict.fromkeys(names)] or list(entries.values())
    if not chosen:
        raise CardioBenchError(f"No results below {root}. Type: cardiobench run --output {root}")
    return sorted(path for entry in chosen for path in _export(entry, Entry(folder, *_id(entry))))


def _id(entry: Entry) -> tuple[str, str]:
    return entry.name, entry.revision


def _export(entry: Entry, target: Entry) -> list[Path]:
    meta = entry.folder / "model_meta.json"
    stored = read_json(meta)
    if (stored.get("name"), stored.get("revision")) != _id(entry):
        raise CardioBenchError(f"{meta} is about another model than {entry.name}; run it again.")
    files = [meta]
    for task in entry.manifest().data:
        result = entry.result_path(task)
        if read_json(result).get("task_name") != task:
            raise CardioBenchError(f"{result} is no result of {task}; run it again.")
        files.append(result)
    written = []
    for file in files:
        with whole_file(target.folder / file.name) as unfinished:
            shutil.copyfile(file, unfinished)
        written.append(target.folder / file.name)
    return written
