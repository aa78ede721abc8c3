"""Results as Python objects: scores with their intervals, and tables of them."""

from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cardiobench.board.read import read_rows
from cardiobench.board.rows import OWN, Row
from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.plugins.tasks import known_tasks
from cardiobench.results.entry import Entry, EntryKind

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """The main score of one model on one task.

    Attributes:
        task: name of the task.
        metric: name of the score, such as ``ndcg_at_10``.
        value: the score on all items.
        low: lower end of the 95% interval over concepts.
        high: upper end of it.
        items: number of items.
        gain: change from the base model, paired by item, or None where there is none.
        gain_low: lower end of the gain's 95% interval, or None.
        gain_high: upper end of it, or None.
    """

    task: str
    metric: str
    value: float
    low: float
    high: float
    items: int
    gain: float | None = None
    gain_low: float | None = None
    gain_high: float | None = None

    def __str__(self) -> str:
        return f"{self.task}: {self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelResults:
    """One model at one revision.

    Attributes:
        name: ``organisation/model``.
        revision: which weights.
        kind: zero-shot, adapted, baseline, or speed-only.
        adapted_from: the base of an adapted model, or None.
        parameters: counted in the loaded model; 0 where nobody knows.
        licence: of the weights.
        folder: the entry on disk: mteb's result files, and ours below ``cardiobench/``.
        scores: by task, in the tasks' order.
    """

    name: str
    revision: str
    kind: EntryKind
    adapted_from: str | None
    parameters: int
    licence: str
    folder: Path
    scores: tuple[Score, ...]

    def __getitem__(self, task: str) -> Score:
        """The score of a task.

        Raises:
            UnknownNameError: the model has none.
        """
        found = next((score for score in self.scores if score.task == task), None)
        if found is None:
            raise UnknownNameError("task", task, [score.task for score in self.scores])
        return found

    def to_dataframe(self) -> "pd.DataFrame":
        """See :meth:`Results.to_dataframe`."""
        return Results(models=(self,)).to_dataframe()


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """The models of a folder, or those of a call; iterates over them.

    Attributes:
        models: by name and revision.
    """

    models: tuple[ModelResults, ...]

    def __iter__(self) -> Iterator[ModelResults]:
        return iter(self.models)

    def __len__(self) -> int:
        return len(self.models)

    def __getitem__(self, name: str) -> ModelResults:
        """A model by its name.

        Raises:
            UnknownNameError: there is none of that name.
            CardioBenchError: there are several revisions; take one from ``models``.
        """
        found = [model for model in self.models if model.name == name]
        if not found:
            raise UnknownNameError("model", name, {model.name for model in self.models})
        if len(found) > 1:
            raise CardioBenchError(
                f"{name} has {len(found)} revisions here. Choose among .models by revision."
            )
        return found[0]

    def to_dataframe(self) -> "pd.DataFrame":
        """One row a model and task: model, revision, kind, and the fields of :class:`Score`."""
        import pandas as pd

        rows = [
            {"model": model.name, "revision": model.revision, "kind": model.kind, **asdict(score)}
            for model in self.models
            for score in model.scores
        ]
        columns = ["model", "revision", "kind", *Score.__dataclass_fields__]
        return pd.DataFrame(rows, columns=columns)


def load_results(folder: str | Path, *, of: Collection[tuple[str, str]] = ()) -> Results:
    """The results in a folder that ``cardiobench run`` or :func:`evaluate` wrote, or a leaderboard.

    Args:
        folder: holds ``results/``.
        of: name and revision of the only entries to give; all if empty.

    Returns:
        What is finished and not withdrawn, with 95% intervals; results at another data revision
        than the installed one are left out.

    Raises:
        CardioBenchError: the folder holds no results, or a file of them is damaged.
    """
    root = Path(folder)
    rows = read_rows(root, OWN)
    if not rows:
        raise CardioBenchError(
            f"No results below {root}. Type: cardiobench run --output {root}, or call "
            "cardiobench.evaluate(model)."
        )
    models = (_model(root, row) for row in rows if not of or row.key[:2] in of)
    return Results(models=tuple(models))


def _model(root: Path, row: Row) -> ModelResults:
    model = row.manifest.model
    return ModelResults(
        name=model.name,
        revision=model.revision,
        kind=model.kind,
        adapted_from=model.adapted_from,
        parameters=model.parameters,
        licence=model.licence,
        folder=Entry(root, model.name, model.revision).folder,
        scores=tuple(_score(row, task) for task in known_tasks() if task in row.estimates),
    )


def _score(row: Row, task: str) -> Score:
    estimate, gain = row.estimates[task], row.gains.get(task)
    return Score(
        task=task,
        metric=row.items[task].main_score,
        value=estimate.value,
        low=estimate.low,
        high=estimate.high,
        items=estimate.n,
        gain=gain.value if gain else None,
        gain_low=gain.low if gain else None,
        gain_high=gain.high if gain else None,
    )
