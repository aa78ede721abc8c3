"""The page itself: its skeleton, style and script are files beside this one."""

from importlib.resources import files

from cardiobench.board.explorer.records import explorer_data
from cardiobench.board.facts import Board
from cardiobench.board.words import GENERATED
from cardiobench.foundation.html import embedded, page


def explorer_page(board: Board) -> str:
    """``board.html``: one file without network, from the same data as the Markdown."""
    return page(
        "CardioBench leaderboard",
        f"<!-- {GENERATED} -->\n{_part('body.html')}",
        style=_part("style.css"),
        script=_part("script.js"),
        data=embedded(explorer_data(board)),
    )


def _part(name: str) -> str:
    return (files("cardiobench.board.explorer") / name).read_text(encoding="utf-8")
