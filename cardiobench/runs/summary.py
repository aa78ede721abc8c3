"""What a run is asked to do, and what it did."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from cardiobench.errors import CardioBenchError
from cardiobench.plugins.architecture import Architecture, Backend, Precision
from cardiobench.results.entry import Entry
from cardiobench.training.recipe import Recipe

if TYPE_CHECKING:
    from cardiobench_tasks.catalogue import TaskSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What one run is asked to do.

    Attributes:
        architectures: models to run, zero-shot and adapted.
        foreign: models that no plugin supplies, loaded by mteb and run zero-shot.
        recipe: how to adapt, or None for zero-shot only.
        zero_shot: whether to evaluate the models as they are, too.
        seed: training seed.
        tasks: tasks to evaluate on.
        output: folder of the results and the board.
        speed: whether to time the models.
        baselines: whether to evaluate the random and TF-IDF baselines too.
        device: torch device, or None for the best at hand.
        trust_remote_code: whether code from the hub may run.
        allow_pickle: whether weights published as a pickle only may be read.
        precision: number format of the weights, or None for each architecture's own.
        backend: what computes the networks.
        embedding_cache: whether embeddings are kept for, and taken from, other runs.
        report_to: trackers that trainings report to.
        mteb_medical: whether to run mteb's own medical tasks too.
    """

    architectures: tuple[Architecture, ...]
    recipe: Recipe | None
    seed: int
    tasks: tuple["TaskSpec", ...]
    output: Path
    speed: bool = True
    baselines: bool = True
    device: str | None = None
    trust_remote_code: bool = False
    allow_pickle: bool = False
    precision: Precision | None = None
    backend: Backend = Backend.TORCH
    embedding_cache: bool = True
    mteb_medical: bool = False
    foreign: tuple[str, ...] = ()
    zero_shot: bool = True
    report_to: tuple[str, ...] = ()


@dataclass(slots=True)
class RunSummary:
    """What a run did: stages carried out, entries it leaves behind, and what failed."""

    stages_done: int = 0
    entries: list[Entry] = field(default_factory=list)
    failures: list[CardioBenchError] = field(default_factory=list)
