"""Records on disk: frozen, no unknown fields, and told by file and field where they are wrong."""

from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from cardiobench.errors import CardioBenchError
from cardiobench.foundation.files import read_json, write_json

T = TypeVar("T", bound=BaseModel)
# ASCII, and never "..": names become folders, and are told apart by eye.
NAME_PART = "[A-Za-z0-9][A-Za-z0-9._-]{0,95}"
DATE = r"^\d{4}-\d{2}-\d{2}$"
SHA256 = r"^[0-9a-f]{64}$"


class Record(BaseModel):
    """What a JSON file of ours holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def read_record(schema: type[T], path: Path) -> T:
    """A record.

    Raises:
        CardioBenchError: it is missing or not valid; names file and field.
    """
    try:
        return schema.model_validate(read_json(path))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise CardioBenchError(f"{path}: field {field}: {first['msg']}.") from error


def find_record(schema: type[T], path: Path) -> T | None:
    """A record, or None if there is none; :func:`read_record`'s errors if it is not valid."""
    return read_record(schema, path) if path.is_file() else None


def write_record(record: Record, path: Path) -> None:
    """Write a record whole or not at all."""
    write_json(path, record.model_dump(mode="json"))
