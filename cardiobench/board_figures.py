"""The figures of a board, and those of the study's own numbers."""

from collections.abc import Sequence

from cardiobench.ablation import AblationCell
from cardiobench.board_facts import Board, board_of
from cardiobench.figures.catalogue import Drawn, draw_figures
from cardiobench.figures.subject import TASK, reported_subjects, subjects_of
from cardiobench.leaderboard import Row
from cardiobench.study.facts import reported_ablation, reported_models

_LEAST_SETTINGS = 4


def figures_of(board: Board) -> dict[str, Drawn]:
    """Every figure by name: drawn, or why not."""
    ranks = [(row.manifest.model.name, board.ranks[row.key]) for row in board.rows]
    return draw_figures(subjects_of(board.rows), ablation=ablation_of(board.rows), ranks=ranks)


def ablation_of(rows: Sequence[Row]) -> list[AblationCell]:
    """Runs of the architecture with the most settings of data, rank and loss; at least four."""
    found: dict[str, list[AblationCell]] = {}
    for row in rows:
        training, score = row.manifest.training, row.estimates.get(TASK)
        if training is not None and score is not None and "rank" in training.recipe:
            cell = AblationCell(
                fraction=float(training.recipe.get("fraction", 1.0)),
                rank=int(training.recipe["rank"]),
                loss=str(training.recipe.get("loss", "infonce")),
                score=score.value,
            )
            found.setdefault(row.manifest.model.architecture, []).append(cell)
    settings = {
        name: len({(cell.fraction, cell.rank, cell.loss) for cell in cells})
        for name, cells in found.items()
    }
    best = min(settings, key=lambda name: (-settings[name], name), default="")
    return found[best] if settings.get(best, 0) >= _LEAST_SETTINGS else []


def board_figures(rows: Sequence[Row]) -> dict[str, Drawn]:
    """The figures of a board's rows.

    Raises:
        CardioBenchError: there are no rows.
    """
    return figures_of(board_of(rows))


def reported_figures() -> dict[str, Drawn]:
    """The study's figures from its own tables, which hold no intervals and no single cosines."""
    return draw_figures(reported_subjects(reported_models()), ablation=reported_ablation())
