"""The folder that a command reads results from: where `run` writes, or the published board."""

from pathlib import Path

from cardiobench.cli.options.output import DEFAULT_OUTPUT
from cardiobench.errors import CardioBenchError

_CHECKOUT = "leaderboard"


def results_folder(asked: Path | None) -> Path:
    """The folder that was asked for; else where `run` writes, ``leaderboard/``, or the installed.

    Raises:
        CardioBenchError: it is no folder, or there are no results anywhere.
    """
    if asked is not None:
        if not asked.is_dir():
            raise CardioBenchError(f"No folder {asked}. Type: cardiobench run --output {asked}")
        return asked
    from cardiobench.results.entry import published_folder

    places = [Path(DEFAULT_OUTPUT), Path(_CHECKOUT), published_folder()]
    for place in places:
        if place is not None and (place / "results").is_dir():
            return place
    raise CardioBenchError(
        f"There are no results in {DEFAULT_OUTPUT}/ or {_CHECKOUT}/. Type: cardiobench run"
    )
