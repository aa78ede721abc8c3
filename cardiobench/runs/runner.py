"""The main job: train, evaluate and time models, then write the board. Every stage resumes."""

import logging
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from typing import TYPE_CHECKING, Any

from cardiobench.errors import CardioBenchError, StageError
from cardiobench.evaluation.manifest import identity_of, identity_of_meta
from cardiobench.evaluation.speed import speed_texts
from cardiobench.evaluation.variants import (
    deviation,
    read_deviation,
    unit_embeddings,
    write_deviation,
)
from cardiobench.foundation.processes import from_first, own_device, rank, world_size
from cardiobench.foundation.terminal import Stages
from cardiobench.foundation.text import squeeze
from cardiobench.models.baselines import BASELINES, load_baseline
from cardiobench.models.checkpoint import pinned
from cardiobench.models.encoder import load_adapter, load_encoder
from cardiobench.models.hub_models import foreign_meta, load_foreign
from cardiobench.plugins.architecture import Architecture
from cardiobench.plugins.registry import Plugins
from cardiobench.results.entry import Entry, EntryKind, finished_entries
from cardiobench.runs.lock import only_one
from cardiobench.runs.stages import EntryStages
from cardiobench.runs.summary import RunRequest, RunSummary
from cardiobench.sharing.model_card import write_card
from cardiobench.training.adapter_store import AdapterStore
from cardiobench.training.recipe import Recipe

if TYPE_CHECKING:
    from mteb.models.model_meta import ModelMeta
    from sentence_transformers import SentenceTransformer


ADAPTED_ORGANISATION = "cardiobench"


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
        self._entries = EntryStages(request, stages, self.summary)

    def run(self) -> RunSummary:
        """Do everything that is not done yet; what fails does not stop the rest.

        Raises:
            CardioBenchError: the first failure, if it left nothing at all; what was done before
                stays on disk.
        """
        if rank():
            self._help_to_train()
            return self.summary
        jobs: list[tuple[str, Callable[[], None]]] = [
            *((spec.name, partial(self._model, spec)) for spec in self.request.architectures),
            *((name, partial(self._foreign, name)) for name in self.request.foreign),
        ]
        for label, job in jobs:
            try:
                job()
            except CardioBenchError as error:
                self._entries.failed(error)
                if world_size() > 1:
                    raise  # the others may be in the middle of a training that cannot go on
            except Exception as error:
                if world_size() > 1:
                    raise
                logging.getLogger(__name__).debug("%s failed", label, exc_info=True)
                said = squeeze(f"{type(error).__name__}: {error}")
                self._entries.failed(StageError(f"{label} failed: {said}"))
        if self.summary.failures and not self.summary.entries:
            raise self.summary.failures[0]
        if self.request.baselines:
            with self._only_one("baselines"):
                self._baselines()
        if self.request.recipe is not None:
            from_first("", self.request.device)
        return self.summary

    def _only_one(self, label: str) -> AbstractContextManager[None]:
        return only_one(self.request.output, label, self.stages.say)

    def _help_to_train(self) -> None:
        """What a process does that is not the first: take part in trainings until there is none."""
        recipe = self.request.recipe
        by_name = {spec.name: spec for spec in map(self._specified, self.request.architectures)}
        while recipe is not None and (name := from_first("", self.request.device)):
            architecture = by_name[name]
            adapted = self._adapted_name(architecture, recipe)
            self._store(recipe).adapt(self._load(architecture), architecture, adapted)

    def _specified(self, named: Architecture) -> Architecture:
        """The architecture as asked for, with its commit."""

        usual = pinned(named)
        asked = usual.at(self.request.precision or usual.precision)
        return asked.on(self.request.backend)

    def _adapted_name(self, architecture: Architecture, recipe: Recipe) -> str:
        seed = self.request.seed
        return f"{ADAPTED_ORGANISATION}/{architecture.name}-{recipe.name}-seed{seed}"

    def _store(self, recipe: Recipe) -> AdapterStore:
        request = self.request
        return AdapterStore(request.output, recipe, request.seed, request.tasks, request.report_to)

    def _model(self, named: Architecture) -> None:
        architecture = self._specified(named)
        recipe = self.request.recipe
        if self.request.zero_shot:
            with self._only_one(architecture.name):
                self._zero_shot(architecture, named)
        if recipe is None:
            return
        if architecture.lora_targets:
            with self._only_one(f"{architecture.name}-{recipe.name}-seed{self.request.seed}"):
                self._adapted(architecture, recipe)
        else:
            self.stages.say(f"{architecture.name}: zero-shot only, it has no lora_targets.")

    def _zero_shot(self, architecture: Architecture, usual: Architecture) -> None:
        entry = Entry(self.request.output, architecture.model_name, str(architecture.revision))
        if self._entries.is_complete(entry):
            return
        if architecture.name != usual.name and read_deviation(entry.extras) is None:
            self._compare(entry, architecture, usual)

        def encoder() -> Any:
            from cardiobench.models.embedding_table import EmbeddingTable
            from cardiobench.models.mteb_meta import base_meta

            model = self._load(architecture)
            return EmbeddingTable(model, base_meta(architecture), keep=self.request.embedding_cache)

        label = f"{architecture.name} zero-shot"
        self._entries.evaluate(entry, encoder, label)
        self._entries.time(entry, architecture, label)
        identity = identity_of(entry, architecture, kind="zero-shot")
        self._entries.finish(entry, identity, training=None)

    def _compare(self, entry: Entry, architecture: Architecture, usual: Architecture) -> None:
        """Measure what another number format or backend changes in the cosines."""

        texts = speed_texts()
        with self.stages.stage(f"{architecture.name}: compared with {usual.name}"):
            wanted, found = (
                unit_embeddings(self._load(spec), texts) for spec in (usual, architecture)
            )
            write_deviation(entry.extras, deviation(usual.model_name, wanted, found))
        self.summary.stages_done += 1

    def _adapted(self, architecture: Architecture, recipe: Recipe) -> None:

        name = self._adapted_name(architecture, recipe)
        store = self._store(recipe)
        found = store.find(architecture, name)
        if found is None:
            label = f"{architecture.name} {recipe.name}: training"
            pairs_per_step = recipe.batch_size * recipe.gradient_accumulation * world_size()
            with self.stages.stage(label, "pairs", pairs_per_step) as step:
                from_first(architecture.name, self.request.device)
                found = store.train(self._load(architecture), architecture, name, step)
            write_card(found[0], architecture, found[1])
            self.summary.stages_done += 1
        entry, training = found
        if not self.request.tasks:
            self.summary.entries.append(entry)
        if not self.request.tasks or self._entries.is_complete(entry):
            return

        def encoder() -> Any:
            from cardiobench.models.embedding_table import EmbeddingTable
            from cardiobench.models.mteb_meta import adapted_meta

            model = load_adapter(self._load(architecture), entry.adapter_folder)
            meta = adapted_meta(architecture, name=entry.name, revision=entry.revision)
            return EmbeddingTable(model, meta, keep=self.request.embedding_cache)

        label = f"{architecture.name} {recipe.name}"
        self._entries.evaluate(entry, encoder, label)
        self._entries.time(entry, architecture, label, adapter=entry.adapter_folder)
        identity = identity_of(entry, architecture, kind="adapted")
        self._entries.finish(entry, identity, training)
        write_card(entry, architecture, training)

    def _baselines(self) -> None:

        done = {e.name: e for e in finished_entries(self.request.output)}
        for name in BASELINES:
            if name in done and self._entries.is_complete(done[name], timed=False):
                continue
            meta = load_baseline(name).mteb_model_meta
            self._unadapted(meta, partial(load_baseline, name), kind="baseline")

    def _foreign(self, name: str) -> None:

        meta = foreign_meta(name, trust_remote_code=self.request.trust_remote_code)
        load = partial(load_foreign, meta, self.request.device)
        with self._only_one(name):
            self._unadapted(meta, load, kind="zero-shot")

    def _unadapted(self, meta: "ModelMeta", load: Callable[[], Any], kind: EntryKind) -> None:
        """Evaluate a model that no plugin supplies; it is not timed."""
        name = str(meta.name)
        entry = Entry(self.request.output, name, str(meta.revision))
        if self._entries.is_complete(entry, timed=False):
            return
        self._entries.evaluate(entry, load, name)
        self._entries.finish(entry, identity_of_meta(meta, kind), training=None)

    def _load(self, architecture: Architecture) -> "SentenceTransformer":

        return load_encoder(
            architecture,
            self.plugins,
            device=own_device(self.request.device),
            trust_remote_code=self.request.trust_remote_code,
            allow_pickle=self.request.allow_pickle,
        )
