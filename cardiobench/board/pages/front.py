"""What a reader sees first: the top table, and which differences in it are real."""

from collections.abc import Sequence
from functools import partial

from cardiobench.board.columns import Column
from cardiobench.board.facts import Board, TaskFacts, suite_version
from cardiobench.board.row_columns import MODEL_COLUMNS, THROUGHPUT, name_columns
from cardiobench.board.rows import Row, group_mean
from cardiobench.board.words import p_value, page_name, score_name, suite_label
from cardiobench.foundation.markdown import escape, link, table
from cardiobench.models.baselines import BASELINES
from cardiobench.results.withdrawals import Retired
from cardiobench.statistics.comparisons import LEVEL

GROUPS = {
    "separation": "separation AUROC",
    "negation": "negation accuracy",
    "retrieval": "retrieval, mean nDCG@10",
    "findings": "findings AUROC",
    "transfer": "other specialties, mean AUROC",
}
_NEIGHBOURS = 10
_PAIRS_NOTE = (
    "Each row against the next one, on the same items of all tasks of the suite. p: paired "
    "sign-flip test over the suite, Holm-corrected over all pairs of rows. Won and lost: tasks on "
    "which the difference is real by itself (Holm over the task's pairs, 5%)."
)


def top_columns(board: Board) -> list[Column[Row]]:
    """Rank, group, model, and means over tasks of one kind."""
    return [
        Column(key="rank", value=lambda row: board.ranks[row.key]),
        *name_columns(board),
        Column(key="group", value=lambda row: board.letters.get(row.key)),
        *MODEL_COLUMNS,
        *mean_columns(board),
    ]


def short_columns(board: Board) -> list[Column[Row]]:
    """What fits a terminal: model, means over tasks of one kind, throughput."""
    return [*name_columns(board)[:1], *mean_columns(board), THROUGHPUT]


def mean_columns(board: Board) -> list[Column[Row]]:
    """Mean rank, and the mean score of each kind of task."""
    means: list[Column[Row]] = [
        Column(
            key=group,
            heading=heading,
            value=partial(group_mean, group=group),
            form="{:z.3f}".format,
            direction="↑",
        )
        for group, heading in GROUPS.items()
    ]
    return [
        Column(
            key="mean_rank",
            heading="mean rank",
            value=lambda row: board.mean_ranks[row.key],
            form="{:.2f}".format,
            direction="↓",
        ),
        *means,
    ]


def differences(board: Board) -> list[str]:
    """How many pairs differ over the suite, and the best rows each against the next."""
    rows = board.suite_tested
    if len(rows) < 2:
        return ["It takes two rows with results on the whole suite to compare them."]
    pairs = len(rows) * (len(rows) - 1) // 2
    real = sum(
        board.suite_p[one, other] < LEVEL
        for one in range(len(rows))
        for other in range(one + 1, len(rows))
    )
    cells = [_neighbour_cells(board, k) for k in range(min(len(rows), _NEIGHBOURS) - 1)]
    count = f"{real} of {pairs} pairs of the {len(rows)} tested rows differ over the suite."
    return [f"{count} {_PAIRS_NOTE} {suite_version()}.", table(cells)]


def _neighbour_cells(board: Board, position: int) -> dict[str, str]:
    better, other = board.suite_tested[position], board.suite_tested[position + 1]
    won, lost = _tasks_won(board.suite, better, other), _tasks_won(board.suite, other, better)
    p = board.suite_p[position, position + 1]
    return {
        "row": better.manifest.model.name,
        "next row": other.manifest.model.name,
        "p": p_value(p),
        "told apart": "yes" if p < LEVEL else "no",
        "won": ", ".join(won) or "none",
        "lost": ", ".join(lost) or "none",
    }


def _tasks_won(tasks: Sequence[TaskFacts], one: Row, other: Row) -> list[str]:
    """Tasks on which one row is better than another, and the difference is real."""
    won = []
    for facts in tasks:
        places = {row.key: k for k, row in enumerate(facts.tested)}
        if facts.pairs is None or one.key not in places or other.key not in places:
            continue
        pair = places[one.key], places[other.key]
        if facts.pairs.p_holm[pair] < LEVEL and facts.pairs.difference[pair] > 0:
            won.append(facts.spec.name)
    return won


def gains_in_words(board: Board) -> list[str]:
    """One line for the best adapted row: where adaptation helped or harmed."""
    row = next((row for row in board.rows if row.gains), None)
    if row is None:
        return []
    gains = [row.gains[facts.spec.name] for facts in board.suite if facts.spec.name in row.gains]
    better, worse = sum(g.low > 0 for g in gains), sum(g.high < 0 for g in gains)
    return [
        f"The best adapted row gains on {better} of {len(gains)} tasks and loses on {worse} (the "
        "interval of the paired gain leaves out 0): [adapted against zero-shot](adapted.md)."
    ]


def task_table(board: Board) -> str:
    """Every task with its best row, and a link to its page."""
    return table(
        [
            {
                "task": link(facts.spec.name, f"tasks/{page_name(facts.spec.name)}.md"),
                "suite": suite_label(facts.spec),
                "asks": facts.spec.asks,
                "score": f"{score_name(facts.spec)} ↑",
                "n": f"{facts.n:,}",
                "data": facts.spec.revision[:12],
                "best row": facts.rows[0].manifest.model.name,
                "its score": f"{facts.rows[0].estimates[facts.spec.name].value:.3f}",
            }
            for facts in board.tasks
        ]
    )


def baseline_table(board: Board) -> list[str]:
    """What a score is worth without understanding: random vectors and TF-IDF on each task."""
    rows = {row.manifest.model.name: row for row in board.rows}
    shown = [name for name in BASELINES if name in rows]
    if not shown:
        return ["No baselines here. Type: cardiobench run"]
    cells = [
        {
            "task": facts.spec.name,
            "score": f"{score_name(facts.spec)} ↑",
            "n": f"{facts.n:,}",
            "data": facts.spec.revision[:12],
            **{name: _value(rows[name], facts) for name in shown},
            "best row": f"{facts.rows[0].estimates[facts.spec.name].value:.3f}",
        }
        for facts in board.suite
    ]
    return ["Random vectors and TF-IDF: what a score is worth without understanding.", table(cells)]


def _value(row: Row, facts: TaskFacts) -> str:
    estimate = row.estimates.get(facts.spec.name)
    return f"{estimate.value:z.3f}" if estimate else "-"


def retired_section(retired: Sequence[Retired]) -> str:
    """Markdown: a line for each entry that is not ranked; nothing where there is none."""
    if not retired:
        return ""
    lines = [
        f"- {escape(one.entry.name)} at {escape(one.entry.revision[:12])}: {escape(one.reason)}"
        for one in retired
    ]
    return "\n".join(["\n## Withdrawn and superseded\n", *lines]) + "\n"
