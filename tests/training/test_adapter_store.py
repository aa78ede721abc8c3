"""A trained model is filed with its curve and card, whatever its method, and found again."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cardiobench import Architecture
from cardiobench.foundation.files import read_json
from cardiobench.models.encoder import load_adapter, load_encoder
from cardiobench.plugins.registry import Plugins
from cardiobench.results.entry import Entry, TrainingRecord
from cardiobench.sharing.model_card import write_card
from cardiobench.training.adapter_store import AdapterStore
from cardiobench.training.recipe import Recipe
from cardiobench_tasks.catalogue import CARDIO_NEGATION, CARDIO_QA_RETRIEVAL

NAME = "cardiobench/tiny-test-seed0"


@pytest.mark.parametrize(
    ("method", "weights", "card"),
    [
        ("lora", "adapter_model.safetensors", "A LoRA adapter of [example/tiny]"),
        ("ia3", "adapter_model.safetensors", "An IA3 adapter of [example/tiny]"),
        ("full", "model.safetensors", "A full fine-tuning of [example/tiny]"),
    ],
)
def test_what_was_trained_is_filed_and_found_again(
    method: str,
    weights: str,
    card: str,
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
    made_up_pairs: Callable[..., Any],
    tmp_path: Path,
) -> None:
    """Record, curve as JSON and SVG, card; damaged weights count as none."""
    recipe = Recipe(name="test", method=method, batch_size=8, epochs=1, validation_fraction=0.3)
    store = AdapterStore(tmp_path, recipe, 0, _pairs=made_up_pairs(64))
    spec, folder = tiny_architecture(), tiny_folder()
    model = load_encoder(spec, no_plugins, location=folder, device="cpu")
    entry, record = store.train(model, spec, NAME, lambda done, total: None)

    assert store.find(spec, NAME) == (entry, record)
    points = read_json(entry.curve_path)["points"]
    assert points[-1]["step"] == record.steps
    assert record.validation is not None
    assert record.validation["score"] == points[-1]["validation_score"]
    assert entry.curve_figure_path.read_text().startswith("<?xml")
    write_card(entry, spec, record)
    text = (entry.adapter_folder / "README.md").read_text()
    assert card in text
    relation = "finetune" if method == "full" else "adapter"
    assert f"base_model_relation: {relation}" in text

    again = load_encoder(spec, no_plugins, location=folder, device="cpu")
    load_adapter(again, entry.adapter_folder)
    texts = ["aortic valve", "heart failure"]
    np.testing.assert_allclose(again.encode(texts), model.encode(texts), atol=1e-6)
    (entry.adapter_folder / weights).write_bytes(b"damaged")
    assert store.find(spec, NAME) is None


def test_another_scale_of_a_finished_training_is_not_trained_again(
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
    made_up_pairs: Callable[..., Any],
    tmp_path: Path,
) -> None:
    """The same bytes and record as from a training of its own, and no step is taken."""
    whole = Recipe(name="test", batch_size=8, epochs=1)
    half = replace(whole, adapter_scale=0.5)
    spec, folder, pairs = tiny_architecture(), tiny_folder(), made_up_pairs(64)

    def trained(place: str, recipe: Recipe) -> tuple[Entry, TrainingRecord, int]:
        steps: list[int] = []
        store = AdapterStore(tmp_path / place, recipe, 0, _pairs=pairs)
        model = load_encoder(spec, no_plugins, location=folder, device="cpu")
        entry, record = store.find(spec, NAME) or store.train(
            model, spec, NAME, lambda done, total: steps.append(done)
        )
        assert store.find(spec, NAME) == (entry, record)
        return entry, record, len(steps)

    assert trained("one", whole)[2] == 8
    entry, record, steps = trained("one", half)
    assert steps == 0
    fresh, anew, _ = trained("two", half)
    assert entry.revision == fresh.revision
    assert record.model_copy(update={"train_seconds": anew.train_seconds}) == anew
    for path in (p for p in fresh.adapter_folder.rglob("*") if p.is_file()):
        copy = entry.adapter_folder / path.relative_to(fresh.adapter_folder)
        assert copy.read_bytes() == path.read_bytes()
    assert read_json(entry.curve_path) == read_json(fresh.curve_path)


def test_a_record_of_before_there_was_validation_is_read() -> None:
    """Entries keep; what they do not say is None."""
    before = {
        "recipe": {"name": "quick", "rank": 16},
        "seed": 0,
        "pairs_sha256": "0" * 64,
        "audit": {},
        "trainable_parameters": 8,
        "steps": 1,
        "train_seconds": 1.0,
        "loss": 0.5,
        "adapter_sha256": "0" * 64,
    }
    record = TrainingRecord.model_validate(before)
    assert (record.validation, record.energy_kwh) == (None, None)


def test_a_task_that_is_asked_for_later_is_audited_too(
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
    made_up_pairs: Callable[..., Any],
    tmp_path: Path,
) -> None:
    """The record of an adapter counts the near-duplicates of every task, at its data's revision."""
    recipe = Recipe(name="test", batch_size=8, epochs=1)
    pairs = made_up_pairs(32)
    spec, folder = tiny_architecture(), tiny_folder()
    model = load_encoder(spec, no_plugins, location=folder, device="cpu")
    first = AdapterStore(tmp_path, recipe, 0, _pairs=pairs)
    first.train(model, spec, NAME, lambda done, total: None)

    for tasks in ((CARDIO_NEGATION,), (CARDIO_QA_RETRIEVAL,)):
        found = AdapterStore(tmp_path, recipe, 0, tasks, _pairs=pairs).find(spec, NAME)
        assert found is not None
    audit = found[1].audit["near_duplicates"]
    wanted = {t.name: t.revision for t in (CARDIO_NEGATION, CARDIO_QA_RETRIEVAL)}
    assert audit["revisions"] == wanted
    assert set(audit["counts"]) == set(wanted)
    assert first.find(spec, NAME) == found
