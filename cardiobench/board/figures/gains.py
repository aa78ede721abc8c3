"""What adaptation changes: a waterfall, the relative gain, and arrows from before to after."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cardiobench.board.figures.bars import errors
from cardiobench.board.figures.style import (
    BLUE,
    ERROR_BARS,
    GREEN,
    GREY,
    VERMILLION,
    height_of,
    name_bars,
    name_points,
    render,
)
from cardiobench.board.figures.subject import Interval, Subject

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def gain_waterfall(subjects: Sequence[Subject], title: str) -> str:
    """Each model's way from its zero-shot to its adapted separation, largest gain first."""
    shown = sorted(((s, s.before, s.gain) for s in subjects if s.before and s.gain), key=_by_gain)

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        for k, (_, before, gain) in enumerate(shown):
            rises = gain.value >= 0
            axes.barh(
                k,
                gain.value,
                left=before.value,
                xerr=errors([gain]),
                error_kw=ERROR_BARS,
                color=GREEN if rises else VERMILLION,
                hatch="" if rises else "//",
                height=0.6,
            )
            end = before.value + max(gain.high, 0.0)
            axes.annotate(
                f"{gain.value:+.3f}", (end, k), (6, 0), textcoords="offset points", va="center"
            )
            axes.plot(before.value, k, marker="|", markersize=14, color=GREY)
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.margins(x=0.12)
        name_bars(axes, [s.name for s, _, _ in shown])
        axes.set_xlabel("separation: from zero-shot (grey mark) to adapted (end of the bar)")

    return render(draw, title=title, height=height_of(len(shown)))


def relative_gain_bars(subjects: Sequence[Subject], title: str) -> str:
    """Gain as a share of the zero-shot separation, ranked; the base's own spread is left out."""
    shares = {
        s.name: Interval(
            value=100 * s.gain.value / s.before.value,
            low=100 * s.gain.low / s.before.value,
            high=100 * s.gain.high / s.before.value,
        )
        for s in subjects
        if s.before and s.gain
    }
    names = sorted(shares, key=lambda name: -shares[name].value)

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        intervals = [shares[name] for name in names]
        axes.errorbar(
            [interval.value for interval in intervals],
            range(len(names)),
            xerr=errors(intervals),
            fmt="o",
            color=BLUE,
            **ERROR_BARS,
        )
        axes.axvline(0, color=GREY, linewidth=0.8)
        name_bars(axes, names)
        axes.set_xlabel("gain in % of the zero-shot separation")

    return render(draw, title=title, height=height_of(len(names)))


def before_after_arrows(subjects: Sequence[Subject], title: str) -> str:
    """Adapted against zero-shot separation; an arrow from the diagonal is the gain."""
    shown = [(s, s.before, s.separation) for s in subjects if s.before and s.separation]

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        for s, before, after in shown:
            axes.annotate(
                "",
                (before.value, after.value),
                (before.value, before.value),
                arrowprops={"arrowstyle": "->", "color": GREY, "shrinkB": 3},
            )
            axes.errorbar(
                before.value,
                after.value,
                xerr=errors([before]),
                yerr=errors([after]),
                fmt="s" if s.decoder else "o",
                color=GREEN if after.value >= before.value else VERMILLION,
                **ERROR_BARS,
            )
        ends = [x for _, b, a in shown for x in (b.low, b.high, a.low, a.high)]
        axes.plot([min(ends), max(ends)], [min(ends), max(ends)], color=GREY, linestyle=":")
        axes.grid()
        axes.margins(0.15)
        axes.set_xlabel("zero-shot separation")
        axes.set_ylabel("adapted separation (above the dotted line: better)")
        name_points(axes, [(s.name, before.value, after.value) for s, before, after in shown])

    return render(draw, title=title, height=5.0)


def _by_gain(gained: tuple[Subject, Interval, Interval]) -> float:
    return -gained[2].value
