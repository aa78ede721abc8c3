"""The pairs of one unit, and keeping them so that a killed reading goes on after it."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cardiobench.documents.best import Best, DocumentPair, shortened
from cardiobench.documents.cleaning import clean
from cardiobench.documents.dropped import Dropped
from cardiobench.documents.duplicates import Marks, Seen
from cardiobench.documents.passages import Language, passages
from cardiobench.documents.unit import Unit
from cardiobench.errors import DataError
from cardiobench.foundation.files import cache_dir, whole_file
from cardiobench.foundation.interrupts import is_interrupt
from cardiobench.foundation.text import squeeze
from cardiobench.plugins.passage import PairStrategy

_COLUMNS = ("strategy", "anchor", "positive")


@dataclass(slots=True)
class Extraction:
    """What one unit gave.

    Attributes:
        pairs: at most the limit of each strategy.
        found: pairs by strategy, before the limit.
        dropped: what cleaning left out.
        language: how much of it is not English.
        marks: what later units are compared with.
        passages: how many there were.
    """

    pairs: tuple[DocumentPair, ...] = ()
    found: Counter[str] = field(default_factory=Counter)
    dropped: Dropped = field(default_factory=Dropped)
    language: Language = field(default_factory=Language)
    marks: Marks = field(default_factory=Marks)
    passages: int = 0


def extract(
    unit: Unit, strategies: Sequence[PairStrategy], seen: Seen, *, document: int, limit: int
) -> Extraction:
    """Read a unit with every strategy.

    Raises:
        DataError: the document cannot be read, or a strategy of a plugin fails.
    """
    made = Extraction()
    best = Best(limit)
    readers = [(strategy.name, strategy.start()) for strategy in strategies]

    def add(name: str, give: Callable[[], Any]) -> None:
        for anchor, positive in _supplied(name, give):
            if (anchor and positive and anchor != positive) or name == "paraphrase":
                best.add(
                    DocumentPair(
                        strategy=name,
                        anchor=shortened(anchor),
                        positive=shortened(positive),
                        document=document,
                        passage=made.passages,
                    )
                )

    cleaned = clean(_blocks(unit), made.dropped)
    for passage in passages(cleaned, seen, made.marks, made.dropped, made.language):
        for name, reader in readers:
            add(name, lambda reader=reader, passage=passage: reader.read(passage))  # type: ignore[misc]
        made.passages += 1
    for name, reader in readers:
        add(name, reader.finish)
    if not made.passages and not made.dropped.counts:
        raise DataError("no text")
    made.pairs, made.found = best.pairs(), best.found
    return made


def _blocks(unit: Unit) -> Iterator[Any]:
    """A unit's blocks; whatever a converter raises is a fault of the document."""
    try:
        yield from unit.blocks()
    except DataError:
        raise
    # Native converters panic with an exception of their own, which is no Exception.
    except BaseException as error:
        if is_interrupt(error) or isinstance(error, GeneratorExit):
            raise
        reason = f"{type(error).__name__}: {squeeze(str(error))[:160]}"
        raise DataError(f"cannot be read: {reason}") from error


def _supplied(name: str, give: Callable[[], Any]) -> list[tuple[str, str]]:
    try:
        return [(squeeze(anchor), squeeze(positive)) for anchor, positive in give()]
    except Exception as error:
        raise DataError(
            f"The pair strategy {name} failed: {type(error).__name__}: {squeeze(str(error))}. Mend "
            "its plugin, or leave the strategy out."
        ) from error


def kept_file(key: str) -> Path:
    """Where the extraction with this key is kept: in a folder that only its owner can open."""
    folder = cache_dir() / "documents"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.chmod(0o700)
    return folder / f"{key[:40]}.parquet"


def write_extraction(made: Extraction, key: str) -> None:
    """Keep an extraction, whole or not at all."""
    import pyarrow as pa
    from pyarrow import parquet

    columns: dict[str, Any] = {
        column: pa.array([getattr(pair, column) for pair in made.pairs], pa.string())
        for column in _COLUMNS
    }
    columns["passage"] = pa.array([pair.passage for pair in made.pairs], pa.int64())
    keys, sketches = made.marks.to_bytes()
    facts = {
        "found": dict(made.found),
        "dropped": made.dropped.to_json(),
        "language": [made.language.told, made.language.foreign],
        "passages": made.passages,
    }
    metadata = {"facts": json.dumps(facts), "keys": keys.hex(), "sketches": sketches.hex()}
    table = pa.table(columns).replace_schema_metadata(metadata)
    with whole_file(kept_file(key)) as temporary:
        parquet.write_table(table, temporary, compression="zstd")


def read_extraction(key: str, document: int) -> Extraction | None:
    """A kept extraction, or None if there is none or it is damaged."""
    import pyarrow as pa
    from pyarrow import parquet

    path = kept_file(key)
    if not path.is_file():
        return None
    try:
        table = parquet.read_table(path)
        metadata = {k.decode(): v.decode() for k, v in (table.schema.metadata or {}).items()}
        facts = json.loads(metadata["facts"])
        marks = Marks.from_bytes(
            bytes.fromhex(metadata["keys"]), bytes.fromhex(metadata["sketches"])
        )
    except (OSError, ValueError, KeyError, pa.ArrowException):
        return None
    return Extraction(
        pairs=tuple(DocumentPair(document=document, **row) for row in table.to_pylist()),
        found=Counter(facts["found"]),
        dropped=Dropped.from_json(facts["dropped"]),
        language=Language(*facts["language"]),
        marks=marks,
        passages=facts["passages"],
    )
