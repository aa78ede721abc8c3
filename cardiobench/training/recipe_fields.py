"""The fields of a recipe: each with its range or choices and what it means, in one place."""

import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, field
from typing import Any

from cardiobench.errors import CardioBenchError, UnknownNameError

_TEXTS = "a list of texts"
_KINDS: dict[object, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    tuple[str, ...]: _TEXTS,
    tuple[int, ...]: "a list of whole numbers",
}


def option(
    default: Any,
    meaning: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: Mapping[str, str] | None = None,
    later: bool = False,
    recorded: bool = True,
) -> Any:
    """A field of a recipe, for a dataclass.

    Args:
        default: its default.
        meaning: one line for the documentation.
        low: smallest allowed number.
        high: largest allowed number.
        choices: allowed texts, each with what it is.
        later: whether the field came after the first recipes were recorded; then a record leaves it
            out at its default, so that the names and hashes of earlier trainings stay.
        recorded: whether a training's record holds it; not what only says which trainings to run.
    """
    told = {"meaning": meaning, "low": low, "high": high, "choices": choices}
    return field(default=default, metadata={**told, "later": later, "recorded": recorded})


def checked(spec: "Field[Any]", value: object) -> Any:
    """The value as the field's type, in its range.

    Raises:
        CardioBenchError: wrong type or out of range; names field and range.
        UnknownNameError: not among the choices.
    """
    value = _converted(spec.name, value, spec.type)
    told = spec.metadata
    choices = told.get("choices")
    if choices is not None and value not in choices:
        raise CardioBenchError(f"{spec.name}: {UnknownNameError(spec.name, str(value), choices)}")
    low = told.get("low")
    if low is not None:
        for number in value if isinstance(value, tuple) else (value,):
            if not low <= number <= told["high"]:
                high = told["high"]
                raise CardioBenchError(
                    f"{spec.name} = {number} is out of range: {low:g} to {high:g}."
                )
    return value


def _converted(name: str, value: object, wanted: object) -> object:
    if wanted is bool and isinstance(value, bool):
        return value
    if wanted is str and isinstance(value, str):
        return value
    if wanted is int and _is_whole(value):
        return value
    if wanted is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, list | tuple):
        if wanted == tuple[str, ...] and all(isinstance(v, str) for v in value):
            return tuple(value)
        if wanted == tuple[int, ...] and all(_is_whole(v) for v in value):
            return tuple(value)
    raise CardioBenchError(f"{name} = {value!r} is not {_KINDS[wanted]}.")


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def is_default(spec: "Field[Any]", value: object) -> bool:
    """Whether a value is the field's default."""
    return spec.default is not MISSING and value == spec.default


def allowed(spec: "Field[Any]") -> str:
    """Range or choices in Markdown, for the documentation."""
    told = spec.metadata
    if told.get("choices"):
        return ", ".join(f"`{name}`" for name in told["choices"])
    if told.get("low") is not None:
        return f"{told['low']:g} to {told['high']:g}"
    return _KINDS[spec.type]


def line_of(text: str, message: str) -> str:
    """``":LINE"`` of the first field of a TOML text that a message names, or nothing."""
    named = re.match(r"Unknown field '([^']*)'|(\w+)", message)
    name = re.escape(named[1] or named[2]) if named else ""
    start = re.compile(rf"""\s*\[*\s*["']?{name}["']?\s*[=.\]]""")
    for number, line in enumerate(text.splitlines(), start=1):
        if start.match(line):
            return f":{number}"
    return ""
