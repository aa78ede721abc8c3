"""One leaderboard row on disk: mteb's result layout, and beside it what mteb does not keep.

::

    results/{organisation__model}/{revision}/
        {Task}.json  model_meta.json          as mteb writes and reads them
        cardiobench/manifest.json             identity, recipe, data, versions, hardware
        cardiobench/items/{Task}.json         one score per item, behind every interval
        cardiobench/predictions/{Task}.json.gz    mteb's predictions
        cardiobench/speed.json                pytest-benchmark's own JSON
        cardiobench/adapter/                  the trained adapter, or model if all of it was trained
        cardiobench/training.json, .svg       loss and validation over the steps
        cardiobench/{submission,verification,withdrawal}.json   see :mod:`.records`
        cardiobench/confirmations/{hardware}.json   runs by others, see :mod:`.confirmations`
    items/{Task}-{hash}.json                  ids, labels and clusters of the items, once for all
"""

import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from pydantic import Field

from cardiobench.errors import CardioBenchError
from cardiobench.foundation.files import read_json, write_json
from cardiobench.results.items import Items as Items
from cardiobench.results.items import read_items, write_items
from cardiobench.results.schema import NAME_PART, Record, read_record

EntryKind = Literal["zero-shot", "adapted", "baseline", "speed-only"]
Access = Literal["public", "on-request", "private", "unknown"]
SCHEMA_VERSION: Literal[2] = 2
# Files inside an entry; those of a task are given by functions below.
META = "model_meta.json"
MANIFEST = "cardiobench/manifest.json"
SUBMISSION = "cardiobench/submission.json"
VERIFICATION = "cardiobench/verification.json"
WITHDRAWAL = "cardiobench/withdrawal.json"
CONFIRMATIONS = "cardiobench/confirmations"
SPEED = "cardiobench/speed.json"
ADAPTER = "cardiobench/adapter"
WEIGHTS = f"{ADAPTER}/adapter_model.safetensors"


def result_file(task: str) -> str:
    """mteb's result of a task inside an entry."""
    return f"{task}.json"


def items_file(task: str) -> str:
    """Per-item scores of a task inside an entry."""
    return f"cardiobench/items/{task}.json"


def predictions_file(task: str) -> str:
    """mteb's predictions of a task inside an entry, compressed."""
    return f"cardiobench/predictions/{task}.json.gz"


class PluginRecord(Record):
    """Which package supplied a model that is not among ours.

    Attributes:
        package: the distribution, as pip knows it.
        version: of it.
        sha256: of the module's source, or None where there is no file.
    """

    package: str
    version: str
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")


class ModelIdentity(Record):
    """Who the row is about."""

    name: str = Field(pattern=f"^{NAME_PART}/{NAME_PART}$")
    revision: str = Field(pattern=f"^{NAME_PART}$")
    architecture: str
    kind: EntryKind
    transformer: str
    parameters: int = Field(ge=0)
    embedding_dim: int = Field(ge=1)
    licence: str
    adapted_from: str | None = None
    weights_sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")
    plugin: PluginRecord | None = None
    access: Access | None = Field(default=None, description="of weights that lay in a folder")


class TrainingRecord(Record):
    """How an adapter was made."""

    recipe: dict[str, Any]
    seed: int
    pairs_sha256: str
    audit: dict[str, Any]
    trainable_parameters: int = Field(ge=1)
    steps: int = Field(ge=1)
    train_seconds: float = Field(ge=0)
    loss: float
    adapter_sha256: str
    validation: dict[str, Any] | None = None
    energy_kwh: float | None = Field(default=None, ge=0)


class Manifest(Record):
    """Everything needed to know, and repeat, what a row reports."""

    schema_version: Literal[1, 2] = SCHEMA_VERSION
    model: ModelIdentity
    training: TrainingRecord | None = None
    data: dict[str, str] = Field(description="task to data revision")
    sources: dict[str, str] = Field(description="source to version")
    versions: dict[str, str]
    commit: str
    hardware: dict[str, Any]
    evaluated_by: Literal["mteb"] | None = Field(
        default=None, description="who ran the tasks, if not cardiobench"
    )
    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")


@dataclass(frozen=True)
class Entry:
    """The folder of one model at one revision below a leaderboard or run folder."""

    root: Path
    name: str
    revision: str

    @cached_property
    def folder(self) -> Path:
        """Where mteb keeps this model's results."""
        return self.root / "results" / self.name.replace("/", "__") / self.revision

    @cached_property
    def extras(self) -> Path:
        """Where CardioBench keeps what mteb does not."""
        return self.folder / "cardiobench"

    @property
    def manifest_path(self) -> Path:
        """Written last: an entry without it is unfinished."""
        return self.folder / MANIFEST

    @property
    def meta_path(self) -> Path:
        """mteb's description of the model."""
        return self.folder / META

    def result_path(self, task: str) -> Path:
        """mteb's result file of a task."""
        return self.folder / result_file(task)

    def items_path(self, task: str) -> Path:
        """Per-item scores of a task."""
        return self.folder / items_file(task)

    def predictions_path(self, task: str) -> Path:
        """mteb's predictions of a task, compressed."""
        return self.folder / predictions_file(task)

    @property
    def submission_path(self) -> Path:
        """Hashes of the files that somebody stands by."""
        return self.folder / SUBMISSION

    @property
    def verification_path(self) -> Path:
        """What a maintainer's verification came to."""
        return self.folder / VERIFICATION

    @property
    def withdrawal_path(self) -> Path:
        """Why the entry is not ranked any more."""
        return self.folder / WITHDRAWAL

    @property
    def speed_path(self) -> Path:
        """pytest-benchmark's JSON."""
        return self.folder / SPEED

    @property
    def curve_path(self) -> Path:
        """Loss, learning rate and validation over the steps of a training."""
        return self.extras / "training.json"

    @property
    def curve_figure_path(self) -> Path:
        """The same as a figure."""
        return self.extras / "training.svg"

    @property
    def adapter_folder(self) -> Path:
        """The adapter of an adapted model."""
        return self.folder / ADAPTER

    def write_manifest(self, manifest: Manifest) -> None:
        """Mark the entry as finished."""
        write_json(self.manifest_path, manifest.model_dump(mode="json"))

    def manifest(self) -> Manifest:
        """The manifest.

        Raises:
            CardioBenchError: it is missing or not valid; names file and field.
        """
        return read_record(Manifest, self.manifest_path)

    def items(self, task: str) -> Items:
        """Per-item scores of a task.

        Raises:
            CardioBenchError: they or their head are missing or not valid; names file and field.
        """
        return read_items(self.items_path(task), _head_folders(self.root))

    def write_items(self, items: Items) -> None:
        """Store per-item scores; what all models share of them goes beside ``results/``."""
        write_items(items, self.items_path(items.task), self.root)

    def scores(self, task: str) -> dict[str, Any]:
        """All scores of a task as mteb stored them.

        Raises:
            CardioBenchError: the result file is missing or has not exactly one split and subset.
        """
        path = self.result_path(task)
        splits = read_json(path).get("scores", {})
        subsets = [subset for split in splits.values() for subset in split]
        if len(subsets) != 1:
            raise CardioBenchError(f"{path}: expected one split and subset, found {len(subsets)}.")
        scores: dict[str, Any] = subsets[0]
        return scores


def finished_entries(root: Path) -> Iterator[Entry]:
    """Every finished entry below a leaderboard or run folder, by name and revision."""
    for path in sorted((root / "results").glob("*/*/cardiobench/manifest.json")):
        revision = path.parent.parent
        name = revision.parent.name.replace("__", "/", 1)
        yield Entry(root=root, name=name, revision=revision.name)


def unfinished_entries(root: Path) -> Iterator[tuple[Entry, int]]:
    """Every entry with results and no manifest, which no board shows, and how many results."""
    for folder in sorted((root / "results").glob("*/*/")):
        name = folder.parent.name.replace("__", "/", 1)
        entry = Entry(root=root, name=name, revision=folder.name)
        results = sum(1 for path in folder.glob("*.json") if path != entry.meta_path)
        if results and not entry.manifest_path.exists():
            yield entry, results


def published_folder() -> Path | None:
    """Where the published entries lie: the checkout's ``leaderboard/``, or the installed copy."""
    checkout = Path(__file__).resolve().parents[2] / "leaderboard"
    installed = Path(sysconfig.get_path("data")) / "share" / "cardiobench" / "leaderboard"
    return next((folder for folder in (checkout, installed) if folder.is_dir()), None)


def _head_folders(root: Path) -> tuple[Path, ...]:
    """A folder, then the published one: heads are known by their hash, so any copy will do."""
    published = published_folder()
    return (root,) if published is None else (root, published)
