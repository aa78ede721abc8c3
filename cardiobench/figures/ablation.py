"""The ablation grid: share of the data by rank, one panel for each loss."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cardiobench.ablation import AblationCell
from cardiobench.figures.style import label, render

if TYPE_CHECKING:
    from matplotlib.figure import Figure


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

    def runs(loss: str, fraction: float, rank: int) -> list[AblationCell]:
        return [c for c in cells if (c.loss, c.fraction, c.rank) == (loss, fraction, rank)]

    def mean(loss: str, fraction: float, rank: int) -> float:
        found = [cell.score for cell in runs(loss, fraction, rank)]
        return sum(found) / len(found) if found else float("nan")

    def said(loss: str, fraction: float, rank: int) -> str:
        found = runs(loss, fraction, rank)
        number = f"{mean(loss, fraction, rank):.3f}"
        if len(found) > 1 or found[0].low is None:
            return number
        return f"{number}\n[{found[0].low:.3f}, {found[0].high:.3f}]"

    def draw(figure: "Figure") -> None:
        panels = figure.subplots(1, len(losses), squeeze=False)[0]
        for axes, loss in zip(panels, losses, strict=True):
            grid = [[mean(loss, fraction, rank) for rank in ranks] for fraction in fractions]
            # pcolormesh draws shapes; imshow would put a bitmap into the file.
            tiles = axes.pcolormesh(grid, cmap="cividis", vmin=min(scores), vmax=max(scores))
            middle = (min(scores) + max(scores)) / 2
            for y, row in enumerate(grid):
                for x, value in enumerate(row):
                    if value == value:
                        ink = "black" if value > middle else "white"
                        text = said(loss, fractions[y], ranks[x])
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
        figure.colorbar(tiles, ax=list(panels), label=f"{score} (higher is better)")

    return render(draw, title=title, height=3.4, width=4.2 * len(losses) + 1.5)
