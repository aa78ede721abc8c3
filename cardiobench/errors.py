"""Errors that a user can act on: one line, what is allowed, what to type next."""

import difflib
from collections.abc import Iterable


class CardioBenchError(Exception):
    """A mistake or a missing piece that the user can mend; shown as one line, never a traceback."""

    exit_code = 2


class UnknownNameError(CardioBenchError):
    """A name that is not among the known ones."""

    def __init__(self, kind: str, name: str, known: Iterable[str], *, hint: str = "") -> None:
        names = sorted(known)
        close = difflib.get_close_matches(name.lower(), [n.lower() for n in names], n=1)
        starts = [n.lower() for n in names if name and n.lower().startswith(name.lower())]
        likely = [*starts, *close]
        meant = next((n for n in names if likely and n.lower() == likely[0]), None)
        guess = f" Did you mean {meant!r}?" if meant else ""
        listing = ", ".join(names) if names else "none"
        super().__init__(
            f"Unknown {kind} {name!r}.{guess} Available: {listing}.{' ' + hint if hint else ''}"
        )


class WeightsError(CardioBenchError):
    """Weights that cannot be had, are not what they should be, or would be half-loaded."""


class DataError(CardioBenchError):
    """Source or task data that is missing or is not the pinned version."""


class StageError(CardioBenchError):
    """A stage of a run (train, evaluate, speed) failed; what was done before stays."""

    exit_code = 1


class UnfitModelError(StageError):
    """A model that no task can be evaluated with, so that the others need not be tried."""

    exit_code = 2
