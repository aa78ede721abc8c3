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
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, FiniteFloat, ValidationError

from cardiobench.errors import CardioBenchError
from cardiobench.files import read_json, write_json

EntryKind = Literal["zero-shot", "adapted", "baseline", "speed-only"]
_T = TypeVar("_T", bound=BaseModel)
# ASCII, and never "..": names become folders, and are told apart by eye.
NAME_PART = "[A-Za-z0-9][A-Za-z0-9._-]{0,95}"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ModelIdentity(_Record):
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


class TrainingRecord(_Record):
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


class Manifest(_Record):
    """Everything needed to know, and repeat, what a row reports."""

    schema_version: Literal[1] = 1
    model: ModelIdentity
    training: TrainingRecord | None = None
    data: dict[str, str] = Field(description="task to data revision")
    sources: dict[str, str] = Field(description="source to version")
    versions: dict[str, str]
    commit: str
    hardware: dict[str, Any]
    date: str = Field(pattern=r"^\d{4}-\d{2}-\d{2}$")


class Items(_Record):
    """The score of every item of one task, behind its main score.

    ``values`` are per-query scores whose mean is the main score, or, where ``labels`` stand beside
    them (1 similar, 0 different), cosines whose AUROC or difference of means is.
    """

    task: str
    main_score: str
    revision: str
    ids: list[str]
    # A tuple: the garbage collector looks at every element of a list again and again.
    values: tuple[FiniteFloat, ...]
    labels: list[int] | None = None
    clusters: list[list[str]] = Field(description="the concepts that each item is about")


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
        return self.extras / "manifest.json"

    def result_path(self, task: str) -> Path:
        """mteb's result file of a task."""
        return self.folder / f"{task}.json"

    def items_path(self, task: str) -> Path:
        """Per-item scores of a task."""
        return self.extras / "items" / f"{task}.json"

    def predictions_path(self, task: str) -> Path:
        """mteb's predictions of a task, compressed."""
        return self.extras / "predictions" / f"{task}.json.gz"

    @property
    def speed_path(self) -> Path:
        """pytest-benchmark's JSON."""
        return self.extras / "speed.json"

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
        return self.extras / "adapter"

    def write_manifest(self, manifest: Manifest) -> None:
        """Mark the entry as finished."""
        write_json(self.manifest_path, manifest.model_dump(mode="json"))

    def manifest(self) -> Manifest:
        """The manifest.

        Raises:
            CardioBenchError: it is missing or not valid; names file and field.
        """
        return _validated(Manifest, self.manifest_path)

    def items(self, task: str) -> Items:
        """Per-item scores of a task.

        Raises:
            CardioBenchError: they are missing or not valid; names file and field.
        """
        return _validated(Items, self.items_path(task))

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


def _validated(schema: type[_T], path: Path) -> _T:
    try:
        return schema.model_validate(read_json(path))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise CardioBenchError(f"{path}: field {field}: {first['msg']}.") from error


def finished_entries(root: Path) -> Iterator[Entry]:
    """Every finished entry below a leaderboard or run folder, by name and revision."""
    for path in sorted((root / "results").glob("*/*/cardiobench/manifest.json")):
        revision = path.parent.parent
        name = revision.parent.name.replace("__", "/", 1)
        yield Entry(root=root, name=name, revision=revision.name)
