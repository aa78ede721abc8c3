"""Box plots of the cosines of similar and different pairs, encoders beside decoders."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cardiobench.board.figures.style import BLUE, GREY, ORANGE, height_of, name_bars, render
from cardiobench.board.figures.subject import Subject

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def cosine_boxes(subjects: Sequence[Subject], title: str) -> str:
    """Median, quartiles and 5th to 95th percentile for each model."""
    sides = [
        (name, [s for s in subjects if s.decoder == decoder])
        for name, decoder in (("encoders", False), ("decoders", True))
    ]
    panels = [(name, chosen) for name, chosen in sides if chosen]

    def draw(figure: "Figure") -> None:
        all_axes = figure.subplots(1, len(panels), squeeze=False)[0]
        for axes, (name, chosen) in zip(all_axes, panels, strict=True):
            _panel(axes, chosen)
            axes.set_title(name, fontsize=9)
        all_axes[0].plot([], [], color=BLUE, linewidth=6, label="similar pairs (upper box)")
        all_axes[0].plot([], [], color=ORANGE, linewidth=6, label="different pairs (lower box)")
        figure.legend(loc="outside upper center", ncols=2)

    height = height_of(2 * max(len(chosen) for _, chosen in panels))
    return render(draw, title=title, height=height, width=8.0 if len(panels) == 1 else 12.0)


def _panel(axes: "Axes", subjects: Sequence[Subject]) -> None:
    series = (
        (-0.2, BLUE, [s.similar for s in subjects]),
        (0.2, ORANGE, [s.different for s in subjects]),
    )
    for shift, colour, percentiles in series:
        names = ("whislo", "q1", "med", "q3", "whishi")
        boxes = [{**dict(zip(names, shares, strict=True)), "fliers": []} for shares in percentiles]
        axes.bxp(
            boxes,
            positions=[k + shift for k in range(len(subjects))],
            widths=0.32,
            orientation="horizontal",
            patch_artist=True,
            boxprops={"facecolor": colour, "edgecolor": GREY, "alpha": 0.8},
            medianprops={"color": GREY, "linewidth": 2.0},
            whiskerprops={"color": GREY},
            capprops={"color": GREY},
        )
    name_bars(axes, [s.name for s in subjects])
    axes.set_xlabel("cosine")
