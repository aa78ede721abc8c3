"""From a board's data to its files: a function of what is handed to it, so anyone can check it."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from cardiobench.audit.floors import committed_audits
from cardiobench.audit.page import audit_page
from cardiobench.board.drawings import figures_of
from cardiobench.board.explorer.page import explorer_page
from cardiobench.board.facts import Board, board_of, suite_version
from cardiobench.board.formats import data_files
from cardiobench.board.pages.adapted import adapted_page, transfer_page
from cardiobench.board.pages.areas import INDEX, area_pages, areas_of
from cardiobench.board.pages.discrimination import discrimination_page
from cardiobench.board.pages.front import (
    differences,
    gains_in_words,
    retired_section,
    task_table,
    top_tables,
    unranked_note,
)
from cardiobench.board.pages.models import data_page, models_page
from cardiobench.board.pages.reported import reported_page
from cardiobench.board.pages.speed import speed_page
from cardiobench.board.pages.tasks import task_pages
from cardiobench.board.read import BoardData
from cardiobench.board.words import GENERATED, show_figure
from cardiobench.plugins.architecture import Architecture

_TITLE = "# CardioBench leaderboard"
_HOW_TO_READ = """- **Rank**: 95% interval of a line's place over items and seeds. Where two \
overlap, the order may be chance.
- Lines are ordered by mean rank: the mean of their places by kind of task, so that a kind with \
many tasks weighs no more. The columns of kinds are mean main scores (transfer: other \
specialties); scores of unlike scales are never averaged.
- A recipe is one line with the mean over its seeds: [each seed](adapted.md). Baselines and chance \
show what a score is worth; they have no place and take none from others.
- Arrows: ↑ higher is better, ↓ lower is better. Brackets on other pages are 95% intervals over \
the concepts behind the items, and over seeds."""
_PAGES = """- `board.html` beside this file, for a browser: sort, filter, plot, compare
- [Speed and cost](speed.md), per hardware, never ranked across hardware
- [Zero-shot against adapted](adapted.md), and the spread over seeds
- [Transfer](transfer.md) to other specialties and to MTEB's medical tasks
- [Models](models.md): size, licences, restrictions, revisions, how each row was made
- [Discrimination](discrimination.md): what each task can tell apart
- [Audit](audit.md): what each task gives to those who know no medicine, its floor and its claim
- [Data, contamination and leaks](data.md)
- [Reported by the study](reported.md): on the authors' own 50-pair sets, not comparable
- The same numbers as [CSV](leaderboard.csv), [JSON](leaderboard.json) and \
[LaTeX](leaderboard.tex); all tested pairs as [CSV](comparisons.csv)"""


def board_pages(
    data: BoardData, architectures: Mapping[str, Architecture] = MappingProxyType({})
) -> dict[str, str]:
    """:func:`pages_of` the board that some data give.

    Raises:
        CardioBenchError: there are no rows.
    """
    return pages_of(board_of(data), architectures)


def pages_of(
    board: Board, architectures: Mapping[str, Architecture] = MappingProxyType({})
) -> dict[str, str]:
    """The text of every file of a board, by name; equal arguments give equal bytes.

    Args:
        board: what was computed from its data.
        architectures: by name; their restrictions, and what the study reports of them, are shown.
    """
    reported = {name: spec.reported for name, spec in architectures.items() if spec.reported}
    if not board.rows:
        speed = speed_page(board, reported).replace("# Speed and cost", _TITLE, 1)
        return {"README.md": speed.replace("[Back to the board](README.md)\n", "")}
    board = replace(board, figures=figures_of(board))
    drawn = {f"figures/{f.name}.svg": f.svg for f in board.figures.values() if f.svg}
    return {
        "README.md": _main_page(board) + retired_section(board.data.retired),
        "adapted.md": adapted_page(board),
        "transfer.md": transfer_page(board),
        "speed.md": speed_page(board, reported),
        "models.md": models_page(board, architectures),
        "data.md": data_page(board),
        "reported.md": reported_page(),
        "discrimination.md": discrimination_page(board),
        "audit.md": audit_page(committed_audits()),
        "board.html": explorer_page(board),
        **task_pages(board),
        **area_pages(board),
        **data_files(board),
        **drawn,
    }


def _main_page(board: Board) -> str:
    items = sum(facts.n for facts in board.suite)
    sections = [
        _TITLE,
        f"Cardiology text embeddings on {suite_version()}: {len(board.suite)} tasks, n = {items:,} "
        "items, that anyone rebuilds from openly licensed sources.",
        *top_tables(board),
        *unranked_note(board),
        _HOW_TO_READ,
        "## Which differences are real",
        *differences(board),
        *gains_in_words(board),
        *show_figure(board.figures.get("ranks")),
        "## Tasks",
        task_table(board),
        f"[By area of cardiology]({INDEX})." if areas_of(board) else "",
        "## Separation and cosines",
        f"Separation on CardioSeparation, higher is better. {suite_version()}.",
        *show_figure(board.figures.get("separation")),
        *show_figure(board.figures.get("cosines")),
        "## More",
        _PAGES,
        GENERATED,
    ]
    return "\n\n".join(section for section in sections if section) + "\n"
