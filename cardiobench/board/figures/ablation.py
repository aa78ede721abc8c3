"""The ablation grid: share of the data by rank, one panel for each loss."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cardiobench.board.ablation import AblationCell
from cardiobench.board.figures.style import label, render

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_HOLE = (float("nan"), "")


def ablation_grid(cells: Sequence[AblationCell], title: str, score: str = "separation") -> str:
    """Scores as tiles with their numbers and intervals; runs of equal settings are averaged.

    A mean over several runs has no interval.

    Args:
        cells: at least one run.
        title: told to those who cannot see the figure.
        score: name of the score.
    """
    fractions = sorted({cell.fraction for cell in cells})
    ranks = sorted({cell.rank for cell in cells})
    losses = sorted({cell.loss for cell in cells})
    scores = [cell.score for cell in cells]
    tiles = {setting: _tile(runs) for setting, runs in _by_setting(cells).items()}

    def draw(figure: "Figure") -> None:
        panels = figure.subplots(1, len(losses), squeeze=False)[0]
        for axes, loss in zip(panels, losses, strict=True):
            shown = [[tiles.get((loss, f, rank), _HOLE) for rank in ranks] for f in fractions]
            grid = [[value for value, _ in row] for row in shown]
            # pcolormesh draws shapes; imshow would put a bitmap into the file.
            mesh = axes.pcolormesh(grid, cmap="cividis", vmin=min(scores), vmax=max(scores))
            middle = (min(scores) + max(scores)) / 2
            for y, row in enumerate(shown):
                for x, (value, text) in enumerate(row):
                    ink = "black" if value > middle else "white"
                    axes.text(
                        x + 0.5, y + 0.5, text, ha="center", va="center", color=ink, fontsize=8
                    )
            axes.set_xticks([k + 0.5 for k in range(len(ranks))], [str(rank) for rank in ranks])
            axes.set_yticks(
                [k + 0.5 for k in range(len(fractions))], [f"{f:.0%}" for f in fractions]
            )
            axes.set_xlabel("LoRA rank")
            axes.set_ylabel("share of the training pairs")
            axes.set_title(label(loss), fontsize=9)
        figure.colorbar(mesh, ax=list(panels), label=f"{score} (higher is better)")

    return render(draw, title=title, height=3.4, width=4.2 * len(losses) + 1.5)


def _by_setting(cells: Sequence[AblationCell]) -> dict[tuple[str, float, int], list[AblationCell]]:
    tiles: dict[tuple[str, float, int], list[AblationCell]] = {}
    for cell in cells:
        tiles.setdefault((cell.loss, cell.fraction, cell.rank), []).append(cell)
    return tiles


def _tile(runs: Sequence[AblationCell]) -> tuple[float, str]:
    """The mean score of the runs of one setting, and what their tile says."""
    value = sum(cell.score for cell in runs) / len(runs)
    if len(runs) > 1 or runs[0].low is None:
        return value, f"{value:.3f}"
    return value, f"{value:.3f}\n[{runs[0].low:.3f}, {runs[0].high:.3f}]"
