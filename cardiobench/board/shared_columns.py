"""Columns that several tables share, of rows and of competitors alike."""

from typing import Protocol

from cardiobench.board.columns import NO_RANK, Column
from cardiobench.board.competitors import Competitor
from cardiobench.board.facts import Board, TaskFacts
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
