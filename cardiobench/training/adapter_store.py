"""Trained adapters of one output folder: found by what they were trained from, or trained."""

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.foundation.files import (
    canonical_json,
    read_json,
    sha256_file,
    sha256_text,
    write_json,
)
from cardiobench.models.trained_weights import weights_file
from cardiobench.pairs.document_text import write_fingerprint
from cardiobench.pairs.near_duplicates import near_duplicates
from cardiobench.pairs.pair import TrainingPairs
from cardiobench.pairs.selection import recipe_pairs
from cardiobench.pairs.test_texts import (
    separation_items,
    supplied_texts,
    task_texts,
    written_texts,
)
from cardiobench.plugins.architecture import Architecture
from cardiobench.results.entry import Entry, TrainingRecord
from cardiobench.training.adapt import adapt
from cardiobench.training.adapters import scale_saved
from cardiobench.training.curve import write_curve
from cardiobench.training.recipe import Recipe
from cardiobench.training.validation_parts import written_validation_texts

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

    from cardiobench.training.adapt import Adaptation
    from cardiobench_tasks.catalogue import TaskSpec


# The parts of the near-duplicates record that hold a value a task.
_BY_TASK = ("counts", "items", "revisions")


@dataclass(slots=True)
class AdapterStore:
    """The adapters of one recipe and seed below an output folder; ``tasks`` are audited for leaks.

    The texts of plugins' tasks among them are held out of the pairs.

    A training in progress lives in ``training/<model>-<key>/``, where the key hashes architecture,
    recipe, seed and pairs; when it is done the adapter moves to its entry and ``done.json`` says
    which revision that is.
    """

    output: Path
    recipe: Recipe
    seed: int
    tasks: "tuple[TaskSpec, ...]" = ()
    report_to: tuple[str, ...] = ()
    _pairs: TrainingPairs | None = None

    def find(self, architecture: Architecture, name: str) -> tuple[Entry, TrainingRecord] | None:
        """The finished adapter of an earlier run, or None; damaged weights count as none.

        Where the same training is at hand whole, ``adapter_scale`` is applied to it and filed.
        """
        return self._finished(architecture, name) or self._rescaled(architecture, name)

    def _finished(
        self, architecture: Architecture, name: str
    ) -> tuple[Entry, TrainingRecord] | None:
        done = self._folder(architecture, name) / "done.json"
        if not done.is_file():
            return None
        stored = read_json(done)
        entry = Entry(self.output, name, str(stored["revision"]))
        record = TrainingRecord.model_validate(stored["training"])
        weights = weights_file(entry.adapter_folder)
        if not weights.is_file() or sha256_file(weights) != record.adapter_sha256:
            return None
        return entry, self._audited(entry, record, done)

    def _audited(self, entry: Entry, record: TrainingRecord, done: Path) -> TrainingRecord:
        """The record with the near-duplicates of every task asked for, at its data's revision."""
        before = record.audit.get("near_duplicates", {})
        revisions = before.get("revisions", {})
        if all(revisions.get(spec.name) == spec.revision for spec in self.tasks):
            return record
        now = self._near_duplicates()
        merged = {key: {**before.get(key, {}), **now[key]} for key in _BY_TASK}
        audit = {**record.audit, "near_duplicates": {**now, **merged}}
        record = record.model_copy(update={"audit": audit})
        _write_done(done, entry, record)
        return record

    def train(
        self,
        model: "SentenceTransformer",
        architecture: Architecture,
        name: str,
        progress: Callable[[int, int], None],
    ) -> tuple[Entry, TrainingRecord]:
        """Train the adapter, going on from an earlier run's last checkpoint, and file it.

        Args:
            model: the freshly loaded base model.
            architecture: what it is.
            name: name of the adapted model, ``organisation/model``.
            progress: called with (steps done, steps in all).
        """
        result = self.adapt(model, architecture, name, progress)
        pairs = self.pairs()
        record = TrainingRecord(
            recipe=self.recipe.to_record(),
            seed=self.seed,
            pairs_sha256=pairs.sha256,
            audit={**pairs.audit.to_json(), "near_duplicates": self._near_duplicates()},
            trainable_parameters=result.trainable_parameters,
            steps=result.steps,
            train_seconds=round(result.train_seconds, 1),
            loss=round(result.loss, 6),
            adapter_sha256=result.adapter_sha256,
            validation=asdict(result.validation) if result.validation else None,
            energy_kwh=round(result.energy_kwh, 6) if result.energy_kwh is not None else None,
        )
        entry = self._entry(architecture, name, record)
        write_curve(result.curve, entry.curve_path, entry.curve_figure_path)
        return self._file(entry, record, result.folder)

    def _rescaled(
        self, architecture: Architecture, name: str
    ) -> tuple[Entry, TrainingRecord] | None:
        """The adapter from a finished whole training that ``adapter_scale`` alone tells apart.

        Not a part of :meth:`train`, which several processes take part in. Validation would have to
        be done anew, so that trainings that are validated are repeated.
        """
        if self.recipe.adapter_scale == 1 or self.recipe.validation_fraction:
            return None
        whole = replace(self, recipe=replace(self.recipe, adapter_scale=1.0))
        trained = whole._finished(architecture, name)
        if trained is None:
            return None
        earlier, record = trained
        folder = self._folder(architecture, name) / "adapter"
        shutil.rmtree(folder, ignore_errors=True)
        # The card is another model's.
        shutil.copytree(earlier.adapter_folder, folder, ignore=shutil.ignore_patterns("README.md"))
        scale_saved(weights_file(folder), self.recipe.adapter_scale)
        changes = {
            "recipe": self.recipe.to_record(),
            "adapter_sha256": sha256_file(weights_file(folder)),
        }
        record = record.model_copy(update=changes)
        entry = self._entry(architecture, name, record)
        entry.curve_path.parent.mkdir(parents=True, exist_ok=True)
        for source, copy in (
            (earlier.curve_path, entry.curve_path),
            (earlier.curve_figure_path, entry.curve_figure_path),
        ):
            if source.is_file():
                shutil.copyfile(source, copy)
        return self._file(entry, record, folder)

    def _entry(self, architecture: Architecture, name: str, record: TrainingRecord) -> Entry:
        """Where an adapter is filed: its revision is a hash of weights, base and recipe."""
        made = [record.adapter_sha256, architecture.revision, record.recipe]
        return Entry(self.output, name, sha256_text(canonical_json(made))[:40])

    def adapt(
        self,
        model: "SentenceTransformer",
        architecture: Architecture,
        name: str,
        progress: Callable[[int, int], None] = lambda done, total: None,
    ) -> "Adaptation":
        """Train alone: all that is left to do for a process that is not the first of several."""

        return adapt(
            model,
            architecture,
            self.recipe,
            self.pairs(),
            seed=self.seed,
            folder=self._folder(architecture, name),
            progress=progress,
            report_to=self.report_to,
        )

    def _file(
        self, entry: Entry, record: TrainingRecord, folder: Path
    ) -> tuple[Entry, TrainingRecord]:
        """Move a finished adapter to its entry, then say where it is."""
        texts = [
            text
            for pair in self.pairs().pairs
            if pair.from_documents
            for text in (pair.anchor, pair.positive)
        ]
        if texts:
            write_fingerprint(texts, fingerprint_path(entry))
        shutil.rmtree(entry.adapter_folder, ignore_errors=True)
        entry.adapter_folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(folder, entry.adapter_folder)
        _write_done(folder.parent / "done.json", entry, record)
        return entry, record

    def pairs(self) -> TrainingPairs:
        """Training pairs of the recipe, checked against what the tasks test."""
        if self._pairs is None:
            self._pairs = recipe_pairs(
                self.recipe,
                separation=separation_items(self.recipe.scope),
                held_out_texts=written_texts()
                | written_validation_texts()
                | supplied_texts(self.tasks),
            )
        return self._pairs

    def _near_duplicates(self) -> dict[str, Any]:
        """How many items of the tasks also stand among the training texts, word for word or nearly.

        For separation these are the exposed concepts; for the other tasks there should be few.
        """

        training = (
            (pair.concept, text)
            for pair in self.pairs().pairs
            for text in (pair.anchor, pair.positive, pair.negative)
            if text
        )
        overlap = near_duplicates(training, task_texts(self.tasks))
        return {
            "counts": overlap.counts,
            "items": overlap.items,
            "revisions": {spec.name: spec.revision for spec in self.tasks},
            "threshold": overlap.threshold,
        }

    def _folder(self, architecture: Architecture, name: str) -> Path:
        identity = [architecture.identity, self.recipe.to_record(), self.seed, self.pairs().sha256]
        key = sha256_text(canonical_json(identity))[:16]
        return self.output / "training" / f"{name.partition('/')[2]}-{key}"


def fingerprint_path(entry: Entry) -> Path:
    """Where the hashes of an entry's own documents are kept: below the output folder, beside the
    trainings, where no submission takes them along."""
    return entry.root / "training" / f"documents-{entry.revision}.npy"


def _write_done(path: Path, entry: Entry, record: TrainingRecord) -> None:
    """Say where a finished adapter is, and how it was made."""
    write_json(path, {"revision": entry.revision, "training": record.model_dump(mode="json")})
