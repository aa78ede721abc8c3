"""Runs of an ablation: one base model, adapted with varied data, rank and loss."""

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cardiobench.errors import CardioBenchError

_LEAST_SETTINGS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class AblationCell:
    """One run.

    Attributes:
        fraction: share of the training pairs, (0, 1].
        rank: LoRA rank.
        loss: name of the loss.
        score: main score after adaptation.
        low: lower end of its 95% interval, or None if it is not known.
        high: upper end.
    """

    fraction: float
    rank: int
    loss: str
    score: float
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ablation:
    """The runs of one base model.

    Attributes:
        cells: the runs.
        about: which model, and where the runs come from.
        score: name of the score.
    """

    cells: tuple[AblationCell, ...]
    about: str = ""
    score: str = "separation"

    @property
    def settings(self) -> int:
        """How many combinations of data, rank and loss were run."""
        return len({(cell.fraction, cell.rank, cell.loss) for cell in self.cells})


def largest(ablations: Iterable[Ablation]) -> Ablation | None:
    """The one with the most settings, four at least; of equals the first by name."""
    large_enough = [study for study in ablations if study.settings >= _LEAST_SETTINGS]
    return min(large_enough, key=lambda study: (-study.settings, study.about), default=None)


def swept_ablations(folder: Path, task: str, score: str) -> list[Ablation]:
    """Ablations among the sweep reports of a board, ``FOLDER/sweeps/NAME/points.csv``.

    Args:
        folder: leaderboard or run folder.
        task: whose main score counts.
        score: name of that score.

    Raises:
        CardioBenchError: a file is not what ``cardiobench sweep`` writes.
    """
    ablations = []
    for path in sorted((folder / "sweeps").glob("*/points.csv")):
        cells: dict[str, list[AblationCell]] = {}
        try:
            with path.open(encoding="utf-8", newline="") as stream:
                for row in csv.DictReader(stream):
                    # A sweep of other fields, or a row of a base model.
                    if row.get("rank", "-") == "-" or not row.get(task):
                        continue
                    cell = AblationCell(
                        fraction=float(row["fraction"]),
                        rank=int(row["rank"]),
                        loss=row["loss"],
                        score=float(row[task]),
                        low=float(row[f"{task} low"]),
                        high=float(row[f"{task} high"]),
                    )
                    cells.setdefault(row["model"], []).append(cell)
        except (KeyError, ValueError, OSError) as error:
            raise CardioBenchError(
                f"{path}: not the points of a sweep ({error}). Copy those that cardiobench sweep "
                "wrote, or delete the file."
            ) from error
        ablations += [
            Ablation(cells=tuple(runs), about=f"{model}, sweep {path.parent.name}", score=score)
            for model, runs in cells.items()
        ]
    return ablations
