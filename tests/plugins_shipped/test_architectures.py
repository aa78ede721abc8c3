"""The traps of the published architectures: a silent wrong class, causal masks, pickles, GPUs."""

import dataclasses
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from cardiobench import Architecture, Precision
from cardiobench.errors import WeightsError
from cardiobench.models.checkpoint import pinned
from cardiobench.models.encoder import load_encoder
from cardiobench.models.random_weights import write_checkpoint
from cardiobench.plugins.registry import Plugins, load_plugins
from cardiobench_plugins.jina_v2.modelling import JinaBertConfig, JinaBertModel, alibi_slopes

TEXTS = ["aortic valve stenosis", "heart failure", "the left atrial rhythm of a failing heart"]

# Table of arXiv:2511.19739: adapted and zero-shot separation, texts a second, GB of GPU memory.
PAPER = {
    "biolinkbert": (0.510, 0.033, 143.5, 1.51),
    "gemma-2-2b": (0.455, 0.057, 55.5, 12.02),
    "qwen3-4b": (0.446, 0.035, 27.4, 17.99),
    "mpnet": (0.386, 0.175, 228.8, 0.73),
    "qwen2.5-0.5b": (0.327, 0.025, 88.1, 2.47),
    "bge-large": (0.314, 0.109, 128.8, 1.55),
    "e5-large": (0.284, 0.032, 121.2, 1.55),
    "bge-small": (0.250, 0.122, 467.3, 0.24),
    "bge-m3": (0.209, 0.059, 129.6, 2.46),
    "jina-v2": (-0.175, 0.063, 228.3, 0.77),
}


def architecture(name: str, **changes: Any) -> Architecture:
    """A built-in architecture in float32, with changes."""
    spec = load_plugins().architecture(name)
    return dataclasses.replace(spec, precision=Precision.FLOAT32, **changes)


def test_the_papers_figures_stand_beside_each_of_its_models() -> None:
    """Ten models, four figures each, and none for a model that the paper does not have."""
    found = {
        spec.name: (
            spec.reported.separation,
            spec.reported.zero_shot_separation,
            spec.reported.texts_per_second,
            spec.reported.memory_gb,
        )
        for spec, provider in load_plugins().architectures()
        if provider.distribution == "cardiobench" and spec.reported
    }
    assert found == PAPER


def test_the_papers_trainable_parameters_are_kept_as_claimed() -> None:
    """Two claims, which our counts contradict; see docs/paper.md."""
    claims = {
        spec.name: spec.reported.trainable_parameters
        for spec, _ in load_plugins().architectures()
        if spec.reported and spec.reported.trainable_parameters
    }
    assert claims == {"biolinkbert": 16_800_000, "qwen3-4b": 42_000_000}


@pytest.fixture(scope="module")
def jina_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny Jina-v2 as it is published: its own keys under ``model_type: bert``."""
    folder = tmp_path_factory.mktemp("jina")
    write_checkpoint(architecture("jina-v2"), folder, TEXTS)
    return folder


def test_jina_is_refused_where_its_class_is_not_named(
    jina_folder: Path, no_plugins: Plugins
) -> None:
    """AutoModel would build a plain BERT whose missing layers are random numbers."""
    assert json.loads((jina_folder / "config.json").read_text())["model_type"] == "bert"
    plain = architecture("jina-v2", model_class="", embedding_dim=32)
    with pytest.raises(WeightsError, match=r"would be newly initialised.*not the published model"):
        load_encoder(plain, no_plugins, location=jina_folder, device="cpu")


def test_jina_loads_with_its_own_class(jina_folder: Path, no_plugins: Plugins) -> None:
    """Every weight of the checkpoint is in the loaded model, unchanged."""
    stored = load_file(jina_folder / "model.safetensors")
    size = sum(weights.numel() for weights in stored.values())
    spec = architecture("jina-v2", embedding_dim=32, parameters=size)
    model = load_encoder(spec, no_plugins, location=jina_folder, device="cpu")
    assert isinstance(model.transformers_model, JinaBertModel)
    loaded = model.transformers_model.state_dict()
    assert stored.keys() == loaded.keys()
    for name, weights in stored.items():
        torch.testing.assert_close(loaded[name], weights, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("heads", "slopes"),
    [
        (8, [1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256]),
        (
            12,
            [
                *[1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64, 1 / 128, 1 / 256],
                *[2**-0.5, 2**-1.5, 2**-2.5, 2**-3.5],
            ],
        ),
    ],
)
def test_alibi_slopes_are_those_of_its_authors(heads: int, slopes: list[float]) -> None:
    """arXiv:2108.12409, section 3; twelve heads as in the authors' code, which Jina-v2 follows."""
    assert alibi_slopes(heads) == pytest.approx(slopes, rel=1e-12)


def layer_norm(rows: np.ndarray, scale: np.ndarray, shift: np.ndarray) -> np.ndarray:
    spread = np.sqrt(rows.var(axis=-1, keepdims=True) + 1e-12)
    return (rows - rows.mean(axis=-1, keepdims=True)) / spread * scale + shift


def jina_by_hand(weights: dict[str, np.ndarray], tokens: list[int], heads: int) -> np.ndarray:
    """Hidden states of one text, token by token and head by head, from the two papers."""
    hidden = weights["embeddings.word_embeddings.weight"][tokens]
    hidden = hidden + weights["embeddings.token_type_embeddings.weight"][0]
    norm = "embeddings.LayerNorm"
    hidden = layer_norm(hidden, weights[f"{norm}.weight"], weights[f"{norm}.bias"])
    width = hidden.shape[1] // heads
    for layer in (0, 1):
        of = {
            name.removeprefix(f"encoder.layer.{layer}."): value for name, value in weights.items()
        }

        def linear(name: str, rows: np.ndarray, of: dict[str, np.ndarray] = of) -> np.ndarray:
            return rows @ of[f"{name}.weight"].T + of.get(f"{name}.bias", 0)

        query, key, value = (
            linear(f"attention.self.{name}", hidden) for name in ("query", "key", "value")
        )
        mixed = np.zeros_like(hidden)
        for head in range(heads):
            part = slice(head * width, (head + 1) * width)
            slope = 2 ** (-8 * (head + 1) / heads)
            for here in range(len(tokens)):
                scores = np.array(
                    [
                        query[here, part] @ key[there, part] / math.sqrt(width)
                        - slope * abs(here - there)
                        for there in range(len(tokens))
                    ]
                )
                chances = np.exp(scores - scores.max())
                mixed[here, part] = chances @ value[:, part] / chances.sum()
        norm = "attention.output.LayerNorm"
        hidden = layer_norm(
            linear("attention.output.dense", mixed) + hidden,
            of[f"{norm}.weight"],
            of[f"{norm}.bias"],
        )
        both = linear("mlp.gated_layers", hidden)
        gate, up = both[:, : both.shape[1] // 2], both[:, both.shape[1] // 2 :]
        gelu = gate * np.vectorize(lambda x: (1 + math.erf(x / math.sqrt(2))) / 2)(gate)
        hidden = layer_norm(
            linear("mlp.wo", gelu * up) + hidden,
            of["mlp.layernorm.weight"],
            of["mlp.layernorm.bias"],
        )
    return hidden


def test_jina_computes_alibi_attention_and_gated_feed_forward() -> None:
    """Our class equals loops written from the papers, with weights large enough to tell."""
    torch.manual_seed(0)
    sizes = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
    model = JinaBertModel(JinaBertConfig(vocab_size=50, intermediate_size=64, **sizes)).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    tokens = [2, 17, 31, 5, 44, 9, 3]
    with torch.no_grad():
        found = model(torch.tensor([tokens])).last_hidden_state[0].numpy()
    weights = {name: value.double().numpy() for name, value in model.state_dict().items()}
    np.testing.assert_allclose(found, jina_by_hand(weights, tokens, heads=4), atol=1e-5)


@pytest.mark.parametrize("name", ["qwen2.5-0.5b", "qwen3-4b", "gemma-2-2b"])
@pytest.mark.parametrize("bidirectional", [False, True])
def test_a_decoder_attends_to_both_sides_only_where_the_specification_says_so(
    name: str, bidirectional: bool, tmp_path: Path, no_plugins: Plugins
) -> None:
    """The first token's hidden state changes with a later word, or does not."""
    spec = architecture(name, bidirectional=bidirectional)
    tiny = write_checkpoint(spec, tmp_path, ["aortic valve stenosis failure"])
    model = load_encoder(tiny, no_plugins, location=tmp_path, device="cpu")
    first = []
    for text in ("aortic valve stenosis", "aortic valve failure"):
        with torch.no_grad():
            first.append(model[0](model.preprocess([text]))["token_embeddings"][0, 0].numpy())
    change = np.abs(first[0] - first[1]).max()
    assert (change > 1e-4) if bidirectional else (change < 1e-6)


def pickled(folder: Path) -> Path:
    """The same weights as a pickle only."""
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    return folder


@pytest.mark.parametrize("name", ["bge-m3", "biolinkbert"])
def test_pickled_weights_need_the_users_word_and_are_then_the_same(
    name: str, tmp_path: Path, no_plugins: Plugins
) -> None:
    """Two of the ten are published as a pickle; torch's restricted unpickler reads them."""
    spec = architecture(name)
    assert spec.pickled_weights
    tiny = write_checkpoint(spec, tmp_path, TEXTS)
    options: dict[str, Any] = {"location": tmp_path, "device": "cpu"}
    expected = load_encoder(tiny, no_plugins, **options, allow_pickle=True).encode(TEXTS)
    pickled(tmp_path)
    with pytest.raises(WeightsError, match="--allow-pickle"):
        load_encoder(tiny, no_plugins, **options)
    found = load_encoder(tiny, no_plugins, **options, allow_pickle=True).encode(TEXTS)
    np.testing.assert_array_equal(found, expected)


def test_the_users_word_opens_no_pickle_of_a_model_that_has_safetensors(
    tmp_path: Path, no_plugins: Plugins
) -> None:
    """A pickle where the specification expects none is not what was published."""
    tiny = write_checkpoint(architecture("bge-small"), tmp_path, TEXTS)
    pickled(tmp_path)
    with pytest.raises(WeightsError, match="pickled_weights=True"):
        load_encoder(tiny, no_plugins, location=tmp_path, device="cpu", allow_pickle=True)


@pytest.mark.parametrize("precision", [Precision.INT8, Precision.INT4])
def test_quantised_weights_are_refused_in_one_line_where_they_cannot_be(
    precision: Precision, tmp_path: Path, no_plugins: Plugins, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is missing and what to type; before any weight is read."""
    tiny = write_checkpoint(architecture("qwen3-4b"), tmp_path, TEXTS).at(precision)
    with pytest.raises(WeightsError) as caught:
        load_encoder(tiny, no_plugins, location=tmp_path, device="mps")
    assert str(caught.value) == (
        f"{precision.value} weights need a CUDA GPU or a CPU, not mps. Type: --device cpu"
    )
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(WeightsError, match=r"pip install 'cardiobench\[bitsandbytes\]'"):
        load_encoder(tiny, no_plugins, location=tmp_path, device="cpu")


def test_a_revision_that_no_plugin_pins_comes_from_the_cache_offline(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry then records the commit that was downloaded; with nothing cached it is refused."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    spec = load_plugins().architecture("biolinkbert")
    assert spec.revision is None
    with pytest.raises(WeightsError) as caught:
        pinned(spec)
    assert str(caught.value).startswith(
        "Cannot load michiyasunaga/BioLinkBERT-large: the hub is out of reach and the model is not "
        "in its cache."
    )
    assert "\n" not in str(caught.value)
    reference = tmp_path / "models--michiyasunaga--BioLinkBERT-large" / "refs" / "main"
    reference.parent.mkdir(parents=True)
    reference.write_text("a" * 40)
    assert pinned(spec).revision == "a" * 40
