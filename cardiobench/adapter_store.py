"""Trained adapters of one output folder: found by what they were trained from, or trained."""

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from cardiobench.architecture import Architecture
from cardiobench.entry import Entry, TrainingRecord
from cardiobench.files import canonical_json, read_json, sha256_file, sha256_text, write_json
from cardiobench.pairs import TrainingPairs, training_pairs
from cardiobench.recipe import Recipe
from cardiobench.sources.cardiology import cardiology_areas
from cardiobench.sources.hpo import read_hpo

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

ADAPTER_WEIGHTS = "adapter_model.safetensors"


@dataclass(slots=True)
class AdapterStore:
    """The adapters of one recipe and seed below an output folder.

    A training in progress lives in ``training/<model>-<key>/``, where the key hashes architecture,
    recipe, seed and pairs; when it is done the adapter moves to its entry and ``done.json`` says
    which revision that is.
    """

    output: Path
    recipe: Recipe
    seed: int
    _pairs: TrainingPairs | None = None

    def find(self, architecture: Architecture, name: str) -> tuple[Entry, TrainingRecord] | None:
        """The finished adapter of an earlier run, or None; damaged weights count as none."""
        done = self._folder(architecture, name) / "done.json"
        if not done.is_file():
            return None
        stored = read_json(done)
        entry = Entry(self.output, name, str(stored["revision"]))
        record = TrainingRecord.model_validate(stored["training"])
        weights = entry.adapter_folder / ADAPTER_WEIGHTS
        if weights.is_file() and sha256_file(weights) == record.adapter_sha256:
            return entry, record
        return None

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
        from cardiobench.model_card import adapter_card
        from cardiobench.training import adapt

        pairs = self.pairs()
        folder = self._folder(architecture, name)
        result = adapt(
            model,
            architecture,
            self.recipe,
            pairs,
            seed=self.seed,
            folder=folder,
            progress=progress,
        )
        record = TrainingRecord(
            recipe=self.recipe.to_json(),
            seed=self.seed,
            pairs_sha256=pairs.sha256,
            audit=pairs.audit.to_json(),
            trainable_parameters=result.trainable_parameters,
            steps=result.steps,
            train_seconds=round(result.train_seconds, 1),
            loss=round(result.loss, 6),
            adapter_sha256=result.adapter_sha256,
        )
        revision = sha256_text(
            canonical_json([result.adapter_sha256, architecture.revision, self.recipe.to_json()])
        )[:40]
        entry = Entry(self.output, name, revision)
        card = adapter_card(entry.name, architecture, record)
        (result.folder / "README.md").write_text(card, encoding="utf-8")
        shutil.rmtree(entry.adapter_folder, ignore_errors=True)
        entry.adapter_folder.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(result.folder, entry.adapter_folder)
        stored = {"revision": revision, "training": record.model_dump(mode="json")}
        write_json(folder / "done.json", stored)
        return entry, record

    def pairs(self) -> TrainingPairs:
        """Training pairs of the recipe's relations, checked against the separation test items."""
        if self._pairs is None:
            from cardiobench_tasks.catalogue import CARDIO_SEPARATION
            from cardiobench_tasks.task_data import task_tables

            concepts = read_hpo().concepts
            # Only a cold cache needs the task class, and with it mteb.
            tables = task_tables(CARDIO_SEPARATION, lambda: CARDIO_SEPARATION.load().build())
            self._pairs = training_pairs(
                concepts,
                cardiology_areas(concepts),
                relations=self.recipe.relations,
                separation={(row["concept1"], row["concept2"]) for row in tables["pairs"]},
            )
        return self._pairs

    def _folder(self, architecture: Architecture, name: str) -> Path:
        identity = [asdict(architecture), self.recipe.to_json(), self.seed, self.pairs().sha256]
        key = sha256_text(canonical_json(identity))[:16]
        return self.output / "training" / f"{name.partition('/')[2]}-{key}"
