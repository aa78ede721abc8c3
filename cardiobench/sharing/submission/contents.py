"""What an entry holds, read within limits and checked against its schemas: data, not yet truth."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from cardiobench.foundation.files import sha256_text
from cardiobench.foundation.tracebacks import show
from cardiobench.results.confirmations import Confirmation
from cardiobench.results.entry import (
    ADAPTER,
    MANIFEST,
    META,
    SUBMISSION,
    VERIFICATION,
    WITHDRAWAL,
    Manifest,
)
from cardiobench.results.items import Items, ItemValues, parse_items
from cardiobench.results.records import SubmissionRecord, Verification, Withdrawal, wrong_with_text
from cardiobench.sharing.submission.adapter_files import (
    Tensors,
    check_adapter_json,
    check_card,
    read_tensors,
)
from cardiobench.sharing.submission.adapter_options import check_adapter_options
from cardiobench.sharing.submission.names import texts_in, wrong_with_prose
from cardiobench.sharing.submission.report import RefusedError, Report, shown
from cardiobench.sharing.submission.safe_files import (
    expand,
    kind_of,
    list_files,
    parse_json,
    read_bytes,
)

_T = TypeVar("_T", bound=BaseModel)
# What maintainers add to an entry later, so no hash of the submitter covers it.
_NOT_HASHED = ("submission", "verification", "withdrawal", "confirmation")
PACK = "Type: cardiobench submit pack"
ADAPTER_OPTIONS = f"{ADAPTER}/adapter_config.json"


class Result(BaseModel):
    """mteb's result file: one split, one subset."""

    model_config = ConfigDict(extra="forbid")

    dataset_revision: str
    task_name: str
    mteb_version: str | None
    scores: dict[str, list[dict[str, Any]]]
    evaluation_time: float | None = None
    kg_co2_emissions: float | None = None
    date: float | str | None = None
    evaluation_phases: list[dict[str, Any]] | None = None


@dataclass(slots=True)
class Contents:
    """The parsed files of one entry.

    Attributes:
        folder: where it lies.
        hashes: path inside the entry to SHA-256, of every readable file.
        manifest: who and how.
        record: the submitter's hashes.
        meta: mteb's description of the model.
        results, items, predictions: by task.
        speed: pytest-benchmark's JSON.
        adapter: peft's options of the adapter.
        tensors: what the adapter's weights are.
        confirmations: by path.
    """

    folder: Path
    manifest: Manifest
    record: SubmissionRecord
    meta: dict[str, Any]
    hashes: dict[str, str] = field(default_factory=dict)
    results: dict[str, Result] = field(default_factory=dict)
    items: dict[str, Items | ItemValues] = field(default_factory=dict)
    predictions: dict[str, Any] = field(default_factory=dict)
    speed: Any = None
    adapter: dict[str, Any] | None = None
    tensors: Tensors | None = None
    confirmations: dict[str, Confirmation] = field(default_factory=dict)


def read_contents(folder: Path, report: Report) -> Contents | None:
    """Read an entry; what is wrong goes into the report.

    Returns:
        None if manifest, model_meta.json or submission.json cannot be used: then nothing else can.
    """
    reader = _Reader(folder, report)
    manifest = reader.record(MANIFEST, Manifest)
    record = reader.record(SUBMISSION, SubmissionRecord)
    meta = reader.read(META, _described)
    for path, schema in ((VERIFICATION, Verification), (WITHDRAWAL, Withdrawal)):
        if path in reader.files:
            reader.record(path, schema)
    if manifest is None or record is None or meta is None:
        return None
    contents = Contents(folder, manifest, record, meta)
    for path in sorted(set(reader.files) - {MANIFEST, SUBMISSION, META, VERIFICATION, WITHDRAWAL}):
        kind, task = kind_of(path), path.rpartition("/")[2].partition(".json")[0]
        if kind == "result":
            _keep(contents.results, task, reader.read(path, _result))
        elif kind == "items":
            _keep(contents.items, task, reader.read(path, _items))
        elif kind == "predictions":
            _keep(contents.predictions, task, reader.read(path, _predictions))
        elif kind == "speed":
            contents.speed = reader.read(path, _shown_json)
        elif kind == "confirmation":
            _keep(contents.confirmations, path, reader.record(path, Confirmation))
        elif kind in ("curve", "deviation"):
            reader.read(path, _shown_json)
        elif path == ADAPTER_OPTIONS:
            contents.adapter = reader.read(path, _options)
        elif kind == "adapter":
            reader.read(path, check_adapter_json)
        elif kind == "weights":
            contents.tensors = reader.read(path, read_tensors)
        elif kind == "card":
            reader.read(path, check_card)
        else:
            reader.read(path, lambda path, content: content)
    contents.hashes = reader.hashes
    return contents


def _keep(kept: dict[str, Any], task: str, value: Any) -> None:
    if value is not None:
        kept[task] = value


class _Reader:
    """Reads each file once, hashes it, and turns refusals into findings."""

    def __init__(self, folder: Path, report: Report) -> None:
        self.folder, self.report = folder, report
        self.hashes: dict[str, str] = {}
        self.files, wrong = list_files(folder)
        report.findings += wrong

    def read(self, path: str, parse: Callable[[str, bytes], Any]) -> Any:
        """A file as ``parse`` understands it, or None."""
        import hashlib

        if path not in self.files:
            if not any(finding.file == path for finding in self.report.findings):
                self.report.add(path, "missing", PACK)
            return None
        try:
            content = read_bytes(self.folder, path)
            self.hashes[path] = hashlib.sha256(content).hexdigest()
            return parse(path, content)
        except RefusedError as error:
            self.report.findings.append(error.finding)
        except ValidationError as error:
            first = error.errors()[0]
            place = shown(".".join(str(part) for part in first["loc"]))
            self.report.add(path, f"field {place}: {shown(first['msg'])}", PACK)
        except ValueError as error:
            show(error)
            self.report.add(path, shown(str(error)), PACK)
        return None

    def record(self, path: str, schema: type[_T]) -> _T | None:
        """A file of a schema, with texts that a board can show."""

        def parse(path: str, content: bytes) -> _T:
            return schema.model_validate(_shown_json(path, content))

        record: _T | None = self.read(path, parse)
        return record


def _shown_json(path: str, content: bytes, *, allow_nan: bool = False) -> Any:
    value = parse_json(path, content, allow_nan=allow_nan)
    for text in texts_in(value):
        wrong = wrong_with_text(text)
        if wrong:
            raise ValueError(f"{wrong}: {shown(text)!r}")
    return value


def _described(path: str, content: bytes) -> dict[str, Any]:
    """mteb's model_meta.json, as far as mteb itself accepts it."""
    import warnings

    from mteb.models.model_meta import ModelMeta

    value = parse_json(path, content)
    for text in texts_in(value):
        wrong = wrong_with_prose(text)
        if wrong:
            raise ValueError(f"{wrong}: {shown(text)!r}")
    if not isinstance(value, dict):
        raise ValueError("no object")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ModelMeta.model_validate({**value, "loader": None})
    except ValidationError:
        raise
    except Exception as error:  # mteb's own validators raise what they like
        raise ValueError(f"mteb does not accept it: {error}") from error
    return value


def _options(path: str, content: bytes) -> dict[str, Any]:
    return check_adapter_options(content)


def _result(path: str, content: bytes) -> Result:
    return Result.model_validate(_shown_json(path, content, allow_nan=True))


def _items(path: str, content: bytes) -> Items | ItemValues:
    return parse_items(parse_json(path, content))


def _predictions(path: str, content: bytes) -> Any:
    return parse_json(path, expand(path, content))


def is_hashed(path: str) -> bool:
    """Whether the submitter's hashes cover a file; not what is added to an entry later."""
    return kind_of(path) not in _NOT_HASHED


def record_hash(contents: Contents) -> str:
    """Hash of the submission.json."""
    return contents.hashes.get(SUBMISSION, sha256_text(""))
