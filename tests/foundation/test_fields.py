"""Fields of a frozen dataclass: outside data fits its type and limits, or is one line."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

import pytest

from cardiobench.errors import CardioBenchError
from cardiobench.foundation.fields import check_fields, limits


class Side(StrEnum):
    """Two texts."""

    LEFT = "left"
    RIGHT = "right"


@dataclass(frozen=True, kw_only=True)
class Inner:
    """A part with a field of its own."""

    share: float = field(metadata=limits(low=0, high=1))

    def __post_init__(self) -> None:
        check_fields(self)


@dataclass(frozen=True, kw_only=True)
class Thing:
    """One field of each type."""

    name: str = field(default="heart", metadata=limits(pattern="[a-z]+"))
    side: Side = Side.LEFT
    size: int | None = field(default=None, metadata=limits(low=1, high=9))
    words: tuple[str, ...] = ()
    inner: Inner | None = None
    read: Callable[[], int] = int
    table: Mapping[str, Any] | None = None
    flag: bool = False

    def __post_init__(self) -> None:
        check_fields(self)


def test_what_json_leaves_becomes_the_fields_types() -> None:
    """Texts become members, lists tuples, tables parts, whole numbers of a share numbers."""
    thing = Thing(side="right", words=["a"], inner={"share": 1})  # type: ignore[arg-type]
    assert thing.side is Side.RIGHT
    assert thing.words == ("a",)
    assert thing.inner == Inner(share=1.0)
    assert isinstance(thing.inner.share, float)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", "Heart"),
        ("name", 3),
        ("name", "heart\n"),
        ("side", "up"),
        ("side", ["left"]),
        ("size", 10),
        ("size", True),
        ("size", 2.0),
        ("words", "ab"),
        ("words", [1]),
        ("read", 3),
        ("table", []),
        ("flag", 1),
    ],
)
def test_what_does_not_fit_is_named(name: str, value: object) -> None:
    """One line with type, field and value."""
    with pytest.raises(CardioBenchError, match=r"^Thing '?.*: .*=.* is not allowed") as caught:
        Thing(**{name: value})  # type: ignore[arg-type]
    assert f"{name}={value!r}" in str(caught.value)


def test_a_part_that_does_not_fit_names_itself() -> None:
    """The line is about the part's field, not about the whole."""
    with pytest.raises(CardioBenchError, match=r"^Inner: share=2 is not allowed"):
        Thing(inner={"share": 2})  # type: ignore[arg-type]
