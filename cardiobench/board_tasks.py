"""A page for each task: scores, places, groups, pairs, and scores within strata."""

from collections.abc import Iterator, Mapping, Sequence

from cardiobench.board_facts import Board, TaskFacts
from cardiobench.board_text import GENERATED, caption, interval, p_value, page_name, score_name
from cardiobench.comparisons import Comparison
from cardiobench.leaderboard import Row
from cardiobench.markdown import escape, table
from cardiobench.tiers import tier
from cardiobench_tasks.catalogue import SUITE_NAME, TaskSpec

SHOWN_PAIRS_OF = 10
AREA = "area_"

_PAIRS_NOTE = (
    "All pairs of the best rows, on the same items. p: paired sign-flip test, Holm-corrected over "
    "all pairs of tested rows. Welch p: Welch's test as in the study, which does not know that "
    "items are paired, Holm-corrected. d: Cohen's d over items."
)


def task_pages(board: Board) -> dict[str, str]:
    """The tasks' pages by file name."""
    return {f"tasks/{page_name(f.spec.name)}.md": _page(board, f) for f in board.tasks}


def _page(board: Board, facts: TaskFacts) -> str:
    spec = facts.spec
    label = " (hard suite)" if spec.hard else ""
    if spec.from_plugin:
        label = f" (from {escape(spec.provider)}; not part of {SUITE_NAME})"
    sections = [
        f"# {escape(spec.name)}{label}",
        f"{escape(spec.asks)} {caption(facts)}",
        GENERATED,
        table([task_cells(board, facts, row) for row in facts.rows]),
        _group_note(facts),
        *_pairs(facts),
        *_strata(facts),
        "[Back to the board](../README.md)",
    ]
    return "\n\n".join(sections) + "\n"


def _group_note(facts: TaskFacts) -> str:
    tested = len(facts.tested)
    what = f"the best {tested} rows" if tested < len(facts.rows) else "the rows"
    return (
        f"Rank: 95% interval of the place. Group: of {what}, those that share a letter cannot be "
        "told apart (paired sign-flip test, Holm over all pairs, 5%)."
    )


def task_cells(board: Board, facts: TaskFacts, row: Row) -> dict[str, str]:
    """One row of a task's table."""
    spec = facts.spec
    found = row.estimates[spec.name]
    cells = {
        "rank": str(facts.ranks[row.key]),
        **board.name(row),
        "kind": row.manifest.model.kind,
        f"{score_name(spec)} ↑": interval(found),
        "group": facts.letters.get(row.key, "-"),
    }
    unmatched = row.scores[spec.name].get("unmatched_separation")
    if isinstance(unmatched, int | float):
        # The study's pairs are not matched on wording, so its tiers belong to this stratum.
        cells["tier"] = tier(unmatched)
    return {**cells, **{heading: _score(row, spec, key) for heading, key in spec.details}}


def _pairs(facts: TaskFacts) -> list[str]:
    if facts.pairs is None:
        return []
    rows = facts.tested[:SHOWN_PAIRS_OF]
    cells = [
        _pair_cells(facts.pairs, rows, one, other)
        for one in range(len(rows))
        for other in range(one + 1, len(rows))
    ]
    return ["## Pairs", f"{_PAIRS_NOTE} {caption(facts)}", table(cells)]


def _pair_cells(pairs: Comparison, rows: Sequence[Row], one: int, other: int) -> dict[str, str]:
    return {
        "model": rows[one].manifest.model.name,
        "against": rows[other].manifest.model.name,
        "difference": f"{pairs.difference[one, other]:+.3f}",
        "p": p_value(pairs.p_holm[one, other]),
        "Welch p": p_value(pairs.welch_holm[one, other]),
        "d": f"{pairs.cohens_d[one, other]:+.2f}",
    }


def _strata(facts: TaskFacts) -> Iterator[str]:
    strata = facts.strata
    shown = {label: key for label, key in strata.items() if not label.startswith(AREA)}
    if shown:
        yield "## By stratum"
        yield f"Small strata are noisy. {caption(facts)}"
        yield stratum_table(facts.spec, facts.rows, shown)
    if len(shown) < len(strata):
        areas = [label for label in strata if label.startswith(AREA)]
        links = (
            f"[{escape(a.removeprefix(AREA))}](../areas/{page_name(a.removeprefix(AREA))}.md)"
            for a in areas
        )
        yield f"By area: {', '.join(links)}."


def stratum_table(spec: TaskSpec, rows: Sequence[Row], strata: Mapping[str, str]) -> str:
    """Models down, strata across."""
    return table(
        [
            {
                "model": row.manifest.model.name,
                **{f"{label} ↑": _score(row, spec, key) for label, key in strata.items()},
            }
            for row in rows
        ]
    )


def _score(row: Row, spec: TaskSpec, key: str) -> str:
    value = row.scores[spec.name].get(key)
    return f"{value:z.3f}" if isinstance(value, int | float) else "-"
