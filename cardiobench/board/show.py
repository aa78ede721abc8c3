"""A board's tables for the terminal and for other programs."""

import json
from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from cardiobench.board.columns import Column, cells, exported, markdown, sorted_by
from cardiobench.board.facts import Board, board_of, suite_version
from cardiobench.board.formats import as_csv, as_latex
from cardiobench.board.pages.front import short_columns, top_columns
from cardiobench.board.pages.tasks import task_columns
from cardiobench.board.read import BoardData
from cardiobench.board.rows import Row
from cardiobench.board.words import caption
from cardiobench.errors import UnknownNameError
from cardiobench.foundation.markdown import visible

FORMATS = ("table", "md", "csv", "json", "latex")
Columns = Sequence[Column[Row]]
_T = TypeVar("_T")


def show(board: Board, *, task: str | None, style: str, sort: str | None) -> str:
    """The top table, or a task's.

    Args:
        board: what to show.
        task: name of a task with results, or None for the suite.
        style: one of :data:`FORMATS`; in ``csv`` and ``json`` numbers are numbers.
        sort: first letters of a column's heading, or its key; None for the order of the board.

    Raises:
        UnknownNameError: there is no such task or column.
    """
    by_name = {facts.spec.name: facts for facts in board.tasks}
    if task is not None and task not in by_name:
        raise UnknownNameError("task", task, by_name)
    facts = by_name.get(task or "")
    columns = task_columns(board, facts) if facts else top_columns(board)
    rows = facts.rows if facts else board.rows
    about = caption(facts) if facts else suite_version()
    return _STYLES[style](columns, sorted_by(columns, rows, sort) if sort else rows, about)


def short_table(data: BoardData, shown: Collection[tuple[str, str]]) -> str:
    """A few columns for the terminal: model, means over the suite, throughput.

    Args:
        data: of the whole board.
        shown: names and revisions of the models to show; their rows of this folder, if they have.
    """
    own = {row.key[:2]: row for row in reversed(data.rows) if row.key[:2] in shown}
    board = board_of(BoardData(rows=tuple(own.values())))
    return _terminal(short_columns(board), board.rows, "")


def _terminal(columns: Columns, rows: Sequence[Row], about: str) -> str:
    from tabulate import tabulate

    plain = [{key: visible(text) for key, text in row.items()} for row in cells(columns, rows)]
    return f"{tabulate(plain, headers='keys', disable_numparse=True)}\n{about}".rstrip()


def _markdown(columns: Columns, rows: Sequence[Row], about: str) -> str:
    return f"{markdown(columns, rows)}\n\n{about}" if rows else about


def _json(columns: Columns, rows: Sequence[Row], about: str) -> str:
    records = [exported(columns, row) for row in rows]
    return json.dumps({"about": about, "rows": records}, ensure_ascii=False, indent=1)


_STYLES: dict[str, Callable[[Columns, Sequence[Row], str], str]] = {
    "table": _terminal,
    "md": _markdown,
    "csv": lambda columns, rows, _: as_csv([exported(columns, row) for row in rows]).rstrip("\n"),
    "json": _json,
    "latex": lambda columns, rows, about: as_latex(cells(columns, rows), about).rstrip("\n"),
}
