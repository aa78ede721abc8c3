"""Columns of a board's tables as data: one list for Markdown, LaTeX, CSV, JSON and the terminal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

from cardiobench.board.ranks import Rank
from cardiobench.errors import UnknownNameError
from cardiobench.foundation.markdown import table
from cardiobench.statistics.estimates import Estimate

DIGITS = 6
Value = str | bool | int | float | Rank | Estimate | None
# Of what has no place, in a column of places.
NO_RANK = Rank(place=0, low=0, high=0)
T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[T_contra]):
    """One column of a table, whatever form the table takes.

    Attributes:
        key: its name in CSV and JSON.
        value: of a record; None where it has none.
        heading: its name where people read it, without the arrow; the key if empty.
        form: a value as people read it.
        direction: which way is better, or nothing.
        right: whether the text stands at the right.
    """

    key: str
    value: Callable[[T_contra], Value]
    heading: str = ""
    form: Callable[[Any], str] = str
    direction: Literal["↑", "↓", ""] = ""
    right: bool = False

    @property
    def title(self) -> str:
        """The heading with its arrow."""
        return f"{self.heading or self.key} {self.direction}".rstrip()

    def text(self, record: T_contra) -> str:
        """The cell of a record; a dash where it has no value."""
        value = self.value(record)
        return "-" if value is None or value is NO_RANK else self.form(value)


def cells(columns: Sequence[Column[T]], records: Sequence[T]) -> list[dict[str, str]]:
    """The texts of each record, by title."""
    return [{column.title: column.text(record) for column in columns} for record in records]


def markdown(columns: Sequence[Column[T]], records: Sequence[T]) -> str:
    """A Markdown table of one record or more."""
    right = [column.title for column in columns if column.right]
    return table(cells(columns, records), right=right)


def exported(columns: Sequence[Column[T]], record: T) -> dict[str, Any]:
    """Plain values of a record for CSV and JSON; intervals take columns of their own."""
    values: dict[str, Any] = {}
    for column in columns:
        values |= _plain(column.key, column.value(record))
    return values


def _plain(key: str, value: Value) -> Mapping[str, Any]:
    if isinstance(value, Estimate):
        ends = {"ci_low": value.low, "ci_high": value.high, "standard_error": value.standard_error}
        return {name: rounded(number) for name, number in {key: value.value, **ends}.items()}
    if value is NO_RANK:
        return {key: None, f"{key}_low": None, f"{key}_high": None}
    if isinstance(value, Rank):
        return {key: value.place, f"{key}_low": value.low, f"{key}_high": value.high}
    return {key: rounded(value) if isinstance(value, float) else value}


def rounded(value: float) -> float:
    """Six digits; -0.0 and 0.0 are one number, so they are written alike."""
    return round(float(value), DIGITS) + 0.0


def sorted_by(columns: Sequence[Column[T]], records: Sequence[T], asked: str) -> list[T]:
    """Records by one column: best first where it says what is better, else smallest first.

    Args:
        columns: of the table.
        records: in the table's own order, which decides between equals.
        asked: first letters of the column's heading, or its key.

    Raises:
        UnknownNameError: there is no such column.
    """
    first = asked.lower()
    column = next((c for c in columns if c.key == first or c.title.lower().startswith(first)), None)
    if column is None:
        raise UnknownNameError("column", asked, [c.title for c in columns])
    valued = [(_order(column.value(record)), record) for record in records]
    known = [pair for pair in valued if pair[0] is not None]
    # Sorting in reverse keeps equals as they stood. Rows without a value come last either way.
    known.sort(key=lambda pair: pair[0], reverse=column.direction == "↑")
    return [record for _, record in known] + [record for value, record in valued if value is None]


def _order(value: Value) -> Any:
    if value is NO_RANK:
        return None
    if isinstance(value, Estimate):
        return value.value
    return (value.low, value.place) if isinstance(value, Rank) else value
