"""What an entry holds, read within limits and checked against its schemas: data, not yet truth."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from cardiobench.foundation.files import sha256_text
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
NOT_HASHED = (SUBMISSION, VERIFICATION, WITHDRAWAL)
PACK = "Type: cardiobench submit pack"
_MAX_HEADER_BYTES = 2**20
_ACTIVE_MARKUP = re.compile(r"<\s*[a-z!/]|(java|vb)script\s*:", re.IGNORECASE)


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
        elif kind in ("curve", "deviation"):
            reader.read(path, _shown_json)
        elif kind == "adapter":
            reader.read(path, _adapter_json)
        elif kind == "weights":
            reader.read(path, _weights)
        elif kind == "card":
            reader.read(path, _card)
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
            if not any(found.file == path for found in self.report.findings):
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
            self.report.add(path, shown(str(error)), PACK)
        return None

    def record(self, path: str, schema: type[_T]) -> _T | None:
        """A file of a schema, with texts that a board can show."""

        def parse(path: str, content: bytes) -> _T:
            return schema.model_validate(_shown_json(path, content))

        found: _T | None = self.read(path, parse)
        return found


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


def _result(path: str, content: bytes) -> Result:
    return Result.model_validate(_shown_json(path, content, allow_nan=True))


def _items(path: str, content: bytes) -> Items | ItemValues:
    return parse_items(parse_json(path, content))


def _predictions(path: str, content: bytes) -> Any:
    return parse_json(path, expand(path, content))


def _adapter_json(path: str, content: bytes) -> Any:
    """Options of an adapter; what they name must not make a loader import or fetch anything."""
    if path.endswith("/adapter_config.json"):
        return check_adapter_options(content)
    value = parse_json(path, content)
    if path.endswith("/modules.json"):
        listed = value if isinstance(value, list) else [None]
        types = [str(one.get("type")) if isinstance(one, dict) else "" for one in listed]
        if not all(name.startswith("sentence_transformers.") for name in types):
            raise ValueError("it names a class outside sentence_transformers")
    if isinstance(value, dict) and (value.get("auto_map") or value.get("trust_remote_code")):
        raise ValueError("it asks for code of its own (auto_map or trust_remote_code)")
    return value


def _weights(path: str, content: bytes) -> bytes:
    """Safetensors: the length of a JSON header, the header, then numbers and nothing else."""
    length = int.from_bytes(content[:8], "little")
    if not 2 <= length <= min(len(content) - 8, _MAX_HEADER_BYTES):
        raise ValueError("no safetensors file")
    tensors = parse_json(path, content[8 : 8 + length])
    if not isinstance(tensors, dict):
        raise ValueError("no safetensors file")
    tensors.pop("__metadata__", None)
    try:
        spans = sorted(tuple(tensor["data_offsets"]) for tensor in tensors.values())
        ends = [0, *(end for _, end in spans)]
    except (LookupError, TypeError, ValueError) as error:
        raise ValueError("no safetensors file") from error
    if [start for start, _ in spans] != ends[:-1] or ends[-1] != len(content) - 8 - length:
        raise ValueError("a safetensors file that holds more than its tensors")
    return content


def _card(path: str, content: bytes) -> str:
    text = content.decode("utf-8")
    if _ACTIVE_MARKUP.search(text):
        raise ValueError("HTML or a script address in a model card")
    return text


_PLAIN_METHODS = ("LORA", "IA3", "OFT", "BOFT", "LOHA", "LOKR")
# Options of peft with which an adapter names modules to import or files to read.
_ACTIVE_OPTIONS = ("auto_mapping", "megatron_config", "loftq_config", "corda_config", "eva_config")


def check_adapter_options(content: bytes) -> dict[str, Any]:
    """peft's options of an adapter that is nothing but weights.

    Raises:
        RefusedError: no strict JSON.
        ValueError: another kind of adapter, or options that import, read or match anything else.
    """
    options = parse_json(f"{ADAPTER}/adapter_config.json", content)
    if not isinstance(options, dict) or options.get("peft_type") not in _PLAIN_METHODS:
        raise ValueError("an adapter of a kind that cardiobench does not train")
    active = [name for name in _ACTIVE_OPTIONS if options.get(name)]
    if active:
        raise ValueError(f"option {active[0]} is not supported in a submission")
    targets = options.get("target_modules")
    if not isinstance(targets, list) or not all(isinstance(name, str) for name in targets):
        raise ValueError("target_modules must be a list of names")
    return options


def record_hash(contents: Contents) -> str:
    """Hash of the submission.json."""
    return contents.hashes.get(SUBMISSION, sha256_text(""))
