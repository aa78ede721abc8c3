"""The figures of a board, and those of the study's own numbers."""

from collections.abc import Sequence

from cardiobench.board.ablation import Ablation, AblationCell, largest
from cardiobench.board.facts import Board
from cardiobench.board.figures.catalogue import Drawn, draw_figures
from cardiobench.board.figures.subject import reported_subjects, subjects_of
from cardiobench.board.rows import Row
from cardiobench.board.separation import separation_of
from cardiobench.board.study.facts import reported_ablation, reported_models


def figures_of(board: Board) -> dict[str, Drawn]:
    """Every figure by name: drawn, or why not."""
    ranks = [(line.title, board.places.suite[line.key]) for line in board.competitors]
    ablation = largest([*ablations_of(board.rows), *board.data.ablations])
    return draw_figures(subjects_of(board.rows), ablation=ablation, ranks=ranks)


def ablations_of(rows: Sequence[Row]) -> list[Ablation]:
    """The adapted rows of each architecture, by data, rank and loss."""
    by_architecture: dict[str, list[AblationCell]] = {}
    for row in rows:
        training, score = row.manifest.training, separation_of(row)
        if training is not None and score is not None and "rank" in training.recipe:
            cell = AblationCell(
                fraction=float(training.recipe.get("fraction", 1.0)),
                rank=int(training.recipe["rank"]),
                loss=str(training.recipe.get("loss", "infonce")),
                score=score.value,
                low=score.low,
                high=score.high,
            )
            by_architecture.setdefault(row.manifest.model.architecture, []).append(cell)
    return [Ablation(cells=tuple(cells), about=name) for name, cells in by_architecture.items()]


def reported_figures() -> dict[str, Drawn]:
    """The study's figures from its own tables, which hold no intervals and no single cosines."""
    return draw_figures(
        reported_subjects(reported_models()), ablation=Ablation(cells=tuple(reported_ablation()))
    )
