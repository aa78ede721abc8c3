"""Single items as people read them: their texts, and what a model made of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cardiobench.board.chance import chance_of
from cardiobench.errors import CardioBenchError
from cardiobench.evaluation.evaluate import read_predictions
from cardiobench.foundation.terminal import Stages
from cardiobench.results.entry import Entry, Items
from cardiobench.statistics.auroc import placements
from cardiobench_tasks.catalogue import TaskSpec
from cardiobench_tasks.task_data import Row, Tables, task_tables

# Of what was retrieved, so many are shown.
SHOWN_FOUND = 3
Predictions = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One text of an item.

    Attributes:
        role: what it is to the item.
        text: as the model read it.
        similarity: to the item's first text, as the model sees it; None if that is not kept.
        rank: place among what was retrieved, from 1; None if it is no such text, or beyond.
        beyond: how many places are kept, where it is not among them; else 0.
    """

    role: str
    text: str
    similarity: float | None = None
    rank: int | None = None
    beyond: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One item, and how it came out.

    Attributes:
        id: its name in the task.
        area: of cardiology; empty where the task knows none.
        score: in [0, 1]. Of a pair: the share of pairs of the other kind on its right side.
        solved: whether the score is better than chance.
        margin: how clearly it came out; the lower, the worse.
        texts: what the model read.
    """

    id: str
    area: str
    score: float
    solved: bool
    margin: float
    texts: tuple[Text, ...]


def tables_of(spec: TaskSpec) -> Tables:
    """The task's tables, from the cache, or built (imports mteb)."""

    def build() -> Tables:
        with Stages().stage(f"{spec.name}: building its data"):
            tables: Tables = spec.load().build()
        return tables

    return task_tables(spec, build)


def items_of(spec: TaskSpec, tables: Tables, entry: Entry, items: Items) -> list[Item]:
    """Every item of a task as one entry left it, in the task's order.

    Predictions that are not there (an installed copy has none) leave out similarities and ranks.

    Raises:
        CardioBenchError: the task's tables are of no shape that is known here.
    """
    path = entry.predictions_path(spec.name)
    stored = read_predictions(path)["default"][spec.split] if path.is_file() else {}
    if "queries" in tables:
        return _queries(spec, tables, items, stored)
    if "pairs" not in tables:
        raise CardioBenchError(f"{spec.name} has neither pairs nor queries, so nothing to show.")
    if items.labels is not None:
        return _pairs(tables["pairs"], items)
    return _triplets(spec, tables["pairs"], items, stored.get("cosine_scores"))


def _pairs(rows: Sequence[Row], items: Items) -> list[Item]:
    """Similar and different pairs: how many of the other kind lie on the right side of each."""
    by_id = {row["id"]: row for row in rows}
    similar = np.asarray(items.labels) == 1
    values = np.asarray([items.values])
    placed = placements(values, similar)[0]
    half = placed[similar].mean()
    shares = np.where(similar, placed + half, half - placed)
    shown = []
    for k, name in enumerate(items.ids):
        row, share = by_id[name], float(shares[k])
        kind = "similar" if similar[k] else "different"
        first = Text(role=f"{kind} pair", text=row["sentence1"])
        second = Text(role="and", text=row["sentence2"], similarity=items.values[k])
        shown.append(
            Item(
                id=name,
                area=row.get("area", ""),
                score=share,
                solved=share > 0.5,
                margin=share - 0.5,
                texts=(first, second),
            )
        )
    return shown


def _triplets(
    spec: TaskSpec, rows: Sequence[Row], items: Items, cosines: Sequence[float] | None
) -> list[Item]:
    """Anchors with a right and a wrong candidate; several of them may make one item."""
    names = set(items.ids)
    column = next(key for key in rows[0] if names <= {row[key] for row in rows})
    members: dict[str, list[int]] = defaultdict(list)
    for number, row in enumerate(rows):
        members[row[column]].append(number)
    shown = []
    for name, value in zip(items.ids, items.values, strict=True):
        texts: list[Text] = []
        margin = 0.0
        for number in members[name]:
            row, right = rows[number], bool(rows[number]["labels"])
            cosine = None if cosines is None else float(cosines[number])
            if right:
                texts.append(Text(role="anchor", text=row["sentence1"]))
            role = "right" if right else "wrong"
            texts.append(Text(role=role, text=row["sentence2"], similarity=cosine))
            margin += (cosine or 0.0) * (1 if right else -1)
        shown.append(
            Item(
                id=name,
                area=rows[members[name][0]].get("area", ""),
                score=value,
                solved=value > chance_of(spec),
                margin=value - 0.5 if cosines is None else margin * 2 / len(members[name]),
                texts=tuple(texts),
            )
        )
    return shown


def _queries(
    spec: TaskSpec, tables: Tables, items: Items, stored: Mapping[str, Mapping[str, float]]
) -> list[Item]:
    """Queries with what was found first, and where the right ones stand."""
    queries = {row["id"]: row for row in tables["queries"]}
    corpus = {row["id"]: row for row in tables["corpus"]}
    right: dict[str, dict[str, int]] = defaultdict(dict)
    for row in tables["qrels"]:
        right[row["query"]][row["document"]] = row.get("grade", 1)
    shown = []
    for name, value in zip(items.ids, items.values, strict=True):
        found = stored.get(name, {})
        order = sorted(found, key=lambda document: (-found[document], document))
        places = {document: place for place, document in enumerate(order, start=1)}
        best = min(right[name], key=lambda d: (-right[name][d], places.get(d, len(order) + 1)))
        wanted = [d for d in right[name] if right[name][d] == right[name][best]]
        texts = [Text(role="query", text=queries[name]["text"])]
        for document in [*wanted, *(d for d in order[:SHOWN_FOUND] if d not in wanted)]:
            texts.append(
                Text(
                    role="right" if document in wanted else _role(right[name], document),
                    text=corpus[document]["text"],
                    similarity=found.get(document),
                    rank=places.get(document),
                    beyond=0 if document in places else len(order),
                )
            )
        first = min((places.get(document, len(order) + 1) for document in wanted), default=0)
        area = queries[name].get("area") or corpus[best].get("area", "")
        shown.append(
            Item(
                id=name,
                area=area,
                score=value,
                solved=value > chance_of(spec),
                margin=value - first / 1e6,
                texts=tuple(texts),
            )
        )
    return shown


def _role(graded: Mapping[str, int], document: str) -> str:
    return "partly right" if document in graded else "found"
