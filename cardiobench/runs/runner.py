"""One job from its model to its entry: train, evaluate, time. Every stage resumes."""

from functools import partial
from typing import TYPE_CHECKING, Any

from cardiobench.evaluation.evaluate import write_meta
from cardiobench.evaluation.manifest import finish, identity_of, identity_of_meta, stored_meta
from cardiobench.evaluation.origin import (
    Origin,
    drop_stale_results,
    origin_of,
    read_origin,
    write_origin,
)
from cardiobench.evaluation.speed import speed_texts
from cardiobench.evaluation.variants import (
    deviation,
    read_deviation,
    unit_embeddings,
    write_deviation,
)
from cardiobench.foundation.files import read_json
from cardiobench.foundation.processes import from_first, own_device, world_size
from cardiobench.foundation.terminal import Stages
from cardiobench.models.baselines import BASELINES, load_baseline
from cardiobench.models.encoder import load_adapter, load_encoder
from cardiobench.models.hub_models import foreign_meta, load_foreign
from cardiobench.models.supplied_encoders import supplied_encoder
from cardiobench.plugins.architecture import Architecture
from cardiobench.results.entry import Entry, EntryKind, finished_entries
from cardiobench.runs.lock import only_one
from cardiobench.runs.resolve import ResolvedJob
from cardiobench.runs.stages import EntryStages, is_complete
from cardiobench.sharing.model_card import write_card
from cardiobench.training.adapter_store import AdapterStore
from cardiobench.training.recipe import Recipe

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


ADAPTED_ORGANISATION = "cardiobench"


class Runner:
    """Does one job, stage by stage; a stage whose result is at hand is passed over.

    Args:
        work: what to do.
        stages: where progress is shown.
    """

    def __init__(self, work: ResolvedJob, stages: Stages) -> None:
        self.work = work
        self.job = work.job
        self.stages = stages
        self.entry_stages = EntryStages(work, stages)

    def run(self) -> None:
        """Do everything that is not done yet; ``entry_stages`` counts it.

        Raises:
            CardioBenchError: the model cannot be had, trained or timed; what was done before stays
                on disk.
        """
        architecture, recipe = self.work.architecture, self.work.recipe
        with only_one(self.work.output, self.work.name, self.stages.say):
            if architecture is None:
                self._unsupplied()
            elif recipe is None:
                self._zero_shot(architecture)
            else:
                self._adapted(architecture, recipe)

    def help_to_train(self) -> None:
        """What a process does that is not the first: take its part in the job's training."""
        architecture, recipe = self.work.architecture, self.work.recipe
        if architecture is not None and recipe is not None:
            store = self._store(recipe)
            store.adapt(self._load(architecture), architecture, self._adapted_name())

    def _adapted_name(self) -> str:
        return f"{ADAPTED_ORGANISATION}/{self.work.name}"

    def _store(self, recipe: Recipe) -> AdapterStore:
        job = self.job
        return AdapterStore(self.work.output, recipe, job.seed, self.work.tasks, job.report_to)

    def _zero_shot(self, architecture: Architecture) -> None:
        entry = Entry(self.work.output, architecture.model_name, str(architecture.revision))
        self._drop_stale(entry, architecture)
        if is_complete(entry, self.job):
            self._tell_anew(entry, architecture)
            self.entry_stages.leave(entry)
            return
        self._compare(entry, architecture)

        def encoder() -> Any:
            from cardiobench.models.embedding_table import EmbeddingTable
            from cardiobench.models.mteb_meta import base_meta

            model = self._load(architecture)
            write_origin(entry, self._origin(architecture, model))
            return EmbeddingTable(model, base_meta(architecture), keep=self.job.embedding_cache)

        label = f"{architecture.name} zero-shot"
        self.entry_stages.evaluate(entry, encoder, label)
        self.entry_stages.time(entry, architecture, label)
        identity = identity_of(entry, architecture, kind="zero-shot")
        self.entry_stages.finish(entry, identity, training=None)

    def _drop_stale(self, entry: Entry, architecture: Architecture) -> None:
        """Results of another specification or other weights are not this model's."""
        model = None
        if read_origin(entry) and self.work.plugins.builds(architecture):
            model = self._load(architecture)  # no file says what its plugin builds
        changed = drop_stale_results(entry, self._origin(architecture, model))
        if changed:
            self.stages.say(f"Evaluated anew: {entry.name}, since these changed: {changed}.")

    def _origin(self, architecture: Architecture, model: Any = None) -> Origin:
        return origin_of(architecture, model, built=self.work.plugins.builds(architecture))

    def _tell_anew(self, entry: Entry, architecture: Architecture) -> None:
        """What the user tells of a folder's model may change when its results do not."""
        if not (architecture.is_local and entry.meta_path.is_file()):
            return
        identity = identity_of(entry, architecture, kind="zero-shot")
        stated = read_json(entry.meta_path).get("reference") or ""
        if (entry.manifest().model, stated) != (identity, architecture.reference):
            from cardiobench.models.mteb_meta import base_meta

            write_meta(entry, base_meta(architecture))
            finish(entry, identity, None)
            self.stages.say(f"{entry.name}: licence, reference and access are as told now.")

    def _compare(self, entry: Entry, architecture: Architecture) -> None:
        """Measure what another number format or backend changes in the cosines."""
        usual = self.work.usual
        if usual is None or usual.name == architecture.name or read_deviation(entry.extras):
            return
        texts = speed_texts()
        with self.stages.stage(f"{architecture.name}: compared with {usual.name}"):
            wanted, changed = (
                unit_embeddings(self._load(spec), texts) for spec in (usual, architecture)
            )
            write_deviation(entry.extras, deviation(usual.model_name, wanted, changed))
        self.entry_stages.stages_done += 1

    def _adapted(self, architecture: Architecture, recipe: Recipe) -> None:
        name = self._adapted_name()
        store = self._store(recipe)
        trained = store.find(architecture, name)
        if trained is None:
            label = f"{architecture.name} {recipe.name}: training"
            pairs_per_step = recipe.batch_size * recipe.gradient_accumulation * world_size()
            with self.stages.stage(label, "pairs", pairs_per_step) as step:
                from_first(self.job.key, self.job.device)
                trained = store.train(self._load(architecture), architecture, name, step)
            write_card(trained[0], architecture, trained[1])
            self.entry_stages.stages_done += 1
        entry, training = trained
        self._drop_stale(entry, architecture)
        if is_complete(entry, self.job):
            self.entry_stages.leave(entry)
            return

        def encoder() -> Any:
            from cardiobench.models.embedding_table import EmbeddingTable
            from cardiobench.models.mteb_meta import adapted_meta

            base = self._load(architecture)
            write_origin(entry, self._origin(architecture, base))
            model = load_adapter(base, entry.adapter_folder)
            meta = adapted_meta(architecture, name=entry.name, revision=entry.revision)
            return EmbeddingTable(model, meta, keep=self.job.embedding_cache)

        label = f"{architecture.name} {recipe.name}"
        self.entry_stages.evaluate(entry, encoder, label)
        self.entry_stages.time(entry, architecture, label, adapter=entry.adapter_folder)
        identity = identity_of(entry, architecture, kind="adapted")
        self.entry_stages.finish(entry, identity, training)
        write_card(entry, architecture, training)

    def _unsupplied(self) -> None:
        """Evaluate a baseline, or a model that mteb loads; neither is timed."""
        name, output = self.job.model, self.work.output
        kind: EntryKind = "zero-shot"
        if name in BASELINES:
            for entry in finished_entries(output):
                if entry.name == name and is_complete(entry, self.job):
                    self.entry_stages.leave(entry)
                    return
            baseline = load_baseline(name)
            kind, meta, load = "baseline", baseline.mteb_model_meta, lambda: baseline
        elif encoder := supplied_encoder(
            self.work.plugins, name, self.job.device, keep=self.job.embedding_cache
        ):
            meta, load = encoder.mteb_model_meta, lambda: encoder
        else:
            meta = foreign_meta(name, trust_remote_code=self.job.trust_remote_code)
            load = partial(load_foreign, meta, self.job.device)
        entry = Entry(output, str(meta.name), str(meta.revision))
        if is_complete(entry, self.job):
            self.entry_stages.leave(entry)
            return
        self.entry_stages.evaluate(entry, load, entry.name)
        if meta.embed_dim is None:  # an API's is known once it has answered
            meta = stored_meta(entry)
        self.entry_stages.finish(entry, identity_of_meta(meta, kind), training=None)

    def _load(self, architecture: Architecture) -> "SentenceTransformer":
        return load_encoder(
            architecture,
            self.work.plugins,
            device=own_device(self.job.device),
            trust_remote_code=self.job.trust_remote_code,
            allow_pickle=self.job.allow_pickle,
        )
