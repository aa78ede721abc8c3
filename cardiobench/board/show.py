"""A board's tables for the terminal and for other programs."""

import json
from collections.abc import Callable, Collection, Sequence

from cardiobench.board.chance import chance_of
from cardiobench.board.columns import Column, cells, exported, markdown, sorted_by
from cardiobench.board.competitors import Competitor
from cardiobench.board.facts import Board, TaskFacts, suite_version
from cardiobench.board.formats import as_csv, as_latex
from cardiobench.board.pages.tasks import task_columns
from cardiobench.board.shared_columns import MODEL, mean_rank_column, rank_column, top_columns
from cardiobench.board.words import caption, interval, score_name
from cardiobench.errors import UnknownNameError
from cardiobench.foundation.markdown import visible

FORMATS = ("table", "md", "csv", "json", "latex")
Columns = Sequence[Column[Competitor]]


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
    shown = facts.shown if facts else board.shown
    about = caption(facts) if facts else suite_version()
    text = _STYLES[style](columns, sorted_by(columns, shown, sort) if sort else shown, about)
    if facts or style not in ("table", "md"):
        return text
    return ("\n\n" if style == "md" else "\n").join([text, *_without_rank(board.unranked)])


def run_table(
    board: Board, models: Collection[tuple[str, str]], tasks: Collection[str], width: int = 80
) -> str:
    """What a run is about: a column with intervals for each task that was run; the board's ranks.

    Where the table is wider than the terminal, each task has lines of its own.

    Args:
        board: the whole board.
        models: names and revisions of the models of the run.
        tasks: names of the tasks that were run.
        width: of the terminal, in characters.
    """
    lines = [line for line in board.shown if any(row.key[:2] in models for row in line.rows)]
    run = [facts for facts in board.tasks if facts.spec.name in tasks]
    ranks: list[Column[Competitor]] = [MODEL, rank_column(board), mean_rank_column(board)]
    table = _terminal([*ranks, *map(_task_column, run)], lines, "")
    if max(map(len, table.splitlines()), default=0) > width:
        blocks = [_terminal(ranks, lines, ""), *(_of_task(facts, lines) for facts in run)]
        table = "\n\n".join(blocks)
    partial = [one for one in lines if one.missing and not one.is_floor]
    return "\n".join([table, *_without_rank(partial)])


def _without_rank(partial: Sequence[Competitor]) -> list[str]:
    """A line for each that has only a part of the suite; they stand below the ranked ones."""
    return [f"{one.title} has no rank: it lacks {', '.join(one.missing)}." for one in partial]


def _task_column(facts: TaskFacts) -> Column[Competitor]:
    name = facts.spec.name
    return Column(
        key=name, value=lambda line: line.estimates.get(name), form=interval, direction="↑"
    )


def _of_task(facts: TaskFacts, lines: Sequence[Competitor]) -> str:
    """A task's heading, and a line for each model with its result, best first."""
    spec = facts.spec
    heading = f"{spec.name}: {score_name(spec)}, higher is better, chance {chance_of(spec):.3f}"
    scores = (
        f"  {interval(line.estimates[spec.name])}  {visible(line.title)}"
        for line in facts.shown
        if line in lines
    )
    return "\n".join([heading, *scores])


def _terminal(columns: Columns, rows: Sequence[Competitor], about: str) -> str:
    from tabulate import tabulate

    plain = [{key: visible(text) for key, text in row.items()} for row in cells(columns, rows)]
    return f"{tabulate(plain, headers='keys', disable_numparse=True)}\n{about}".rstrip()


def _markdown(columns: Columns, rows: Sequence[Competitor], about: str) -> str:
    return f"{markdown(columns, rows)}\n\n{about}" if rows else about


def _json(columns: Columns, rows: Sequence[Competitor], about: str) -> str:
    records = [exported(columns, row) for row in rows]
    return json.dumps({"about": about, "rows": records}, ensure_ascii=False, indent=1)


_STYLES: dict[str, Callable[[Columns, Sequence[Competitor], str], str]] = {
    "table": _terminal,
    "md": _markdown,
    "csv": lambda columns, rows, _: as_csv([exported(columns, row) for row in rows]).rstrip("\n"),
    "json": _json,
    "latex": lambda columns, rows, about: as_latex(cells(columns, rows), about).rstrip("\n"),
}
