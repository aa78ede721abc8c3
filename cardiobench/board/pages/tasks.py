"""A page for each task (scores, places, groups, pairs, strata), and for each area of cardiology."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from cardiobench.board.columns import Column, markdown
from cardiobench.board.facts import Board, TaskFacts
from cardiobench.board.row_columns import KIND, MODEL, name_columns, score_columns
from cardiobench.board.rows import Row
from cardiobench.board.study.facts import tier
from cardiobench.board.words import GENERATED, caption, p_value, page_name
from cardiobench.foundation.markdown import escape, table
from cardiobench.statistics.comparisons import Comparison
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
        markdown(task_columns(board, facts), facts.rows),
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


def task_columns(board: Board, facts: TaskFacts) -> list[Column[Row]]:
    """Place, score with interval, group, and the task's further scores."""
    spec = facts.spec
    spec = facts.spec
    score, rank, group = score_columns(facts)
    columns = [rank, *name_columns(board), KIND, score, group]
    if any("unmatched_separation" in row.scores[spec.name] for row in facts.rows):
        # The study's pairs are not matched on wording, so its tiers belong to this stratum.
        columns.append(
            Column(
                key="tier",
                heading="tier",
                value=lambda row: tier(row.scores[spec.name]["unmatched_separation"]),
            )
        )
    return [*columns, *(_score_column(spec, key, heading) for heading, key in spec.details)]


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
    scores = [_score_column(spec, key, label, "↑") for label, key in strata.items()]
    return markdown([MODEL, *scores], rows)


def area_pages(board: Board) -> dict[str, str]:
    """The areas' pages by file name."""
    return {f"areas/{page_name(area)}.md": _area_page(board, area) for area in areas_of(board)}


def areas_of(board: Board) -> list[str]:
    """Every area that a task tells apart, by name."""
    labels = (label for facts in board.tasks for label in facts.strata)
    return sorted({label.removeprefix(AREA) for label in labels if label.startswith(AREA)})


def _area_page(board: Board, area: str) -> str:
    sections = [
        f"# Area: {escape(area.replace('_', ' '))}",
        "Main score of each task on its items of this area; few items make a noisy score. n counts "
        "all items of the task.",
        GENERATED,
    ]
    for facts in board.tasks:
        key = facts.strata.get(f"{AREA}{area}")
        if key is not None:
            name = escape(facts.spec.name)
            sections += [
                f"## [{name}](../tasks/{page_name(facts.spec.name)}.md)",
                caption(facts),
                stratum_table(facts.spec, facts.rows, {area.replace("_", " "): key}),
            ]
    return "\n\n".join([*sections, "[Back to the board](../README.md)"]) + "\n"


def _score_column(
    spec: TaskSpec, key: str, heading: str, direction: Literal["↑", ""] = ""
) -> Column[Row]:
    def value(row: Row) -> float | None:
        score = row.scores[spec.name].get(key)
        return float(score) if isinstance(score, int | float) else None

    return Column(key=key, heading=heading, value=value, form="{:z.3f}".format, direction=direction)
