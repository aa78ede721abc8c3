"""The board's numbers for machines and for papers: CSV, JSON and LaTeX; and for the terminal."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cardiobench.board.chance import chance_of
from cardiobench.board.columns import NO_RANK, Column, cells, exported, rounded
from cardiobench.board.competitors import Competitor
from cardiobench.board.facts import Board, TaskFacts, suite_version
from cardiobench.board.rows import Row
from cardiobench.board.shared_columns import (
    DIMENSION,
    KIND,
    LICENCE,
    ORIGIN,
    PARAMETERS,
    mean_rank_column,
    score_columns,
    top_columns,
)
from cardiobench.board.words import score_name
from cardiobench.foundation.machine import hardware_label
from cardiobench.foundation.markdown import visible

_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    "`": r"\textasciigrave{}",
    '"': r"\textquotedbl{}",
    "↑": r"$\uparrow$",
    "↓": r"$\downarrow$",
}


def data_files(board: Board) -> dict[str, str]:
    """The files beside the Markdown, by name."""
    scores = score_records(board)
    return {
        "leaderboard.csv": as_csv(scores),
        "leaderboard.json": as_json(board, scores),
        "leaderboard.tex": as_latex(cells(top_columns(board), board.shown), suite_version()),
        "comparisons.csv": as_csv(pair_records(board)),
    }


def score_records(board: Board) -> list[dict[str, Any]]:
    """One record for each line of the board and task."""
    return [
        exported(columns, line)
        for facts in board.tasks
        for columns in [_score_columns(board, facts)]
        for line in facts.shown
    ]


def _score_columns(board: Board, facts: TaskFacts) -> list[Column[Competitor]]:
    spec = facts.spec
    return [
        Column(key="task", value=lambda _: spec.name),
        Column(key="score_name", value=lambda _: score_name(spec)),
        Column(key="higher_is_better", value=lambda _: True),
        Column(key="chance", value=lambda _: chance_of(spec)),
        Column(key="data_revision", value=lambda _: spec.revision),
        Column(key="n_items", value=lambda _: facts.n),
        Column(key="model", value=lambda line: line.name),
        Column(key="seeds", value=lambda line: len(line.rows)),
        Column(key="revisions", value=_revisions),
        ORIGIN,
        KIND,
        LICENCE,
        PARAMETERS,
        DIMENSION,
        *score_columns(facts),
        Column(key="suite_rank", value=lambda line: board.places.suite.get(line.key, NO_RANK)),
        mean_rank_column(board),
    ]


def _revisions(line: Competitor) -> str:
    return " ".join(row.manifest.model.revision for row in line.rows)


def pair_records(board: Board) -> list[dict[str, Any]]:
    """One record for each task and tested pair."""
    records = []
    for facts in board.tasks:
        pairs, tested = facts.pairs, facts.tested
        if pairs is None:
            continue
        for one in range(len(tested)):
            for other in range(one + 1, len(tested)):
                records.append(
                    {
                        "task": facts.spec.name,
                        "data_revision": facts.spec.revision,
                        "n_items": facts.n,
                        "model": tested[one].name,
                        "against": tested[other].name,
                        "difference": rounded(pairs.difference[one, other]),
                        "p": rounded(pairs.p[one, other]),
                        "p_holm": rounded(pairs.p_holm[one, other]),
                        "welch_p": rounded(pairs.welch_p[one, other]),
                        "welch_p_holm": rounded(pairs.welch_holm[one, other]),
                        "cohens_d": rounded(pairs.cohens_d[one, other]),
                    }
                )
    return records


def as_json(board: Board, records: Sequence[Mapping[str, Any]]) -> str:
    """The whole board as key-sorted, strict JSON, one record a line.

    Args:
        board: models and what stands beside them.
        records: of :func:`score_records`.
    """
    line_of = {row.key: line for line in board.shown for row in line.rows}
    models = _lines(_model(board, row, line_of.get(row.key)) for row in board.timed)
    about = f'"schema_version": 2,\n"suite": {json.dumps(suite_version())}'
    retired = _lines(
        {
            "model": withdrawn.entry.name,
            "revision": withdrawn.entry.revision,
            "reason": withdrawn.reason,
        }
        for withdrawn in board.data.retired
    )
    scores = _lines(records)
    return f'{{"models": {models},\n"retired": {retired},\n{about},\n"scores": {scores}}}\n'


def _lines(records: Iterable[Mapping[str, Any]]) -> str:
    written = (
        json.dumps(record, sort_keys=True, ensure_ascii=False, allow_nan=False)
        for record in records
    )
    return "[\n" + ",\n".join(written) + "\n]"


def _model(board: Board, row: Row, line: Competitor | None) -> dict[str, Any]:
    speed = row.speed
    rank = board.places.suite.get(line.key) if line else None
    return {
        **row.manifest.model.model_dump(mode="json"),
        "origin": row.origin,
        "line": line.name if line else None,
        "suite_rank": [rank.place, rank.low, rank.high] if rank else None,
        "suite_group": board.letters.get(line.key) if line else None,
        "missing_tasks": line.missing if line else None,
        "texts_per_second": rounded(speed.best_texts_per_second) if speed else None,
        "hardware": hardware_label(row.manifest.hardware) if speed else None,
        "medical": row.medical,
    }


def as_csv(records: Sequence[Mapping[str, Any]]) -> str:
    """Comma-separated values; text that a spreadsheet would run as a formula gets an apostrophe."""
    stream = io.StringIO()
    if records:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(records[0])
        writer.writerows([_csv_value(value) for value in record.values()] for record in records)
    return stream.getvalue()


def _csv_value(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    plain = visible(value)
    return f"'{plain}" if plain.startswith(("=", "+", "-", "@")) else plain


def as_latex(rows: Sequence[Mapping[str, str]], data: str) -> str:
    """A tabular for a paper (booktabs, T1 fonts); every cell is shown literally."""
    body = [" & ".join(latex(cell) for cell in row.values()) + r" \\" for row in rows]
    lines = [
        "% Generated: cardiobench leaderboard build. Needs booktabs and T1 fonts.",
        f"% {data}",
        rf"\begin{{tabular}}{{{'l' * len(rows[0])}}}",
        r"\toprule",
        " & ".join(latex(heading) for heading in rows[0]) + r" \\",
        r"\midrule",
        *body,
        r"\bottomrule",
        r"\end{tabular}",
    ]
    return "\n".join(lines) + "\n"


def latex(text: str) -> str:
    """Text in which LaTeX finds no command, on one line."""
    return "".join(_LATEX.get(character, character) for character in visible(text))
