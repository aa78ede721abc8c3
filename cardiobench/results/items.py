"""The score of every item of a task: in memory, and on disk with what all models share kept once.

``items/{Task}-{hash}.json`` beside ``results/`` holds ids, labels and clusters (the head); an
entry's own items file holds its values and the head's whole SHA-256. A head's name is its content,
so two of them never meet under one name, and one from another folder is as good.
"""

from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, FiniteFloat, ValidationError

from cardiobench.errors import CardioBenchError
from cardiobench.foundation.files import canonical_json, read_json, sha256_text, write_json
from cardiobench.results.schema import SHA256, Record, read_record

HEADS = "items"
_SHOWN = 16


class ItemHead(Record):
    """What the items of one task are, at one data revision: the same for every model.

    Attributes:
        ids: names of the items.
        labels: 1 similar, 0 different, where values are cosines of pairs.
        clusters: the concepts that each item is about.
    """

    task: str
    main_score: str
    revision: str
    ids: list[str]
    labels: list[int] | None = None
    clusters: list[list[str]]

    def sha256(self) -> str:
        """Its content's hash, whatever the layout of the file."""
        return sha256_text(canonical_json(self.model_dump(mode="json")))


class ItemValues(Record):
    """An entry's items file of schema version 2: its values, and the hash of their head."""

    schema_version: Literal[2] = 2
    task: str
    head: str = Field(pattern=SHA256)
    values: tuple[FiniteFloat, ...]


class Items(Record):
    """The score of every item of one task, behind its main score; also a file of version 1.

    ``values`` are per-query scores whose mean is the main score, or, where ``labels`` stand beside
    them (1 similar, 0 different), cosines whose difference of means is.
    """

    task: str
    main_score: str
    revision: str
    ids: list[str]
    # A tuple: the garbage collector looks at every element of a list again and again.
    values: tuple[FiniteFloat, ...]
    labels: list[int] | None = None
    clusters: list[list[str]] = Field(description="the concepts that each item is about")

    def head(self) -> ItemHead:
        """What all models share of it."""
        shared = {name: getattr(self, name) for name in ItemHead.model_fields}
        return ItemHead.model_construct(**shared)


def head_path(root: Path, task: str, sha256: str) -> Path:
    """Where a head lies below a leaderboard or run folder."""
    return root / HEADS / f"{task}-{sha256[:_SHOWN]}.json"


def write_items(items: Items, path: Path, root: Path) -> None:
    """Write an entry's values to ``path``, and their head below ``root`` if it is not there."""
    head = items.head()
    sha256 = head.sha256()
    if not _is_whole(head_path(root, items.task, sha256), sha256):
        write_json(head_path(root, items.task, sha256), head.model_dump(mode="json"))
    values = ItemValues(task=items.task, head=sha256, values=items.values)
    write_json(path, values.model_dump(mode="json"))


def _is_whole(path: Path, sha256: str) -> bool:
    try:
        return path.is_file() and read_record(ItemHead, path).sha256() == sha256
    except CardioBenchError:
        return False


def parse_items(value: Any) -> Items | ItemValues:
    """What an items file of either version holds.

    Raises:
        pydantic.ValidationError: it is of neither.
    """
    is_new = isinstance(value, dict) and "head" in value
    return (ItemValues if is_new else Items).model_validate(value)


def read_items(path: Path, roots: tuple[Path, ...]) -> Items:
    """An entry's items of either version, with the head from the first folder that has it.

    Args:
        path: the items file.
        roots: folders that may hold the head.

    Raises:
        CardioBenchError: file or head is missing or not valid; names file and field.
    """
    try:
        stored = parse_items(read_json(path))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise CardioBenchError(f"{path}: field {field}: {first['msg']}.") from error
    if isinstance(stored, Items):
        return stored
    head = _head(stored, path, roots)
    if len(stored.values) != len(head.ids):
        raise CardioBenchError(
            f"{path}: {len(stored.values)} values for {len(head.ids)} items. "
            "Delete it, then type: cardiobench run"
        )
    return Items.model_construct(**dict(head), values=stored.values)


def _head(stored: ItemValues, path: Path, roots: tuple[Path, ...]) -> ItemHead:
    for root in roots:
        place = head_path(root, stored.task, stored.head)
        if place.is_file():
            status = place.stat()
            return _checked_head(place, stored.head, (status.st_mtime_ns, status.st_size))
    missing = head_path(roots[0], stored.task, stored.head)
    raise CardioBenchError(
        f"{path}: its ids and labels are missing ({missing}). Copy that file from where the entry "
        "came from, or delete the items file and type: cardiobench run"
    )


@lru_cache(maxsize=64)
def _checked_head(path: Path, sha256: str, stamp: tuple[int, int]) -> ItemHead:
    """A head, once for all entries that share it; ``stamp`` changes when the file does."""
    head = read_record(ItemHead, path)
    if head.sha256() != sha256:
        raise CardioBenchError(
            f"{path}: its content is not what its entries were scored on (other SHA-256). "
            "Restore it, or delete it with its entries' items and type: cardiobench run"
        )
    return head
