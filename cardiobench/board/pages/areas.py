"""A page for each area of cardiology, and their index."""

from cardiobench.board.columns import markdown
from cardiobench.board.competitors import Competitor
from cardiobench.board.facts import Board, TaskFacts, suite_version
from cardiobench.board.pages.tasks import AREA, area_of, score_column
from cardiobench.board.shared_columns import MODEL
from cardiobench.board.words import GENERATED, caption, page_name, score_name
from cardiobench.foundation.markdown import escape, link, table

INDEX = "areas/README.md"
_BACK = "[Back to the board](../README.md)"


def area_pages(board: Board) -> dict[str, str]:
    """The areas' pages and their index by file name; nothing where no task tells areas apart."""
    areas = areas_of(board)
    pages = {f"areas/{page_name(area)}.md": _page(area, areas[area]) for area in areas}
    return {INDEX: _index(board, areas), **pages} if areas else {}


def areas_of(board: Board) -> dict[str, list[tuple[TaskFacts, str]]]:
    """Every area by name, with the tasks that tell it apart and their keys in mteb's result."""
    areas: dict[str, list[tuple[TaskFacts, str]]] = {}
    for facts in board.tasks:
        for label, key in facts.strata.items():
            if label.startswith(AREA):
                areas.setdefault(area_of(label), []).append((facts, key))
    return dict(sorted(areas.items()))


def _index(board: Board, areas: dict[str, list[tuple[TaskFacts, str]]]) -> str:
    items = sum(facts.n for facts in board.suite)
    cells = [
        {
            "area": link(_words(area), f"{page_name(area)}.md"),
            "task": facts.spec.name,
            "score": f"{score_name(facts.spec)} ↑",
            "best line": best.title if best else "-",
            "its score": _shown(best, facts, key),
        }
        for area, found in areas.items()
        for facts, key in found
        for best in [next(iter(_sorted(facts, key)[0]), None)]
    ]
    about = (
        "The best line of each task on its items of an area; higher is better. Few items make a "
        f"noisy score. n = {items:,} items of the whole suite. {suite_version()}."
    )
    sections = ["# Areas of cardiology", about, GENERATED, table(cells), _BACK]
    return "\n\n".join(sections) + "\n"


def _page(area: str, found: list[tuple[TaskFacts, str]]) -> str:
    sections = [
        f"# Area: {escape(_words(area))}",
        "Main score of each task on its items of this area, best first, baselines last; few items "
        "make a noisy score. n counts all items of the task; how many are of this area, and which, "
        "`cardiobench errors MODEL --task TASK` tells. [All areas](README.md).",
        GENERATED,
    ]
    for facts, key in found:
        spec, (lines, floors) = facts.spec, _sorted(facts, key)
        column = score_column(spec, key, _words(area), "↑")
        sections += [
            f"## [{escape(spec.name)}](../tasks/{page_name(spec.name)}.md)",
            caption(facts),
            markdown([MODEL, column], [*lines, *floors]),
        ]
    return "\n\n".join([*sections, _BACK]) + "\n"


def _sorted(facts: TaskFacts, key: str) -> tuple[list[Competitor], list[Competitor]]:
    """Lines and baselines, each by their score in an area, best first; without one last."""

    def order(one: Competitor) -> tuple[bool, float]:
        score = one.score(facts.spec.name, key)
        return score is None, -(score or 0.0)

    return sorted(facts.competitors, key=order), sorted(facts.floors, key=order)


def _shown(one: Competitor | None, facts: TaskFacts, key: str) -> str:
    score = one.score(facts.spec.name, key) if one else None
    return "-" if score is None else f"{score:z.3f}"


def _words(area: str) -> str:
    return area.replace("_", " ")
