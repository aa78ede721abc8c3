"""Energy of a training, estimated by codecarbon where that is installed."""

import contextlib
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(slots=True)
class Energy:
    """What a block used, in kWh; None where codecarbon is not installed."""

    kwh: float | None = None


@contextlib.contextmanager
def measured_energy() -> Iterator[Energy]:
    """Estimate the energy of processor, memory and GPUs while a block runs.

    The estimate is of this process's share of a training. codecarbon's offline tracker is used: it
    asks no server where this machine stands, so there is no figure for emissions.
    """
    energy = Energy()
    if importlib.util.find_spec("codecarbon") is None:
        yield energy
        return
    from codecarbon import OfflineEmissionsTracker

    tracker = OfflineEmissionsTracker(
        country_iso_code="USA",  # the tracker wants one; it changes emissions, not energy
        output_methods=[],
        log_level="critical",
        allow_multiple_runs=True,
        tracking_mode="process",
    )
    tracker.start()
    try:
        yield energy
    finally:
        tracker.stop()
    # The tracker reports no failure of its own: then there is nothing to read.
    measured = getattr(tracker, "final_emissions_data", None)
    energy.kwh = float(measured.energy_consumed) if measured else None
