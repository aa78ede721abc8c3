"""The fields of a recipe: each with its range or choices and what it means, in one place."""

import re
from collections.abc import Mapping
from dataclasses import MISSING, Field, field
from typing import Any

from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.foundation.fields import KINDS, FieldError, converted, limits


def option(
    default: Any,
    meaning: str,
    *,
    low: float | None = None,
    high: float | None = None,
    choices: Mapping[str, str] | None = None,
    later: bool = False,
    recorded: bool = True,
    private: bool = False,
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
        private: whether a job holds it, but no record that may be shared.
    """
    limit = limits(low=low, high=high, choices=choices)
    told = {"meaning": meaning, "later": later, "recorded": recorded, "private": private}
    return field(default=default, metadata={**limit, **told})


def checked(spec: "Field[Any]", value: object) -> Any:
    """The value as the field's type, in its range.

    Raises:
        CardioBenchError: wrong type or out of range; names field and range.
        UnknownNameError: not among the choices.
    """
    try:
        return converted(spec, value)
    except UnknownNameError as error:
        raise CardioBenchError(f"{spec.name}: {error}") from error
    except FieldError as error:
        raise CardioBenchError(f"{spec.name} = {error.value!r} {error.reason}.") from error


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
    return KINDS[spec.type]


def line_of(text: str, message: str) -> str:
    """``":LINE"`` of the first field of a TOML text that a message names, or nothing."""
    named = re.match(r"Unknown field '([^']*)'|(\w+)", message)
    name = re.escape(named[1] or named[2]) if named else ""
    start = re.compile(rf"""\s*\[*\s*["']?{name}["']?\s*[=.\]]""")
    for number, line in enumerate(text.splitlines(), start=1):
        if start.match(line):
            return f":{number}"
    return ""
