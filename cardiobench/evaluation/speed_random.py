"""Timing an architecture without evaluating it, with random weights where the hub is not needed.

Throughput, latency and memory do not depend on the values of weights, so a model of the published
class and size with random ones is as fast as the published one. Such entries have no scores and
stand on the board's speed tables only.
"""

import tempfile
from pathlib import Path

from cardiobench.evaluation.manifest import finish_timed
from cardiobench.evaluation.speed import measure_speed
from cardiobench.foundation import machine
from cardiobench.foundation.files import canonical_json, sha256_text
from cardiobench.models.random_weights import write_checkpoint
from cardiobench.plugins.architecture import Architecture
from cardiobench.results.entry import Entry, ModelIdentity
from cardiobench.sources.hpo import read_hpo


def random_entry(output: Path, architecture: Architecture) -> Entry:
    """Where the timing of an architecture with random weights on this machine is kept."""
    hardware = sha256_text(canonical_json(machine.hardware()))[:8]
    name = f"random-weights/{architecture.name}"
    return Entry(output, name, f"{architecture.precision.value}-{hardware}")


def time_random(output: Path, architecture: Architecture, *, device: str | None = None) -> Entry:
    """Make a full-size model with random weights, time it, and keep the entry.

    Args:
        output: folder of the results.
        architecture: what to time; it needs a ``config``.
        device: torch device, or None for the best at hand.

    Raises:
        WeightsError: the architecture has no ``config``.
        StageError: the timing failed, for instance for want of memory.
    """

    entry = random_entry(output, architecture)
    definitions = [c.definition for c in read_hpo().concepts.values() if c.definition]
    with tempfile.TemporaryDirectory(prefix="cardiobench-") as folder:
        made = write_checkpoint(architecture, Path(folder), definitions, tiny=False, device=device)
        measure_speed(entry, made, location=folder, device=device, allow_pickle=True)
    finish_timed(
        entry,
        ModelIdentity(
            name=entry.name,
            revision=entry.revision,
            architecture=architecture.name,
            kind="speed-only",
            transformer=architecture.kind.value,
            parameters=made.parameters,
            embedding_dim=made.embedding_dim,
            licence=architecture.licence,
        ),
    )
    return entry
