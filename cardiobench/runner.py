"""The main job: train, evaluate and time models, then write the board. Every stage resumes."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.adapter_store import AdapterStore
from cardiobench.architecture import Architecture, Precision
from cardiobench.entry import (
    Entry,
    EntryKind,
    Manifest,
    ModelIdentity,
    TrainingRecord,
    finished_entries,
)
from cardiobench.plugins import Plugins
from cardiobench.progress import Stages
from cardiobench.recipe import Recipe

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from cardiobench_tasks.catalogue import TaskSpec

ADAPTED_ORGANISATION = "cardiobench"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What one run is asked to do.

    Attributes:
        architectures: models to run, zero-shot and adapted.
        recipe: how to adapt, or None for zero-shot only.
        seed: training seed.
        tasks: tasks to evaluate on.
        output: folder of the results and the board.
        speed: whether to time the models.
        baselines: whether to evaluate the random and TF-IDF baselines too.
        device: torch device, or None for the best at hand.
        trust_remote_code: whether code from the hub may run.
        allow_pickle: whether weights published as a pickle only may be read.
        precision: number format of the weights, or None for each architecture's own.
        embedding_cache: whether embeddings are kept for, and taken from, other runs.
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
    embedding_cache: bool = True


@dataclass(slots=True)
class RunSummary:
    """What a run did: stages carried out, and entries it leaves behind."""

    stages_done: int = 0
    entries: list[Entry] = field(default_factory=list)


class Runner:
    """Carries out a request, stage by stage; a stage whose result is at hand is passed over.

    Args:
        request: what to do.
        plugins: where encoders come from.
        stages: where progress is shown.
    """

    def __init__(self, request: RunRequest, plugins: Plugins, stages: Stages) -> None:
        self.request = request
        self.plugins = plugins
        self.stages = stages
        self.summary = RunSummary()

    def run(self) -> RunSummary:
        """Do everything that is not done yet.

        Raises:
            CardioBenchError: a stage failed; finished stages stay on disk.
        """
        from cardiobench.checkpoint import pinned

        for named in self.request.architectures:
            architecture = pinned(named.at(self.request.precision or named.precision))
            self._zero_shot(architecture)
            if self.request.recipe is not None:
                self._adapted(architecture, self.request.recipe)
        if self.request.baselines:
            self._baselines()
        return self.summary

    def _zero_shot(self, architecture: Architecture) -> None:
        entry = Entry(self.request.output, architecture.model_name, str(architecture.revision))
        if self._is_complete(entry):
            return

        def encoder() -> Any:
            from cardiobench.embedding_table import EmbeddingTable
            from cardiobench.model_meta import base_meta

            model = self._load(architecture)
            return EmbeddingTable(model, base_meta(architecture), keep=self.request.embedding_cache)

        label = f"{architecture.name} zero-shot"
        self._evaluate(entry, encoder, label)
        self._time(entry, architecture, label)
        identity = self._identity(entry, architecture, kind="zero-shot")
        self._finish(entry, identity, training=None)

    def _adapted(self, architecture: Architecture, recipe: Recipe) -> None:
        name = f"{ADAPTED_ORGANISATION}/{architecture.name}-{recipe.name}-seed{self.request.seed}"
        store = AdapterStore(self.request.output, recipe, self.request.seed, self.request.tasks)
        found = store.find(architecture, name)
        if found is None:
            with self.stages.stage(f"{architecture.name} {recipe.name}: training") as step:
                found = store.train(self._load(architecture), architecture, name, step)
            self.summary.stages_done += 1
        entry, training = found
        if self._is_complete(entry):
            return

        def encoder() -> Any:
            from cardiobench.embedding_table import EmbeddingTable
            from cardiobench.encoder import load_adapter
            from cardiobench.model_meta import adapted_meta

            model = load_adapter(self._load(architecture), entry.adapter_folder)
            meta = adapted_meta(architecture, name=entry.name, revision=entry.revision)
            return EmbeddingTable(model, meta, keep=self.request.embedding_cache)

        label = f"{architecture.name} {recipe.name}"
        self._evaluate(entry, encoder, label)
        self._time(entry, architecture, label, adapter=entry.adapter_folder)
        identity = self._identity(entry, architecture, kind="adapted")
        self._finish(entry, identity, training)

    def _baselines(self) -> None:
        from cardiobench.baselines import BASELINES, load_baseline

        done = {e.name: e for e in finished_entries(self.request.output)}
        for name in BASELINES:
            if name in done and self._is_complete(done[name], timed=False):
                continue
            meta = load_baseline(name).mteb_model_meta
            entry = Entry(self.request.output, name, str(meta.revision))
            self._evaluate(entry, partial(load_baseline, name), name)
            identity = ModelIdentity(
                name=name,
                revision=entry.revision,
                architecture=name.partition("/")[2],
                kind="baseline",
                transformer="none",
                parameters=0,
                embedding_dim=int(meta.to_dict()["embed_dim"]),
                licence=str(meta.license),
            )
            self._finish(entry, identity, training=None)

    def _load(self, architecture: Architecture) -> "SentenceTransformer":
        from cardiobench.encoder import load_encoder

        return load_encoder(
            architecture,
            self.plugins,
            device=self.request.device,
            trust_remote_code=self.request.trust_remote_code,
            allow_pickle=self.request.allow_pickle,
        )

    def _pending(self, entry: Entry) -> list["TaskSpec"]:
        from cardiobench.evaluation import is_evaluated

        return [spec for spec in self.request.tasks if not is_evaluated(entry, spec)]

    def _is_complete(self, entry: Entry, *, timed: bool = True) -> bool:
        """Whether nothing is left to do for an entry; a complete one joins the summary."""
        complete = (
            entry.manifest_path.is_file()
            and not self._pending(entry)
            and (entry.speed_path.is_file() or not (self.request.speed and timed))
        )
        if complete:
            self.summary.entries.append(entry)
        return complete

    def _evaluate(self, entry: Entry, encoder: Callable[[], Any], label: str) -> None:
        """Evaluate the tasks that are not done; the encoder is loaded only if there are any."""
        from cardiobench.evaluation import evaluate_task

        pending = self._pending(entry)
        if not pending:
            return
        with self.stages.stage(f"{label}: {len(pending)} tasks") as step:
            loaded = encoder()
            for number, spec in enumerate(pending):
                step(number, len(pending))
                evaluate_task(loaded, entry, spec)
        self.summary.stages_done += 1

    def _time(
        self, entry: Entry, architecture: Architecture, label: str, adapter: Path | None = None
    ) -> None:
        if not self.request.speed or entry.speed_path.is_file():
            return
        from cardiobench.speed import measure_speed

        with self.stages.stage(f"{label}: speed"):
            measure_speed(
                entry,
                architecture,
                adapter=adapter,
                device=self.request.device,
                trust_remote_code=self.request.trust_remote_code,
                allow_pickle=self.request.allow_pickle,
            )
        self.summary.stages_done += 1

    def _identity(self, entry: Entry, architecture: Architecture, kind: EntryKind) -> ModelIdentity:
        return ModelIdentity(
            name=entry.name,
            revision=entry.revision,
            architecture=architecture.name,
            kind=kind,
            transformer=architecture.kind.value,
            parameters=architecture.parameters,
            embedding_dim=architecture.embedding_dim,
            licence=architecture.licence,
            adapted_from=architecture.checkpoint if kind == "adapted" else None,
        )

    def _finish(
        self, entry: Entry, identity: ModelIdentity, training: TrainingRecord | None
    ) -> None:
        """Write the manifest over all results at their current data revision."""
        from cardiobench import machine
        from cardiobench.evaluation import is_evaluated
        from cardiobench.sources.hpo import read_hpo
        from cardiobench.sources.icd10cm import read_icd10cm
        from cardiobench_tasks.catalogue import CATALOGUE

        entry.write_manifest(
            Manifest(
                model=identity,
                training=training,
                data={s.name: s.revision for s in CATALOGUE if is_evaluated(entry, s)},
                sources={"HPO": read_hpo().version, "ICD-10-CM": read_icd10cm().version},
                versions=machine.versions(),
                commit=machine.source_commit(),
                hardware=machine.hardware(),
                date=datetime.datetime.now(datetime.UTC).date().isoformat(),
            )
        )
        self.summary.entries.append(entry)
