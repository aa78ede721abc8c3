"""Honest, damaged, forged and hostile submissions, each made from a committed entry."""

import gzip
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cardiobench.foundation.files import sha256_file
from cardiobench.results.entry import SCHEMA_VERSION, Entry, finished_entries
from cardiobench.sharing.submission.pack import pack

LEADERBOARD = Path(__file__).parents[1] / "leaderboard"
ZERO_SHOT = "sentence-transformers/all-MiniLM-L6-v2"
ADAPTED = "cardiobench/minilm-quick-seed0"
# Few items, and built from text that comes with the package.
TASK = "CardioNegation"
RETRIEVAL = "CardioQARetrieval"


def committed(name: str = ZERO_SHOT) -> Entry:
    """A published entry."""
    return next(entry for entry in finished_entries(LEADERBOARD) if entry.name == name)


def submission(
    to: Path,
    name: str = ZERO_SHOT,
    tasks: tuple[str, ...] = (TASK, RETRIEVAL),
    alias: str | None = None,
) -> Entry:
    """A packed copy of a published entry with some of its tasks, under another name if wanted."""
    source = committed(name)
    copy = Entry(to / "run", alias or name, source.revision)
    shutil.copytree(source.folder, copy.folder)
    manifest = json.loads(copy.manifest_path.read_text())
    for task in set(manifest["data"]) - set(tasks):
        del manifest["data"][task]
        for path in (copy.result_path(task), copy.items_path(task), copy.predictions_path(task)):
            path.unlink()
    manifest["schema_version"] = SCHEMA_VERSION
    copy.manifest_path.write_text(json.dumps(manifest))
    for task in manifest["data"]:
        copy.write_items(source.items(task))
    if alias:
        rename(copy, alias)
    return pack(copy, to / "board")


def rename(entry: Entry, alias: str) -> None:
    """Put another model's name wherever a name stands."""
    edit(entry.manifest_path, lambda m: m["model"].update(name=alias))
    edit(entry.folder / "model_meta.json", lambda m: m.update(name=alias))
    for path in (entry.extras / "predictions").iterdir():
        edit_predictions(path, lambda p: p["mteb_model_meta"].update(model_name=alias))


def edit(path: Path, change: Callable[[Any], Any]) -> None:
    """Change a JSON file in place."""
    value = json.loads(path.read_text())
    change(value)
    path.write_text(json.dumps(value))


def edit_predictions(path: Path, change: Callable[[Any], Any]) -> None:
    """Change predictions in place."""
    value = json.loads(gzip.decompress(path.read_bytes()))
    change(value)
    path.write_bytes(gzip.compress(json.dumps(value).encode(), compresslevel=1))


def sign(entry: Entry) -> None:
    """Make submission.json list the files as they are, as a careful forger does."""
    path = entry.extras / "submission.json"
    record = json.loads(path.read_text())
    record["files"] = {
        str(file.relative_to(entry.folder)): sha256_file(file)
        for file in sorted(entry.folder.rglob("*"))
        if file.is_file()
        and not file.is_symlink()
        and file not in (path, entry.verification_path, entry.withdrawal_path)
    }
    path.write_text(json.dumps(record))


def scores_of(result: Any) -> Any:
    """The scores in mteb's result file."""
    (split,) = result["scores"].values()
    return split[0]
