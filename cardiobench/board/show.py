"""A board's tables for the terminal and for other programs."""

import json
import re
from collections.abc import Callable, Collection, Mapping, Sequence

from cardiobench.board.facts import Board, suite_version
from cardiobench.board.formats import as_csv, as_latex
from cardiobench.board.pages.front import group_cells, top_cells
from cardiobench.board.pages.tasks import task_cells
from cardiobench.board.ranks import mean_ranks, ranked
from cardiobench.board.read import BoardData
from cardiobench.board.words import caption
from cardiobench.errors import UnknownNameError
from cardiobench.foundation.markdown import table, visible

FORMATS = ("table", "md", "csv", "json", "latex")
_NUMBER = re.compile(r"[+-]?\d[\d,]*(?:\.\d+)?")
Cells = Sequence[Mapping[str, str]]


def show(board: Board, *, task: str | None, style: str, sort: str | None) -> str:
    """The top table, or a task's.

    Args:
        board: what to show.
        task: name of a task with results, or None for the suite.
        style: one of :data:`FORMATS`.
        sort: first letters of a column's heading, or None for the order of the board.

    Raises:
        UnknownNameError: there is no such task or column.
    """
    by_name = {facts.spec.name: facts for facts in board.tasks}
    if task is not None and task not in by_name:
        raise UnknownNameError("task", task, by_name)
    facts = by_name.get(task or "")
    said = caption(facts) if facts else suite_version()
    cells: Cells = (
        [task_cells(board, facts, row) for row in facts.rows]
        if facts
        else [top_cells(board, row) for row in board.rows]
    )
    return _STYLES[style](_sorted(cells, sort) if sort else cells, said)


def short_table(data: BoardData, shown: Collection[tuple[str, str]]) -> str:
    """A few columns for the terminal: model, means over the suite, throughput.

    Args:
        data: of the whole board.
        shown: names and revisions of the models to show; their rows of this folder, if they have.
    """
    own = {row.key[:2]: row for row in reversed(data.rows) if row.key[:2] in shown}
    rows = list(own.values())
    ranks = mean_ranks(rows)
    cells = [
        {
            "model": row.manifest.model.name,
            **group_cells(row, ranks[row.key]),
            "texts/s": f"{row.speed.best_texts_per_second:,.0f}" if row.speed else "-",
        }
        for row in ranked(rows)
    ]
    return _terminal(cells, "")


def _sorted(cells: Cells, column: str) -> Cells:
    headings = [h for row in cells[:1] for h in row]
    heading = next((h for h in headings if h.lower().startswith(column.lower())), None)
    if heading is None:
        raise UnknownNameError("column", column, headings)
    numbers = [_number(row[heading]) for row in cells]
    if all(number is None for number in numbers):
        return sorted(cells, key=lambda row: row[heading])
    sign = -1 if "↑" in heading else 1
    # Rows without a value come last either way.
    order = sorted(
        range(len(cells)), key=lambda k: (numbers[k] is None, sign * (numbers[k] or 0.0), k)
    )
    return [cells[k] for k in order]


def _number(text: str) -> float | None:
    found = _NUMBER.match(text)
    return float(found[0].replace(",", "")) if found else None


def _terminal(cells: Cells, said: str) -> str:
    from tabulate import tabulate

    plain = [{key: visible(value) for key, value in row.items()} for row in cells]
    shown = tabulate(plain, headers="keys", disable_numparse=True)
    return f"{shown}\n{said}".rstrip()


def _markdown(cells: Cells, said: str) -> str:
    return f"{table(cells)}\n\n{said}" if cells else said


def _json(cells: Cells, said: str) -> str:
    return json.dumps({"about": said, "rows": list(cells)}, ensure_ascii=False, indent=1)


_STYLES: dict[str, Callable[[Cells, str], str]] = {
    "table": _terminal,
    "md": _markdown,
    "csv": lambda cells, said: as_csv(cells).rstrip("\n"),
    "json": _json,
    "latex": lambda cells, said: as_latex(cells, said).rstrip("\n"),
}
