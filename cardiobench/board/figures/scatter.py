"""Points: separation, memory, dimension and throughput against each other."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from cardiobench.board.figures.bars import errors
from cardiobench.board.figures.style import (
    BLUE,
    ERROR_BARS,
    GREY,
    ORANGE,
    VERMILLION,
    name_points,
    plain_log,
    render,
)
from cardiobench.board.figures.subject import Subject
from cardiobench.statistics.pareto import pareto_front

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_NUMBER = Callable[[Subject], float]
_RATE_LABEL = "texts a second"


def _rate(subject: Subject) -> float:
    return subject.texts_per_second or 0.0


def _memory(subject: Subject) -> float:
    return subject.memory_gb or 0.0


def _points(
    axes: "Axes", subjects: Sequence[Subject], x: _NUMBER, y: _NUMBER, size: _NUMBER | None = None
) -> None:
    """Encoders as blue circles, decoders as orange squares, each with its name."""
    for decoder, marker, colour, name in (
        (False, "o", BLUE, "encoder"),
        (True, "s", ORANGE, "decoder"),
    ):
        chosen = [s for s in subjects if s.decoder == decoder]
        if chosen:
            axes.scatter(
                [x(s) for s in chosen],
                [y(s) for s in chosen],
                s=[size(s) for s in chosen] if size else 45,
                marker=marker,
                color=colour,
                alpha=0.8,
                label=name,
            )
    axes.grid()
    axes.margins(0.18)


def _separation_against_rate(
    axes: "Axes", subjects: Sequence[Subject], size: _NUMBER | None
) -> None:
    intervals = [s.separation for s in subjects if s.separation]
    rates, scores = [_rate(s) for s in subjects], [i.value for i in intervals]
    axes.errorbar(rates, scores, yerr=errors(intervals), fmt="none", **ERROR_BARS)
    score = {s.name: value for s, value in zip(subjects, scores, strict=True)}
    _points(axes, subjects, _rate, lambda s: score[s.name], size)
    axes.set_xlabel(_RATE_LABEL)
    axes.set_ylabel("separation (higher is better)")
    plain_log(axes, "x")
    name_points(axes, [(s.name, _rate(s), score[s.name]) for s in subjects])


def separation_throughput(subjects: Sequence[Subject], title: str) -> str:
    """Separation against throughput; the marker's area grows with memory."""
    most = max(_memory(s) for s in subjects)

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        _separation_against_rate(axes, subjects, lambda s: 30 + 370 * _memory(s) / most)
        axes.set_title(f"largest marker: {most:.2f} GB of memory", fontsize=9)

    return render(draw, title=title, height=4.5)


def memory_parameters(subjects: Sequence[Subject], title: str) -> str:
    """Memory against parameters."""

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        _points(axes, subjects, lambda s: s.parameters / 1e6, _memory)
        axes.set_xlabel("parameters in millions")
        axes.set_ylabel("peak memory in GB")
        plain_log(axes)
        name_points(axes, [(s.name, s.parameters / 1e6, _memory(s)) for s in subjects])

    return render(draw, title=title, height=4.5)


def dimension_cost(subjects: Sequence[Subject], title: str) -> str:
    """What a longer embedding goes with: throughput on the left, memory on the right."""

    def draw(figure: "Figure") -> None:
        sides: tuple[tuple[_NUMBER, str], ...] = (
            (_rate, _RATE_LABEL),
            (_memory, "peak memory in GB"),
        )
        for axes, (y, name) in zip(figure.subplots(1, 2), sides, strict=True):
            _points(axes, subjects, lambda s: s.embedding_dim, y)
            axes.set_xlabel("embedding dimension")
            axes.set_ylabel(name)
            plain_log(axes, "y")
            name_points(axes, [(s.name, s.embedding_dim, y(s)) for s in subjects])

    return render(draw, title=title, height=4.2, width=11.0)


def pareto_plot(subjects: Sequence[Subject], title: str) -> str:
    """Models that no other beats in both separation and throughput, joined by a line."""
    points = [(s.separation.value if s.separation else 0.0, _rate(s)) for s in subjects]
    front = pareto_front(points)

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        xs, ys = [points[k][1] for k in front], [points[k][0] for k in front]
        axes.step(xs, ys, where="pre", color=VERMILLION, linewidth=1.2)
        axes.scatter(xs, ys, s=140, facecolors="none", edgecolors=VERMILLION, label="front")
        _separation_against_rate(axes, subjects, None)
        axes.axhline(0, color=GREY, linewidth=0.8)
        figure.legend(loc="outside upper center", ncols=3)

    return render(draw, title=title, height=4.5)
