"""Columns about a row's model, which several tables share."""

from cardiobench.board.columns import Column
from cardiobench.board.facts import Board, TaskFacts
from cardiobench.board.rows import Row
from cardiobench.board.words import interval, score_name

MODEL: Column[Row] = Column(key="model", value=lambda row: row.manifest.model.name)
ORIGIN: Column[Row] = Column(key="origin", heading="from", value=lambda row: row.origin)
KIND: Column[Row] = Column(key="kind", value=lambda row: row.manifest.model.kind)
PARAMETERS: Column[Row] = Column(
    key="parameters",
    heading="params (M)",
    value=lambda row: row.manifest.model.parameters,
    form=lambda count: f"{count / 1e6:,.1f}" if count else "-",
    right=True,
)
DIMENSION: Column[Row] = Column(
    key="embedding_dim",
    heading="dim",
    value=lambda row: row.manifest.model.embedding_dim,
    right=True,
)
LICENCE: Column[Row] = Column(key="licence", value=lambda row: row.manifest.model.licence)
MODEL_COLUMNS = (KIND, PARAMETERS, DIMENSION, LICENCE)
THROUGHPUT: Column[Row] = Column(
    key="texts_per_second",
    heading="texts/s",
    value=lambda row: row.speed.best_texts_per_second if row.speed else None,
    form="{:,.0f}".format,
)


def name_columns(board: Board) -> list[Column[Row]]:
    """The columns that name a row: its model, and where it comes from if that differs."""
    return [MODEL, ORIGIN] if board.mixed else [MODEL]


def score_columns(facts: TaskFacts) -> tuple[Column[Row], Column[Row], Column[Row]]:
    """Main score, place and group of a row on a task."""
    spec = facts.spec
    return (
        Column(
            key="score",
            heading=score_name(spec),
            value=lambda row: row.estimates[spec.name],
            form=interval,
            direction="↑",
        ),
        Column(key="rank", value=lambda row: facts.ranks[row.key]),
        Column(key="group", value=lambda row: facts.letters.get(row.key)),
    )
