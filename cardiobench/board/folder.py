"""A board in its folder: read with what the installed plugins know, written, and compared."""

from pathlib import Path

from cardiobench.board.build import pages_of
from cardiobench.board.facts import Board, board_of
from cardiobench.board.files import stale_files, write_board
from cardiobench.board.read import read_board
from cardiobench.plugins.registry import load_plugins


def write(folder: Path) -> Board:
    """Write the board of the entries below a folder.

    Raises:
        CardioBenchError: there are no entries, or an entry or a report cannot be read.
    """
    board = board_of(read_board(folder))
    write_board(folder, _pages(board))
    return board


def stale(folder: Path) -> tuple[list[Path], Board]:
    """Files of a board that its entries do not give, and the board that they give.

    Raises:
        CardioBenchError: there are no entries, or an entry or a report cannot be read.
    """
    board = board_of(read_board(folder))
    return stale_files(folder, _pages(board)), board


def _pages(board: Board) -> dict[str, str]:
    return pages_of(board, {spec.name: spec for spec, _ in load_plugins().architectures()})
