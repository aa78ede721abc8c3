"""Fields of frozen dataclasses, checked in one way: outside data fits, or is refused in one line.

Light on purpose: listing plugins and recipes must not wait for a validation library to load.
"""

import re
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import Field, fields, is_dataclass
from enum import Enum
from typing import Any, get_args, get_origin

from cardiobench.errors import CardioBenchError, UnknownNameError

KINDS: dict[object, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    tuple[str, ...]: "a list of texts",
    tuple[int, ...]: "a list of whole numbers",
}


class FieldError(ValueError):
    """A value that a field does not take.

    Attributes:
        value: the value, or the item of it that is wrong.
        reason: what it is not, ``"is not a text"``.
    """

    def __init__(self, value: object, reason: str) -> None:
        super().__init__(reason)
        self.value = value
        self.reason = reason


def limits(
    *,
    pattern: str | None = None,
    low: float | None = None,
    high: float | None = None,
    choices: Iterable[str] | None = None,
) -> dict[str, Any]:
    """Metadata for ``dataclasses.field``: what a value must match beyond its type.

    Args:
        pattern: regular expression that a text matches in full.
        low: smallest allowed number.
        high: largest allowed number.
        choices: allowed texts.
    """
    return {"pattern": pattern, "low": low, "high": high, "choices": choices}


def converted(spec: "Field[Any]", value: object) -> Any:
    """The value as the field's type, within its limits; a list becomes a tuple.

    No value is quietly turned into another type: a text is no number, and true is not 1.

    Raises:
        FieldError: it is of another type, or outside the limits.
        UnknownNameError: it is not among the choices.
    """
    value = _typed(spec.type, value)
    limit = spec.metadata
    choices, low, pattern = limit.get("choices"), limit.get("low"), limit.get("pattern")
    for item in value if isinstance(value, tuple) else (value,):
        if item is None:
            continue
        if choices is not None and item not in choices:
            raise UnknownNameError(spec.name, str(item), choices)
        if low is not None and not low <= item <= limit["high"]:
            raise FieldError(item, f"is out of range: {low:g} to {limit['high']:g}")
        if pattern and not re.fullmatch(pattern, item):
            raise FieldError(item, "is not allowed")
    return value


def check_fields(instance: Any) -> None:
    """Check every field of a frozen dataclass and store it as its type, for ``__post_init__``.

    Raises:
        CardioBenchError: a field is not allowed; names the type, the instance, field and value.
    """
    kind = type(instance).__name__
    name = getattr(instance, "name", None)
    for spec in fields(instance):
        value = getattr(instance, spec.name)
        try:
            object.__setattr__(instance, spec.name, converted(spec, value))
        except (FieldError, UnknownNameError) as error:
            owner = kind if name is None and spec.name != "name" else f"{kind} {name!r}"
            raise refused(owner, spec.name, value, kind) from error


def refused(owner: str, field: str, value: object, kind: str) -> CardioBenchError:
    """The one line about a field that is not allowed."""
    return CardioBenchError(
        f"{owner}: {field}={value!r} is not allowed; the docstring of cardiobench.{kind} gives its "
        "range."
    )


def _typed(wanted: Any, value: object) -> Any:
    """The value if it is of the type, or becomes it without loss."""
    if isinstance(wanted, types.UnionType):
        kinds = get_args(wanted)
        if value is None and types.NoneType in kinds:
            return None
        (wanted,) = (kind for kind in kinds if kind is not types.NoneType)
    origin = get_origin(wanted)
    if origin is tuple and isinstance(value, list | tuple):
        return _tuple_of(wanted, value)
    if origin is Callable and callable(value):
        return value
    if origin is Mapping and isinstance(value, Mapping):
        return value
    if isinstance(wanted, type) and origin is None:
        return _instance_of(wanted, value)
    raise FieldError(value, f"is not {KINDS.get(wanted, 'allowed')}")


def _tuple_of(wanted: Any, items: "list[Any] | tuple[Any, ...]") -> tuple[Any, ...]:
    (item_type, _) = get_args(wanted)
    try:
        return tuple(_typed(item_type, item) for item in items)
    except FieldError as error:
        raise FieldError(items, f"is not {KINDS.get(wanted, 'allowed')}") from error


def _instance_of(wanted: type, value: object) -> Any:
    if isinstance(value, bool) and wanted is not bool:
        raise FieldError(value, f"is not {KINDS.get(wanted, 'allowed')}")
    if isinstance(value, wanted):
        return value
    if wanted is float and isinstance(value, int):
        return float(value)
    if issubclass(wanted, Enum) and isinstance(value, str):
        if value in {member.value for member in wanted}:
            return wanted(value)
        raise FieldError(value, "is not allowed")
    if is_dataclass(wanted) and isinstance(value, Mapping):  # as asdict and JSON leave it
        return wanted(**value)
    raise FieldError(value, f"is not {KINDS.get(wanted, 'allowed')}")
