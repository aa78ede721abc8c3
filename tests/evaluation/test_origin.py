"""Results count for the specification and the weights that they were made of, and no others."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cardiobench import Architecture, Pooling
from cardiobench.evaluation.origin import (
    drop_stale_results,
    origin_of,
    read_origin,
    write_origin,
)
from cardiobench.models.encoder import load_encoder
from cardiobench.models.weights_hash import folder_sha256
from cardiobench.plugins.registry import Plugins
from cardiobench.results.entry import Entry


@pytest.fixture
def entry(tmp_path: Path, tiny_architecture: Callable[..., Architecture]) -> Entry:
    """An entry with a result, an item file and an adapter, made of the tiny architecture."""
    entry = Entry(tmp_path, "example/tiny", "0" * 40)
    for path in (entry.result_path("T"), entry.items_path("T"), entry.adapter_folder / "a"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("{}")
    write_origin(entry, replace(origin_of(tiny_architecture()), weights_sha256="a" * 64))
    return entry


def test_results_of_the_same_origin_stay(
    entry: Entry, tiny_architecture: Callable[..., Architecture]
) -> None:
    """Before the weights are there, the specification alone is compared."""
    assert drop_stale_results(entry, origin_of(tiny_architecture())) == ""
    assert entry.result_path("T").is_file()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"pooling": Pooling.CLS}, "pooling"),
        ({"query_prompt": "query: ", "normalise": False}, "normalise, query_prompt"),
        ({"max_seq_length": 16}, "max_seq_length"),
    ],
)
def test_results_of_another_specification_go_and_the_change_is_named(
    entry: Entry, tiny_architecture: Callable[..., Architecture], change: Any, named: str
) -> None:
    """Scores, items and manifest go; what was trained stays."""
    assert drop_stale_results(entry, origin_of(tiny_architecture(**change))) == named
    assert not entry.result_path("T").exists()
    assert not entry.items_path("T").exists()
    assert read_origin(entry) is None
    assert (entry.adapter_folder / "a").is_file()


def test_what_a_document_says_of_a_model_makes_no_other_model(
    entry: Entry, tiny_architecture: Callable[..., Architecture]
) -> None:
    """A corrected licence or count costs no evaluation."""
    origin = origin_of(tiny_architecture(licence="mit", parameters=7))
    assert drop_stale_results(entry, origin) == ""


def test_results_of_other_weights_go(
    entry: Entry, tiny_architecture: Callable[..., Architecture]
) -> None:
    """Weights changed in a folder under the same revision."""
    origin = replace(origin_of(tiny_architecture()), weights_sha256="b" * 64)
    assert drop_stale_results(entry, origin) == "weights"


@pytest.mark.parametrize("file", ["tokenizer.json", "config.json", "1_Pooling/config.json"])
def test_results_of_another_tokenizer_or_configuration_go(
    entry: Entry,
    tiny_architecture: Callable[..., Architecture],
    tiny_folder: Callable[..., Path],
    file: str,
) -> None:
    """Edited in a folder whose weights stay as they are."""
    architecture = tiny_architecture(folder=str(tiny_folder()))
    write_origin(entry, origin_of(architecture))
    assert drop_stale_results(entry, origin_of(architecture)) == ""
    path = Path(architecture.folder) / file
    path.parent.mkdir(exist_ok=True)
    path.write_text(path.read_text() + " " if path.is_file() else "{}")
    changed = drop_stale_results(entry, origin_of(architecture))
    assert changed == "tokenizer or configuration"


def test_results_of_what_a_plugin_now_builds_otherwise_go(
    entry: Entry,
    tiny_architecture: Callable[..., Architecture],
    tiny_folder: Callable[..., Path],
    no_plugins: Plugins,
) -> None:
    """Its tensors are the same; where it cuts texts off is not."""
    model = load_encoder(tiny_architecture(), no_plugins, location=tiny_folder(), device="cpu")
    write_origin(entry, origin_of(tiny_architecture(), model, built=True))
    assert drop_stale_results(entry, origin_of(tiny_architecture(), model, built=True)) == ""
    model.max_seq_length = 7
    changed = drop_stale_results(entry, origin_of(tiny_architecture(), model, built=True))
    assert changed == "tokenizer or configuration"


def test_a_folders_hash_follows_its_weights(tiny_folder: Callable[..., Path]) -> None:
    """It is the file's own hash, and another one once the file is another."""
    folder = tiny_folder()
    before = folder_sha256(folder)
    assert folder_sha256(folder) == before
    with (folder / "model.safetensors").open("ab") as stream:
        stream.write(b"x")
    assert folder_sha256(folder) != before
    assert folder_sha256(folder / "nothing") is None
