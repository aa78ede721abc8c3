"""A page for each area of cardiology: all tasks that tell it apart."""

from cardiobench.board.facts import Board
from cardiobench.board.pages.tasks import AREA, stratum_table
from cardiobench.board.words import GENERATED, caption, page_name
from cardiobench.foundation.markdown import escape


def area_pages(board: Board) -> dict[str, str]:
    """The areas' pages by file name."""
    return {f"areas/{page_name(area)}.md": _page(board, area) for area in areas_of(board)}


def areas_of(board: Board) -> list[str]:
    """Every area that a task tells apart, by name."""
    labels = (label for facts in board.tasks for label in facts.strata)
    return sorted({label.removeprefix(AREA) for label in labels if label.startswith(AREA)})


def _page(board: Board, area: str) -> str:
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
