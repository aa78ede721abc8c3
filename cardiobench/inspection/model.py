"""The model that is looked at, by the name that boards show: one entry, or a recipe's seeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cardiobench.board.competitors import line_name
from cardiobench.board.read import read_raw_row
from cardiobench.board.rows import OWN, PUBLISHED, RawRow
from cardiobench.board.seeds import recipes_of
from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.plugins.tasks import known_tasks
from cardiobench.results.entry import Entry, Items, published_folder
from cardiobench.results.withdrawals import standing
from cardiobench.statistics.estimates import score_of
from cardiobench.statistics.seeds import SeedPool, pool_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """One model, or a recipe with all its seeds.

    Attributes:
        name: as it was asked for, written out.
        entries: on disk; several for the seeds of a recipe.
        rows: what was read of them, in the same order.
    """

    name: str
    entries: tuple[Entry, ...]
    rows: tuple[RawRow, ...]

    @property
    def is_recipe(self) -> bool:
        """Whether it stands for a recipe, so that other seeds would give other scores."""
        return len(self.rows) > 1

    @property
    def title(self) -> str:
        """The name, with the number of seeds if there are several."""
        return f"{self.name} ({len(self.rows)} seeds)" if self.is_recipe else self.name

    @property
    def tasks(self) -> list[str]:
        """The tasks that every entry has, in the order of the catalogue."""
        return [name for name in self.rows[0].items if all(name in row.items for row in self.rows)]

    def items(self, task: str) -> list[Items]:
        """Per-item scores of a task, for each entry.

        Raises:
            UnknownNameError: it has no results on the task at today's data.
        """
        if task not in self.tasks:
            raise UnknownNameError("task with results of " + self.title, task, self.tasks)
        return [row.items[task] for row in self.rows]


class Models:
    """The models of a folder and, beside them, the published ones."""

    def __init__(self, folder: Path) -> None:
        self._folder, known = folder, known_tasks()
        found = [(e, read_raw_row(e, OWN, known)) for e in standing(folder)[0]]
        published = published_folder()
        if published is not None and published.resolve() != folder.resolve():
            own = {row.key[:2] for _, row in found}
            others = ((e, read_raw_row(e, PUBLISHED, known)) for e in standing(published)[0])
            found += [(e, row) for e, row in others if row.key[:2] not in own]
        scored = [(entry, row) for entry, row in found if row.items]
        self._entries: Mapping[int, Entry] = {id(row): entry for entry, row in scored}
        self._rows = [row for _, row in scored]
        recipes = recipes_of(sorted(self._rows, key=lambda row: row.key))
        self._recipes = {line_name(group): group for group in recipes if len(group) > 1}

    def named(self, asked: str) -> Model:
        """The model of a name, of ``NAME@REVISION``, or the recipe of a board's line.

        What stands behind the slash is enough where only one model has it.

        Raises:
            UnknownNameError: nothing has that name.
            CardioBenchError: there are several revisions of it.
        """
        name, _, revision = asked.partition("@")
        names = sorted({*(row.title for row in self._rows), *self._recipes})
        short = [known for known in names if known.partition("/")[2] == name]
        if name not in names and len(short) == 1:
            name = short[0]
        rows = [r for r in self._rows if r.title == name and r.key[1].startswith(revision)]
        if not rows and name in self._recipes and not revision:
            return self._model(name, self._recipes[name])
        if not rows:
            hint = f"They are in {self._folder} or published."
            raise UnknownNameError("model", asked, names, hint=hint)
        if len(rows) > 1:
            choices = ", ".join(f"{name}@{row.key[1][:12]}" for row in rows)
            raise CardioBenchError(f"{name} has {len(rows)} revisions. Type one of: {choices}")
        return self._model(name, rows)

    def pool(self) -> SeedPool:
        """How far seeds stray, over all recipes here that were run with several."""
        scores = [
            [{task: score_of(items) for task, items in row.items.items()} for row in group]
            for group in self._recipes.values()
        ]
        return pool_of(scores)

    def _model(self, name: str, rows: Sequence[RawRow]) -> Model:
        entries = tuple(self._entries[id(row)] for row in rows)
        return Model(name=name, entries=entries, rows=tuple(rows))
