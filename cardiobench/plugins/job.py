"""One piece of work that can run anywhere: a model, zero-shot or by one recipe with one seed."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.errors import CardioBenchError
from cardiobench.foundation.files import canonical_json, sha256_text
from cardiobench.plugins.architecture import Backend, Precision

if TYPE_CHECKING:
    from cardiobench.runs.summary import RunRequest

JOBS = "jobs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """Everything that a machine needs to know to do one piece of a run; no job knows who runs it.

    Attributes:
        model: name of an architecture, or hub id of a model that mteb loads.
        tasks: names of the tasks to evaluate on.
        recipe: every option of the recipe to adapt by, or None for zero-shot.
        seed: training seed.
        speed: whether to time the model.
        device: torch device, or None for the best at hand.
        precision: number format of the weights, or None for the architecture's own.
        backend: what computes the network.
        trust_remote_code: whether code from the hub may run.
        allow_pickle: whether weights published as a pickle only may be read.
        embedding_cache: whether embeddings are kept for, and taken from, other runs.
        mteb_medical: whether to run mteb's own medical tasks too.
        report_to: trackers that trainings report to.
    """

    model: str
    tasks: tuple[str, ...]
    recipe: Mapping[str, Any] | None = None
    seed: int = 0
    speed: bool = True
    device: str | None = None
    precision: str | None = None
    backend: str = Backend.TORCH.value
    trust_remote_code: bool = False
    allow_pickle: bool = False
    embedding_cache: bool = True
    mteb_medical: bool = False
    report_to: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What people call it: ``minilm zero-shot``, ``minilm quick seed 0``."""
        other = self.backend if self.backend != Backend.TORCH else None
        name = "-".join(part for part in (self.model, self.precision, other) if part)
        if self.recipe is None:
            return f"{name} zero-shot"
        return f"{name} {self.recipe['name']} seed {self.seed}"

    @property
    def key(self) -> str:
        """What tells jobs apart: a hash of all fields, 12 characters."""
        return sha256_text(canonical_json(self.to_json()))[:12]

    def folder(self, output: Path) -> Path:
        """Where the job's state, progress and log are, below the output folder."""
        slug = re.sub(r"[^A-Za-z0-9._-]+", "-", self.label)
        return output / JOBS / f"{slug}-{self.key}"

    def to_json(self) -> dict[str, Any]:
        """The job as JSON values."""
        return {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self).items()}

    @classmethod
    def from_json(cls, values: Any) -> "Job":
        """The job that :meth:`to_json` gave.

        Raises:
            CardioBenchError: it is not a job, or one of another version.
        """
        known = {field.name for field in fields(cls)}
        if not isinstance(values, dict) or not {"model", "tasks"} <= values.keys() <= known:
            raise CardioBenchError(
                "This is not a job of this version of CardioBench: its fields are "
                f"{', '.join(sorted(known))}. Type the command that made it again."
            )
        tuples: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in values.items()
        }
        return cls(**tuples)

    def request(self, output: Path) -> "RunRequest":
        """What a runner is asked to do.

        Args:
            output: folder of the results.

        Raises:
            CardioBenchError: this machine does not know the model, a task or the recipe's options;
                the message names it.
        """
        from cardiobench.plugins.registry import load_plugins
        from cardiobench.plugins.tasks import task_named
        from cardiobench.runs.summary import RunRequest
        from cardiobench.training.recipe import Recipe

        foreign = "/" in self.model
        own = () if foreign else (load_plugins().architecture(self.model),)
        return RunRequest(
            architectures=own,
            foreign=(self.model,) if foreign else (),
            recipe=Recipe(**self.recipe) if self.recipe is not None else None,
            zero_shot=self.recipe is None,
            seed=self.seed,
            tasks=tuple(task_named(name) for name in self.tasks),
            output=output,
            speed=self.speed,
            baselines=False,
            device=self.device,
            trust_remote_code=self.trust_remote_code,
            allow_pickle=self.allow_pickle,
            precision=Precision(self.precision) if self.precision else None,
            backend=Backend(self.backend),
            embedding_cache=self.embedding_cache,
            mteb_medical=self.mteb_medical,
            report_to=self.report_to,
        )
