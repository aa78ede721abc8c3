"""The columns of the board and of a task's table, and those that name a line anywhere."""

from functools import partial
from typing import Protocol

from cardiobench.board.columns import NO_RANK, Column
from cardiobench.board.competitors import Competitor
from cardiobench.board.facts import Board, TaskFacts
from cardiobench.board.ranks import kinds_of_suite
from cardiobench.board.words import interval, score_name
from cardiobench.results.entry import Manifest


class Shown(Protocol):
    """What has a line in a table: a row, or a competitor."""

    @property
    def title(self) -> str:
        """Its name."""

    @property
    def manifest(self) -> Manifest:
        """Identity and provenance."""

    @property
    def origin(self) -> str:
        """Where it comes from."""


MODEL: Column[Shown] = Column(key="model", value=lambda line: line.title)
ORIGIN: Column[Shown] = Column(key="origin", heading="from", value=lambda line: line.origin)
KIND: Column[Shown] = Column(key="kind", value=lambda line: line.manifest.model.kind)
LICENCE: Column[Shown] = Column(key="licence", value=lambda line: line.manifest.model.licence)
PARAMETERS: Column[Shown] = Column(
    key="parameters",
    heading="params (M)",
    value=lambda line: line.manifest.model.parameters,
    form=lambda count: f"{count / 1e6:,.1f}" if count else "-",
    right=True,
)
DIMENSION: Column[Shown] = Column(
    key="embedding_dim",
    heading="dim",
    value=lambda line: line.manifest.model.embedding_dim,
    right=True,
)


def name_columns(board: Board) -> list[Column[Shown]]:
    """The columns that name a line: its model, and where it comes from if that differs."""
    return [MODEL, ORIGIN] if board.mixed else [MODEL]


def top_columns(board: Board) -> list[Column[Competitor]]:
    """Place, name, mean rank and the mean score of each kind of task."""
    kinds = [_kind_column(kind) for kind in kinds_of_suite()]
    return [rank_column(board), *name_columns(board), mean_rank_column(board), *kinds]


def rank_column(board: Board) -> Column[Competitor]:
    """Place over the suite."""
    return Column(key="rank", value=lambda line: board.places.suite.get(line.key, NO_RANK))


def mean_rank_column(board: Board) -> Column[Competitor]:
    """Mean of the places by kind of task."""
    return Column(
        key="mean_rank",
        heading="mean rank",
        value=lambda line: board.places.mean_ranks.get(line.key),
        form="{:.2f}".format,
        direction="↓",
    )


def _kind_column(kind: str) -> Column[Competitor]:
    return Column(
        key=kind,
        value=partial(Competitor.kind_mean, group=kind),
        form="{:z.3f}".format,
        direction="↑",
    )


def score_columns(facts: TaskFacts) -> tuple[Column[Competitor], ...]:
    """Main score, spread over seeds, place and group of a competitor on a task."""
    spec = facts.spec
    return (
        Column(
            key="score",
            heading=score_name(spec),
            value=lambda line: line.estimates[spec.name],
            form=interval,
            direction="↑",
        ),
        Column(
            key="seed_sd",
            heading="seed SD",
            value=lambda line: line.seed_spread(spec.name),
            form="{:.3f}".format,
        ),
        Column(key="rank", value=lambda line: facts.ranks.get(line.key, NO_RANK)),
        Column(key="group", value=lambda line: facts.letters.get(line.key)),
    )
