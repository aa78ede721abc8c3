"""A page for each task (scores, places, groups, pairs, strata), and for each area of cardiology."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

from cardiobench.audit.floors import floor_of
from cardiobench.board.columns import Column, markdown
from cardiobench.board.competitors import Competitor
from cardiobench.board.facts import Board, TaskFacts
from cardiobench.board.shared_columns import KIND, MODEL, name_columns, score_columns
from cardiobench.board.study.facts import tier
from cardiobench.board.words import GENERATED, caption, p_value, page_name
from cardiobench.foundation.markdown import escape, table
from cardiobench.statistics.comparisons import LEVEL, Comparison
from cardiobench_tasks.catalogue import CATALOGUE, SUITE_NAME, TaskSpec

SHOWN_PAIRS_OF = 10
AREA = "area_"
# Tasks that were written apart call one area by two names.
_SAME_AREA = {"drug": "drugs"}
_TIERED = "unmatched_separation"
_TIER_NOTE = (
    "Tier: the study's word for the separation of the unmatched stratum, the closest to its own "
    "pairs; a counter of shared words passes there too."
)

_PAIRS_NOTE = (
    "All pairs of the best lines, on the same items. p: paired sign-flip test with the spread over "
    "seeds, Holm-corrected over all pairs of tested lines. Welch p: Welch's test as in the study, "
    "which knows neither that items are paired nor of seeds, Holm-corrected. d: Cohen's d over "
    "items."
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
        *_floor(spec),
        markdown(task_columns(board, facts), facts.shown),
        _group_note(facts),
        *_pairs(facts),
        *_strata(facts),
        "[Back to the board](../README.md)",
    ]
    return "\n\n".join(sections) + "\n"


def _floor(spec: TaskSpec) -> list[str]:
    """The line that a model must pass, from the kept audit of a task of ours."""
    if spec not in CATALOGUE:
        return []
    floor = floor_of(spec)
    return [
        f"Floor: **{floor.score:.3f}**, {floor.shortcut}; chance {floor.chance:.3f} "
        "([the audit](../audit.md)). A model below the floor knows no more than that shortcut."
    ]


def _group_note(facts: TaskFacts) -> str:
    tested = len(facts.tested)
    compared = f"the best {tested} lines" if tested < len(facts.competitors) else "the lines"
    tiers = f" {_TIER_NOTE}" if _has_tier(facts.spec) else ""
    return (
        "Rank: 95% interval of the place over items and seeds; baselines have none. Group: of "
        f"{compared} with a place, those that share a letter cannot be told apart (paired "
        f"sign-flip test with the spread over seeds, Holm over all pairs, 5%).{tiers}"
    )


def _has_tier(spec: TaskSpec) -> bool:
    return any(key == _TIERED for _, key in spec.details)


def task_columns(board: Board, facts: TaskFacts) -> list[Column[Competitor]]:
    """Place, score with interval, group, and the task's further scores."""
    spec = facts.spec
    score, seeds, rank, group = score_columns(facts)
    columns: list[Column[Competitor]] = [rank, *name_columns(board), KIND, score]
    if any(len(line.rows) > 1 for line in facts.competitors):
        columns.append(seeds)
    columns.append(group)
    columns += [score_column(spec, key, heading) for heading, key in spec.details]
    return [*columns, _tier_column(spec)] if _has_tier(spec) else columns


def _tier_column(spec: TaskSpec) -> Column[Competitor]:
    def value(line: Competitor) -> str | None:
        separation = line.score(spec.name, _TIERED)
        return None if separation is None else tier(separation)

    return Column(key="tier", heading="tier, unmatched", value=value)


def _pairs(facts: TaskFacts) -> list[str]:
    if facts.pairs is None:
        return []
    tested = facts.tested[:SHOWN_PAIRS_OF]
    cells = [
        _pair_cells(facts.pairs, tested, one, other)
        for one in range(len(tested))
        for other in range(one + 1, len(tested))
    ]
    return ["## Pairs", f"{_PAIRS_NOTE} {caption(facts)}", table(cells)]


def _pair_cells(
    pairs: Comparison, tested: Sequence[Competitor], one: int, other: int
) -> dict[str, str]:
    ahead = tested[one if pairs.difference[one, other] > 0 else other].title
    p = pairs.p_holm[one, other]
    return {
        "model": tested[one].title,
        "against": tested[other].title,
        "difference": f"{pairs.difference[one, other]:+.3f}",
        "p": p_value(p),
        "better": ahead if p < LEVEL else "not told apart",
        "Welch p": p_value(pairs.welch_holm[one, other]),
        "d": f"{pairs.cohens_d[one, other]:+.2f}",
    }


def _strata(facts: TaskFacts) -> Iterator[str]:
    strata = facts.strata
    shown = {label: key for label, key in strata.items() if not label.startswith(AREA)}
    if shown:
        yield "## By stratum"
        yield f"Small strata are noisy. {caption(facts)}"
        yield stratum_table(facts.spec, facts.shown, shown)
    if len(shown) < len(strata):
        areas = [area_of(label) for label in strata if label.startswith(AREA)]
        links = (f"[{escape(a.replace('_', ' '))}](../areas/{page_name(a)}.md)" for a in areas)
        yield f"By area: {', '.join(links)}."


def area_of(label: str) -> str:
    """The area that a stratum's label names, under one name for all tasks."""
    name = label.removeprefix(AREA)
    return _SAME_AREA.get(name, name)


def stratum_table(spec: TaskSpec, shown: Sequence[Competitor], strata: Mapping[str, str]) -> str:
    """Models down, strata across."""
    scores = [score_column(spec, key, label, "↑") for label, key in strata.items()]
    return markdown([MODEL, *scores], shown)


def score_column(
    spec: TaskSpec, key: str, heading: str, direction: Literal["↑", ""] = ""
) -> Column[Competitor]:
    """One of mteb's scores of a task, mean over the seeds."""
    return Column(
        key=key,
        heading=heading,
        value=lambda line: line.score(spec.name, key),
        form="{:z.3f}".format,
        direction=direction,
    )
