"""Which figures there are, what each needs, and drawing those that a board has the data for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cardiobench.board.ablation import Ablation
from cardiobench.board.figures.ablation import ablation_grid
from cardiobench.board.figures.bars import before_after_bars, per_memory_bars, separation_bars
from cardiobench.board.figures.cosines import cosine_boxes
from cardiobench.board.figures.gains import before_after_arrows, gain_waterfall, relative_gain_bars
from cardiobench.board.figures.radar import radar
from cardiobench.board.figures.ranks import rank_plot
from cardiobench.board.figures.scatter import (
    dimension_cost,
    memory_parameters,
    pareto_plot,
    separation_throughput,
)
from cardiobench.board.figures.subject import Subject
from cardiobench.board.ranks import Rank

# More cannot be read.
MOST = 30
# Fewer architectures show noise: seeds and recipes of one network are no comparison of models.
NETWORKS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureSpec:
    """One of the study's figures.

    Attributes:
        name: of its file, without ``.svg``.
        number: in the study.
        title: what it shows; also its text for those who cannot see it.
        draw: from subjects and title to SVG.
        suits: whether a subject has what it takes.
        lacking: what to say where fewer than :data:`NETWORKS` have.
    """

    name: str
    number: int
    title: str
    draw: Callable[[Sequence[Subject], str], str]
    suits: Callable[[Subject], bool]
    lacking: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A figure of a board: SVG text, or why there is none."""

    name: str
    number: int | None
    title: str
    svg: str = ""
    lacking: str = ""


def _scored(subject: Subject) -> bool:
    return subject.separation is not None


def _timed(subject: Subject) -> bool:
    return bool(subject.texts_per_second and subject.memory_gb) and subject.parameters > 0


def _scored_and_timed(subject: Subject) -> bool:
    return _scored(subject) and _timed(subject)


def _adapted(subject: Subject) -> bool:
    return bool(_scored(subject) and subject.before and subject.gain)


_NO_SCORE = "fewer than four architectures have results on CardioSeparation"
_NO_TIME = "fewer than four architectures were timed on one hardware"
_NO_GAIN = "fewer than four architectures were adapted"
ABLATION = "Ablation: share of the training pairs, LoRA rank and loss"
RANKS = "Places of the models by mean rank over the suite, with 95% intervals"

FIGURES = (
    FigureSpec(
        name="separation",
        number=1,
        title="Separation of each model, with 95% intervals and the study's line at 0.3",
        draw=separation_bars,
        suits=_scored,
        lacking=_NO_SCORE,
    ),
    FigureSpec(
        name="separation-throughput",
        number=2,
        title="Separation against throughput; larger markers take more memory",
        draw=separation_throughput,
        suits=_scored_and_timed,
        lacking=_NO_TIME,
    ),
    FigureSpec(
        name="memory-parameters",
        number=3,
        title="Peak memory against number of parameters",
        draw=memory_parameters,
        suits=_timed,
        lacking=_NO_TIME,
    ),
    FigureSpec(
        name="dimension-cost",
        number=4,
        title="Embedding dimension against throughput and against memory",
        draw=dimension_cost,
        suits=_timed,
        lacking=_NO_TIME,
    ),
    FigureSpec(
        name="cosines",
        number=5,
        title="Cosines of similar and of different pairs for each model, encoders beside decoders",
        draw=cosine_boxes,
        suits=lambda subject: bool(subject.similar and subject.different),
        lacking="fewer than four architectures have cosines of single pairs",
    ),
    FigureSpec(
        name="radar",
        number=6,
        title="Separation, throughput, throughput for each GB and smallness of the best models",
        draw=radar,
        suits=_scored_and_timed,
        lacking=_NO_TIME,
    ),
    FigureSpec(
        name="pareto",
        number=7,
        title="Pareto front of separation and throughput",
        draw=pareto_plot,
        suits=_scored_and_timed,
        lacking=_NO_TIME,
    ),
    FigureSpec(
        name="throughput-per-gb",
        number=8,
        title="Texts a second for each GB of memory",
        draw=per_memory_bars,
        suits=_timed,
        lacking=_NO_TIME,
    ),
    FigureSpec(
        name="zero-shot-adapted",
        number=9,
        title="Zero-shot beside adapted separation, with 95% intervals",
        draw=before_after_bars,
        suits=_adapted,
        lacking=_NO_GAIN,
    ),
    FigureSpec(
        name="gain",
        number=10,
        title="Change of separation by adaptation, with 95% intervals, largest first",
        draw=gain_waterfall,
        suits=_adapted,
        lacking=_NO_GAIN,
    ),
    FigureSpec(
        name="relative-gain",
        number=11,
        title="Change of separation in percent of the zero-shot value, with 95% intervals, ranked",
        draw=relative_gain_bars,
        # A share of next to nothing, or of less than nothing, means nothing.
        suits=lambda subject: bool(
            _adapted(subject) and subject.before and subject.before.value > 0.01
        ),
        lacking="fewer than four architectures were adapted from a base that separates at all",
    ),
    FigureSpec(
        name="before-after",
        number=12,
        title="Adapted against zero-shot separation; arrows show the gain",
        draw=before_after_arrows,
        suits=_adapted,
        lacking=_NO_GAIN,
    ),
)


def draw_figures(
    subjects: Sequence[Subject],
    *,
    ablation: Ablation | None = None,
    ranks: Sequence[tuple[str, Rank]] = (),
) -> dict[str, Drawn]:
    """Every figure by name: drawn from the first 30 models that suit it, or why not.

    Figures of models take four architectures; baselines are none.

    Args:
        subjects: models, best first.
        ablation: runs for figure 13.
        ranks: names and places for the rank plot, best first.
    """
    figures = [_drawn(spec, subjects) for spec in FIGURES]
    title = f"{ABLATION}; {ablation.about}" if ablation and ablation.about else ABLATION
    figures += [
        Drawn(
            name="ablation",
            number=13,
            title=title,
            svg=ablation_grid(ablation.cells, title, ablation.score) if ablation else "",
            lacking="no sweep over data, rank and loss is on this board",
        ),
        Drawn(
            name="ranks",
            number=None,
            title=RANKS,
            svg=rank_plot(ranks[:MOST], RANKS) if ranks else "",
            lacking="no places are known",
        ),
    ]
    return {figure.name: figure for figure in figures}


def _drawn(spec: FigureSpec, subjects: Sequence[Subject]) -> Drawn:
    shown = [subject for subject in subjects if spec.suits(subject)][:MOST]
    networks = {subject.network for subject in shown if subject.kind != "baseline"}
    svg = spec.draw(shown, spec.title) if len(networks) >= NETWORKS else ""
    return Drawn(
        name=spec.name, number=spec.number, title=spec.title, svg=svg, lacking=spec.lacking
    )
