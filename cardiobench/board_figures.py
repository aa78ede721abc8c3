"""The figures of a board, and those of the study's own numbers."""

from collections.abc import Sequence

from cardiobench.board_facts import Board, board_of
from cardiobench.figures.catalogue import Drawn, draw_figures
from cardiobench.figures.subject import reported_subjects, subjects_of
from cardiobench.leaderboard import Row
from cardiobench.study.facts import reported_ablation, reported_models


def figures_of(board: Board) -> dict[str, Drawn]:
    """Every figure by name: drawn, or why not."""
    ranks = [(row.manifest.model.name, board.ranks[row.key]) for row in board.rows]
    return draw_figures(subjects_of(board.rows), ranks=ranks)


def board_figures(rows: Sequence[Row]) -> dict[str, Drawn]:
    """The figures of a board's rows.

    Raises:
        CardioBenchError: there are no rows.
    """
    return figures_of(board_of(rows))


def reported_figures() -> dict[str, Drawn]:
    """The study's figures from its own tables, which hold no intervals and no single cosines."""
    return draw_figures(reported_subjects(reported_models()), ablation=reported_ablation())
