"""A board in its folder: read with what the installed plugins know, written, and compared."""

from pathlib import Path

from cardiobench.board.build import board_pages
from cardiobench.board.files import stale_files, write_board
from cardiobench.board.read import BoardData, read_board
from cardiobench.plugins.registry import load_plugins


def write(folder: Path) -> BoardData:
    """Write a board from the entries below a folder, if there are any, and give its data.

    Raises:
        CardioBenchError: an entry, a record or a sweep's report cannot be read.
    """
    data = read_board(folder)
    if data.rows:
        write_board(folder, _pages(data))
    return data


def stale(folder: Path) -> tuple[list[Path], BoardData]:
    """Files of a board that its entries do not give, and the data.

    Raises:
        CardioBenchError: there are no entries, or one cannot be read.
    """
    data = read_board(folder)
    return stale_files(folder, _pages(data)), data


def _pages(data: BoardData) -> dict[str, str]:
    return board_pages(data, {spec.name: spec for spec, _ in load_plugins().architectures()})
