"""How every figure looks, and how it becomes the same bytes each time.

Transparent, with mid-grey text: readable on a light and on a dark page. Colours are those of Okabe
and Ito (*Color Universal Design*, 2008) that keep their contrast on both; no meaning hangs on
colour alone.
"""

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

GREY = "#767676"
BLUE, ORANGE, GREEN = "#0072B2", "#E69F00", "#009E73"
VERMILLION, PURPLE, SKY = "#D55E00", "#CC79A7", "#56B4E9"
CYCLE = (BLUE, VERMILLION, GREEN, PURPLE, ORANGE, SKY)
WIDTH_INCHES = 8.0
ERROR_BARS: dict[str, Any] = {"ecolor": GREY, "capsize": 2.5, "elinewidth": 1.0}
_LONGEST_LABEL = 44
# Smaller ratios of the largest to the smallest value stay on a linear axis.
_LEAST_SPAN = 5.0

_SETTINGS: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "cardiobench",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans", "Verdana", "sans-serif"],
    "font.size": 9.0,
    "text.parse_math": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "grid.alpha": 0.35,
    "grid.color": GREY,
    "hatch.linewidth": 0.6,
    "savefig.transparent": True,
    **dict.fromkeys(
        ("text.color", "axes.labelcolor", "axes.edgecolor", "xtick.color", "ytick.color"), GREY
    ),
}


def made_by() -> str:
    """What a figure says of its making; another matplotlib may draw other bytes."""
    import importlib.metadata

    version = importlib.metadata.version("matplotlib")
    return f"cardiobench leaderboard build, matplotlib {version}"


def render(
    draw: "Callable[[Figure], None]", *, title: str, height: float, width: float = WIDTH_INCHES
) -> str:
    """A figure as SVG text; equal input gives equal bytes with one version of matplotlib.

    Args:
        draw: puts axes on the empty figure.
        title: told to those who cannot see the figure.
        height: in inches.
        width: in inches.
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    settings: dict[Any, Any] = {**mpl.rcParamsDefault, **_SETTINGS, "backend": "svg"}
    with mpl.rc_context(settings):
        # Room for readers whose font is wider than the one that was measured.
        layout = ConstrainedLayoutEngine(w_pad=0.2)
        figure = Figure(figsize=(width, height), dpi=72, layout=layout)
        FigureCanvasSVG(figure)
        draw(figure)
        stream = io.StringIO()
        about = {"Date": None, "Creator": made_by(), "Title": title}
        figure.savefig(stream, format="svg", metadata=about)
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def label(name: str) -> str:
    """A model's name as figures show it: one line, letters that the font has, not too long."""
    plain = "".join(c if " " <= c <= "~" else "?" for c in name)
    return plain if len(plain) <= _LONGEST_LABEL else plain[: _LONGEST_LABEL - 3] + "..."


def height_of(count: int, least: float = 2.0) -> float:
    """Inches that a figure with so many horizontal bars needs."""
    return max(least, 1.1 + 0.3 * count)


def name_bars(axes: "Axes", names: Sequence[str]) -> None:
    """Name horizontal bars, the first on top, with light lines across."""
    axes.set_yticks(range(len(names)), [label(name) for name in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.grid(axis="x")


def plain_log(axes: "Axes", directions: str = "xy") -> None:
    """Logarithmic axes with plain numbers, where the values span enough for them."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    for direction in directions:
        axis = getattr(axes, f"{direction}axis")
        low, high = getattr(axes.dataLim, f"interval{direction}")
        low = getattr(axes.dataLim, f"minpos{direction}") if low <= 0 else low
        if high < _LEAST_SPAN * low:
            continue
        axis.set_label_text(f"{axis.get_label_text()}, logarithmic")
        getattr(axes, f"set_{direction}scale")("log")
        axis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=12))
        axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
        axis.set_minor_formatter(NullFormatter())


def name_points(axes: "Axes", points: Sequence[tuple[str, float, float]]) -> None:
    """Write names beside points, each where it overlaps least with points and earlier names.

    Call it when the axes have their scales.
    """
    taken = [_box(axes, x, y, (-4, -4), 8) for _, x, y in points]
    for name, x, y in points:
        text = label(name)
        width = 5.0 * len(text)
        left = -6 - width
        places = [(6.0, 4.0), (6.0, -11.0), (left, 4.0), (left, -11.0), (6.0, 16.0), (6.0, -23.0)]
        boxes = [_box(axes, x, y, place, width) for place in places]
        best = min(range(len(places)), key=lambda k: sum(_overlap(boxes[k], b) for b in taken))
        taken.append(boxes[best])
        axes.annotate(text, (x, y), places[best], textcoords="offset points", fontsize=8)


def _box(
    axes: "Axes", x: float, y: float, shift: tuple[float, float], width: float
) -> tuple[float, ...]:
    """Left, bottom, right, top in points of what stands beside a point of the data."""
    across, up = axes.transData.transform((x, y)) + shift
    return across, up, across + width, up + 9


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return max(width, 0.0) * max(height, 0.0)
