"""Timing a model with its own weights, from a folder, without evaluating it."""

from pathlib import Path

from cardiobench.evaluation.manifest import finish_timed, identity_of
from cardiobench.evaluation.speed import measure_speed
from cardiobench.models.checkpoint import pinned
from cardiobench.plugins.architecture import Architecture
from cardiobench.results.entry import Entry


def time_own(output: Path, architecture: Architecture, *, device: str | None = None) -> Entry:
    """Time a model whose weights are at hand; an entry with scores keeps them.

    Args:
        output: folder of the results.
        architecture: what to time.
        device: torch device, or None for the best at hand.

    Returns:
        The model's entry: with a timing, and marked as timed only where it has no scores.

    Raises:
        WeightsError: the weights cannot be had, or are others than its own.
        StageError: the timing failed, for instance for want of memory.
    """
    architecture = pinned(architecture)
    entry = Entry(output, architecture.model_name, str(architecture.revision))
    if not entry.speed_path.is_file():
        measure_speed(entry, architecture, device=device)
    if not entry.manifest_path.is_file():
        finish_timed(entry, identity_of(entry, architecture, kind="speed-only"))
    return entry
