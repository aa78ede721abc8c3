"""A board in its folder: read with what some plugins know, written, and compared."""

from pathlib import Path

from cardiobench.board.build import pages_of
from cardiobench.board.facts import Board, board_of
from cardiobench.board.files import stale_files, write_board
from cardiobench.board.read import read_board
from cardiobench.plugins.registry import Plugins


def write(folder: Path, plugins: Plugins) -> Board:
    """Write the board of the entries below a folder; plugins add tasks and facts of models.

    Raises:
        CardioBenchError: there are no entries, or an entry or a report cannot be read.
    """
    board = _board(folder, plugins)
    write_board(folder, _pages(board, plugins))
    return board


def stale(folder: Path, plugins: Plugins) -> tuple[list[Path], Board]:
    """Files of a board that its entries do not give, and the board that they give.

    Raises:
        CardioBenchError: there are no entries, or an entry or a report cannot be read.
    """
    board = _board(folder, plugins)
    return stale_files(folder, _pages(board, plugins)), board


def _board(folder: Path, plugins: Plugins) -> Board:
    return board_of(read_board(folder, [spec for spec, _ in plugins.tasks()]))


def _pages(board: Board, plugins: Plugins) -> dict[str, str]:
    return pages_of(board, {spec.name: spec for spec, _ in plugins.architectures()})
