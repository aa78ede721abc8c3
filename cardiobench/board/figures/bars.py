"""Horizontal bars: separation, throughput per memory, before and after adaptation."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cardiobench.board.figures.style import (
    BLUE,
    ERROR_BARS,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    VERMILLION,
    height_of,
    name_bars,
    plain_log,
    render,
)
from cardiobench.board.figures.subject import Interval, Subject
from cardiobench.board.study.facts import USEFUL_SEPARATION

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_KINDS = {
    "zero-shot": (BLUE, ""),
    "adapted": (VERMILLION, "//"),
    "baseline": (GREY, ""),
}


def errors(intervals: Sequence[Interval]) -> list[list[float]]:
    """Distances below and above, as matplotlib takes them: shape (2, n)."""
    below, above = zip(*(interval.error for interval in intervals), strict=True)
    return [list(below), list(above)]


def separation_bars(subjects: Sequence[Subject], title: str) -> str:
    """Separation of each model with its interval, and the study's line at 0.3."""
    shown = sorted(subjects, key=lambda s: -_separation(s).value)

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        for kind, (colour, hatch) in _KINDS.items():
            chosen = [(k, _separation(s)) for k, s in enumerate(shown) if s.kind == kind]
            if chosen:
                places, intervals = zip(*chosen, strict=True)
                _bars(axes, places, intervals, color=colour, hatch=hatch, label=kind, height=0.7)
        axes.axvline(USEFUL_SEPARATION, color=ORANGE, linestyle="--", label="0.3 (the study)")
        axes.axvline(0, color=GREY, linewidth=0.8)
        name_bars(axes, [s.name for s in shown])
        axes.set_xlabel("separation (higher is better)")
        figure.legend(loc="outside upper center", ncols=4)

    return render(draw, title=title, height=height_of(len(shown)))


def per_memory_bars(subjects: Sequence[Subject], title: str) -> str:
    """Texts per second for each GB of memory."""
    rate = {s.name: (s.texts_per_second or 0) / (s.memory_gb or 1) for s in subjects}
    shown = sorted(subjects, key=lambda s: -rate[s.name])

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        bars = axes.barh(range(len(shown)), [rate[s.name] for s in shown], color=GREEN, height=0.7)
        axes.bar_label(bars, fmt="{:,.1f}", padding=3)
        axes.set_xlabel("texts a second for each GB of memory (higher is better)")
        least = min(rate.values())
        if max(rate.values()) > 5 * least:
            axes.set_xlim(left=least / 2)
            axes.dataLim.intervalx = (least, max(rate.values()))
        plain_log(axes, "x")
        axes.margins(x=0.15)
        name_bars(axes, [s.name for s in shown])

    return render(draw, title=title, height=height_of(len(shown)))


def before_after_bars(subjects: Sequence[Subject], title: str) -> str:
    """Zero-shot beside adapted separation."""
    shown = sorted(subjects, key=lambda s: -_separation(s).value)
    befores = [s.before for s in shown if s.before]
    series = (
        (befores, "zero-shot", BLUE, "", -0.2),
        ([_separation(s) for s in shown], "adapted", PURPLE, "//", 0.2),
    )

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        for intervals, name, colour, hatch, shift in series:
            places = [k + shift for k in range(len(shown))]
            _bars(axes, places, intervals, color=colour, hatch=hatch, height=0.38, label=name)
        axes.axvline(0, color=GREY, linewidth=0.8)
        name_bars(axes, [s.name for s in shown])
        axes.set_xlabel("separation (higher is better)")
        figure.legend(loc="outside upper center", ncols=2)

    return render(draw, title=title, height=height_of(2 * len(shown)))


def _bars(
    axes: "Axes", places: Sequence[float], intervals: Sequence[Interval], **looks: Any
) -> None:
    values = [interval.value for interval in intervals]
    axes.barh(places, values, xerr=errors(intervals), error_kw=ERROR_BARS, **looks)


def _separation(subject: Subject) -> Interval:
    return subject.separation or Interval(value=0.0, low=0.0, high=0.0)
