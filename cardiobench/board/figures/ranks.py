"""Places on the board with their intervals."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cardiobench.board.figures.style import BLUE, ERROR_BARS, height_of, name_bars, render
from cardiobench.board.ranks import Rank

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def rank_plot(ranks: Sequence[tuple[str, Rank]], title: str) -> str:
    """Place of each model by mean rank, best on top, with its 95% interval."""

    def draw(figure: "Figure") -> None:
        from matplotlib.ticker import MaxNLocator

        axes = figure.subplots()
        axes.errorbar(
            [rank.place for _, rank in ranks],
            range(len(ranks)),
            xerr=[
                [rank.place - rank.low for _, rank in ranks],
                [rank.high - rank.place for _, rank in ranks],
            ],
            fmt="D",
            color=BLUE,
            **ERROR_BARS,
        )
        name_bars(axes, [name for name, _ in ranks])
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        axes.margins(x=0.08)
        axes.set_xlabel("place by mean rank over the suite (1 is best), with 95% interval")

    return render(draw, title=title, height=height_of(len(ranks)))
