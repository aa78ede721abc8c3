"""A radar of four axes, each scaled to the best and worst model shown."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cardiobench.board.figures.style import CYCLE, label, render
from cardiobench.board.figures.subject import Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 6
_LINES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1)), (0, (1, 1)))


def _axes_of(subject: Subject) -> dict[str, float]:
    """Larger is better on every axis; costs are taken as logarithms, since they span decades."""
    rate, memory = subject.texts_per_second or 1.0, subject.memory_gb or 1.0
    return {
        "separation": subject.separation.value if subject.separation else 0.0,
        "texts a second": math.log(rate),
        "texts a second\nfor each GB": math.log(rate / memory),
        "few parameters": -math.log(max(subject.parameters, 1.0)),
    }


def radar(subjects: Sequence[Subject], title: str) -> str:
    """The best six models by separation; 1 is the best of them on an axis, 0 the worst."""
    best = sorted(subjects, key=lambda s: -(s.separation.value if s.separation else 0.0))[:MOST]
    values_of_each = [_axes_of(s) for s in best]
    ends = {
        axis: (min(f[axis] for f in values_of_each), max(f[axis] for f in values_of_each))
        for axis in values_of_each[0]
    }
    angles = [2 * math.pi * k / len(ends) for k in range(len(ends))]

    def scaled(values: dict[str, float]) -> list[float]:
        shares = [
            (values[axis] - low) / (high - low) if high > low else 1.0
            for axis, (low, high) in ends.items()
        ]
        return [*shares, shares[0]]

    def draw(figure: "Figure") -> None:
        axes = figure.subplots(subplot_kw={"projection": "polar"})
        for s, values, colour, line in zip(best, values_of_each, CYCLE, _LINES, strict=False):
            axes.plot(
                [*angles, angles[0]],
                scaled(values),
                color=colour,
                linestyle=line,
                label=label(s.name),
            )
        axes.set_xticks(angles, list(ends))
        axes.set_yticks([0.25, 0.5, 0.75, 1.0], ["", "0.5", "", "1"])
        axes.set_ylim(0, 1.05)
        figure.legend(loc="outside right upper")

    return render(draw, title=title, height=4.5)
