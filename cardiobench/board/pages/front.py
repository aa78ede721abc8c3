"""What a reader sees first: the top table, and which differences in it are real."""

from collections.abc import Sequence
from functools import partial
from itertools import pairwise
from typing import Any

from cardiobench.board.chance import chance_of
from cardiobench.board.columns import Column, cells
from cardiobench.board.competitors import Competitor
from cardiobench.board.facts import Board, TaskFacts, suite_version
from cardiobench.board.pairs import tasks_won
from cardiobench.board.rows import PUBLISHED
from cardiobench.board.shared_columns import MODEL, ORIGIN, top_columns
from cardiobench.board.words import NO_TASKS, p_value, page_name, score_name, suite_label
from cardiobench.foundation.markdown import Markup, escape, link, table
from cardiobench.results.withdrawals import Retired
from cardiobench.statistics.comparisons import LEVEL
from cardiobench_tasks.catalogue import SUITE

# More columns than these are wider than a page.
MOST_COLUMNS = 7
_NEIGHBOURS = 10
_PAIRS_NOTE = (
    "Each against the next one, on the same items of all tasks of the suite. p: paired sign-flip "
    "test over the suite, kinds of task weighing alike, with the spread over seeds, Holm-corrected "
    "over all pairs. Won and lost: tasks on which the difference is real by itself (Holm over all "
    "tasks of all lines of the table, 5%). Group: those that share a letter cannot be told apart."
)
_OWN_NOTE = (
    "Rows of this folder against the published ones next to them; they move none of them. p is "
    "Holm-corrected over all pairs of such a row with a published one."
)


def narrow_columns(board: Board) -> tuple[list[Column[Competitor]], list[Column[Competitor]]]:
    """The same without where a line is from, which its name says: seven columns, and the rest."""
    named: Column[Competitor] = Column(key=MODEL.key, value=partial(_named, board))
    rank, *others = [c for c in top_columns(board) if c.key not in (MODEL.key, ORIGIN.key)]
    if len(others) > MOST_COLUMNS - 2:
        # The mean rank gives way to the kinds that it is a mean of.
        others = [*others[1:], others[0]]
    shown, rest = others[: MOST_COLUMNS - 2], others[MOST_COLUMNS - 2 :]
    group: Column[Competitor] = Column(key="group", value=lambda line: board.letters.get(line.key))
    return [rank, named, *shown], [named, *rest, group] if rest else []


def _named(board: Board, line: Competitor) -> str:
    own = board.mixed and line.origin != PUBLISHED
    return f"{line.title} ({line.origin})" if own else line.title


def top_tables(board: Board) -> list[str]:
    """Ranked lines, then what has no place, then chance; a second table for further columns."""
    first, rest = narrow_columns(board)
    top = _with_chance(board, first)
    return [top, "Further columns of the same lines:", _with_chance(board, rest)] if rest else [top]


def _with_chance(board: Board, columns: Sequence[Column[Competitor]]) -> str:
    chance = {column.title: _chance_cell(column) for column in columns}
    return table([*cells(columns, board.shown), chance])


def _chance_cell(column: Column[Any]) -> str:
    levels = [chance_of(spec) for spec in SUITE if spec.group == column.key]
    if levels:
        return f"{sum(levels) / len(levels):.3f}"
    return Markup("*chance*") if column.key == MODEL.key else ""


def unranked_note(board: Board) -> list[str]:
    """Which tasks are missing where a competitor has only a part of the suite."""
    if not board.unranked:
        return []
    lines = [f"- {escape(one.title)} lacks {_missing(one)}" for one in board.unranked]
    return [
        "Without a place, and so below those that have one, since a part of the suite is missing:",
        "\n".join(lines),
    ]


def _missing(line: Competitor) -> str:
    return "every task" if len(line.missing) == len(SUITE) else ", ".join(line.missing)


def differences(board: Board) -> list[str]:
    """How many pairs differ over the suite, and the best competitors each against the next."""
    tested = board.pairs.tested
    if len(tested) < 2:
        return [
            "It takes two published models with results on the whole suite to compare them.",
            *_own_differences(board),
        ]
    count = len(tested) * (len(tested) - 1) // 2
    real = sum(
        board.pairs.p_holm[one, other] < LEVEL
        for one in range(len(tested))
        for other in range(one + 1, len(tested))
    )
    summary = f"{real} of {count} pairs of the {len(tested)} tested lines differ over the suite."
    return [
        f"{summary} {_PAIRS_NOTE} {suite_version()}.",
        table(_neighbour_cells(board)),
        *_own_differences(board),
    ]


def _neighbour_cells(board: Board) -> list[dict[str, str]]:
    tested = board.pairs.tested[:_NEIGHBOURS]
    pairs = list(pairwise(tested))
    won_and_lost = tasks_won(_compared(board.suite), pairs)
    lines = []
    for at, ((one, other), (won, lost)) in enumerate(zip(pairs, won_and_lost, strict=True)):
        p = board.pairs.p_holm[at, at + 1]
        ahead = "model" if board.pairs.difference[at, at + 1] > 0 else "next"
        lines.append(
            {
                "model": one.title,
                "group": board.letters[one.key],
                "next": other.title,
                "p": p_value(p),
                "better": ahead if p < LEVEL else "neither",
                "won": ", ".join(won) or "none",
                "lost": ", ".join(lost) or "none",
            }
        )
    return lines


def _own_differences(board: Board) -> list[str]:
    """Each own competitor against the published ones above and below it."""
    tested, means = board.pairs.tested, board.places.mean_ranks
    lines = []
    for at, own in enumerate(board.pairs.own):
        below = sum(means[line.key] <= means[own.key] for line in tested)
        for k in range(max(below - 1, 0), min(below + 1, len(tested))):
            p = board.pairs.own_p[at, k]
            ahead = own if board.pairs.own_difference[at, k] > 0 else tested[k]
            lines.append(
                {
                    "row": own.title,
                    "published": tested[k].title,
                    "p": p_value(p),
                    "better": ahead.title if p < LEVEL else "not told apart",
                }
            )
    return [_OWN_NOTE, table(lines)] if lines else []


def _compared(tasks: Sequence[TaskFacts]) -> dict[str, Any]:
    return {f.spec.name: (f.tested, f.pairs) for f in tasks if f.pairs is not None}


def gains_in_words(board: Board) -> list[str]:
    """One line for the best adapted competitor: where adaptation helped or harmed."""
    by_name = {row.title: line for line in board.competitors for row in line.rows}
    for line in board.competitors:
        base = by_name.get(line.manifest.model.adapted_from or "")
        if base is None:
            continue
        compared = _compared(board.suite)
        ((won, lost),) = tasks_won(compared, [(line, base)])
        return [
            f"The best adapted model, {escape(line.title)}, gains on {len(won)} of {len(compared)} "
            f"tasks over its base and loses on {len(lost)} (Holm over the tasks, 5%): "
            "[adapted against zero-shot](adapted.md)."
        ]
    return []


def task_table(board: Board) -> str:
    """Every task with its best competitor, what baselines and chance give, and its page."""
    return table([_task_cells(facts) for facts in board.tasks]) if board.tasks else NO_TASKS


def _task_cells(facts: TaskFacts) -> dict[str, str]:
    spec = facts.spec
    best, floor = next(iter(facts.competitors), None), next(iter(facts.floors), None)
    return {
        "task": link(spec.name, f"tasks/{page_name(spec.name)}.md"),
        "suite": suite_label(spec),
        "score": f"{score_name(spec)} ↑",
        "n": f"{facts.n:,}",
        "best": best.title if best else "-",
        "its score": f"{best.estimates[spec.name].value:.3f}" if best else "-",
        "baseline / chance": (
            f"{floor.estimates[spec.name].value:z.3f} / {chance_of(spec):.3f}"
            if floor
            else f"- / {chance_of(spec):.3f}"
        ),
    }


def retired_section(retired: Sequence[Retired]) -> str:
    """Markdown: a line for each entry that is not ranked; nothing where there is none."""
    if not retired:
        return ""
    lines = [
        f"- {escape(gone.entry.name)} at {escape(gone.entry.revision[:12])}: {escape(gone.reason)}"
        for gone in retired
    ]
    return "\n".join(["\n## Withdrawn and superseded\n", *lines]) + "\n"
