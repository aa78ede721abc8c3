"""What a board shows beside its rows: sweeps, and entries that are not ranked any more."""

from dataclasses import dataclass
from pathlib import Path

from cardiobench.board.ablation import Ablation, swept_ablations
from cardiobench.board.figures.subject import TASK
from cardiobench.board.rows import published_folder
from cardiobench.results.withdrawals import Retired, standing


@dataclass(frozen=True, slots=True, kw_only=True)
class Beside:
    """What stands in a board's folder beside its ranked entries.

    Attributes:
        retired: withdrawn and superseded entries.
        ablations: of sweep reports.
    """

    retired: tuple[Retired, ...] = ()
    ablations: tuple[Ablation, ...] = ()


NOTHING = Beside()


def beside_of(folder: Path) -> Beside:
    """What stands beside the rows of a run folder and of the published board.

    Raises:
        CardioBenchError: a record or a sweep's report cannot be read.
    """
    published = published_folder()
    folders = {place.resolve() for place in (folder, published) if place is not None}
    listed = sorted(folders)
    return Beside(
        retired=tuple(retired for place in listed for retired in standing(place)[1]),
        ablations=tuple(a for place in listed for a in swept_ablations(place, TASK)),
    )
