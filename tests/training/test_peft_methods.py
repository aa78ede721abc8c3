"""Every method trains, comes back exactly as it was saved, can be taken off, and merges."""

import dataclasses
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.torch import load_file

from cardiobench import Architecture, Precision
from cardiobench.errors import CardioBenchError, StageError, WeightsError
from cardiobench.foundation.files import read_json, write_json
from cardiobench.models.adapter_modules import adapted_modules, find_targets
from cardiobench.models.encoder import load_adapter, load_encoder
from cardiobench.models.random_weights import meta_model, write_checkpoint
from cardiobench.plugins.registry import Plugins, load_plugins
from cardiobench.training.adapt import Adaptation, adapt
from cardiobench.training.methods import INEXACT, METHODS, TARGETS
from cardiobench.training.recipe import Recipe

TEXTS = ["aortic valve stenosis", "heart failure", "the left atrial rhythm"]
OPTIONS: dict[str, Any] = {
    "name": "test",
    "batch_size": 8,
    "epochs": 1,
    "learning_rate": 2e-2,
    "max_seq_length": 16,
}
ADAPTERS = [name for name in METHODS if name != "full"]
OWN_OPTIONS: dict[str, dict[str, Any]] = {
    "oft": {"block_size": 8},
    "boft": {"block_size": 8},
    "ia3": {"learning_rate": 5e-2},
    "full": {"learning_rate": 1e-3},
}
Tiny = Callable[[str], tuple[Architecture, Path]]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Tiny:
    """Gives a tiny random model of a plugin's class: what it is and where it lies."""
    made: dict[str, tuple[Architecture, Path]] = {}

    def make(name: str) -> tuple[Architecture, Path]:
        if name not in made:
            folder = tmp_path_factory.mktemp(name)
            spec = dataclasses.replace(
                load_plugins().architecture(name), precision=Precision.FLOAT32
            )
            made[name] = write_checkpoint(spec, folder, [*TEXTS, "mitral of a in right"]), folder
        return made[name]

    return make


@pytest.fixture
def trained(
    tiny: Tiny, made_up_pairs: Callable[..., Any], no_plugins: Plugins, tmp_path: Path
) -> Callable[..., tuple[Any, Adaptation]]:
    """Trains a tiny model with a method; gives model and outcome."""

    def train(method: str, name: str = "bge-small", **options: Any) -> tuple[Any, Adaptation]:
        spec, weights = tiny(name)
        own = OWN_OPTIONS.get(method, {"rank": 4, "alpha": 8})
        recipe = Recipe(**{**OPTIONS, "method": method, **own, **options})
        model = load_encoder(spec, no_plugins, location=weights, device="cpu")
        return model, adapt(model, spec, recipe, made_up_pairs(), seed=0, folder=tmp_path / method)

    return train


def plainly(folder: Path, base: Path) -> Any:
    """What sentence-transformers alone makes of a published folder."""
    from sentence_transformers import SentenceTransformer

    from cardiobench.models.trained_weights import quiet_peft

    config = folder / "adapter_config.json"
    if config.is_file():
        options = read_json(config)
        write_json(config, {**options, "base_model_name_or_path": str(base), "revision": None})
    with quiet_peft():
        return SentenceTransformer(str(folder), device="cpu", trust_remote_code=True)


@pytest.mark.parametrize("method", METHODS)
def test_what_is_saved_is_what_was_trained(
    method: str, trained: Callable[..., tuple[Any, Adaptation]], tiny: Tiny, no_plugins: Plugins
) -> None:
    """CardioBench and plain sentence-transformers give the embeddings of the trained model."""
    model, outcome = trained(method)
    spec, weights = tiny("bge-small")
    after = model.encode(TEXTS)
    base = load_encoder(spec, no_plugins, location=weights, device="cpu")
    before = base.encode(TEXTS)
    assert np.abs(after - before).max() > 1e-4
    np.testing.assert_allclose(load_adapter(base, outcome.folder).encode(TEXTS), after, atol=1e-6)
    np.testing.assert_allclose(plainly(outcome.folder, weights).encode(TEXTS), after, atol=1e-6)


@pytest.mark.parametrize("method", ADAPTERS)
def test_an_adapter_comes_off_and_merges(
    method: str, trained: Callable[..., tuple[Any, Adaptation]], tiny: Tiny, no_plugins: Plugins
) -> None:
    """Without it the model is the base model; merged weights give its embeddings."""
    from peft import PeftModel

    model, outcome = trained(method)
    after = model.encode(TEXTS)
    spec, weights = tiny("bge-small")
    base: Any = load_encoder(spec, no_plugins, location=weights, device="cpu")
    before = base.encode(TEXTS)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # peft uses a name that transformers will drop
        adapted: Any = PeftModel.from_pretrained(base[0].model, str(outcome.folder))
        base[0].model = adapted.merge_and_unload()
    np.testing.assert_allclose(base.encode(TEXTS), after, atol=1e-5)
    model.disable_adapters()
    np.testing.assert_allclose(model.encode(TEXTS), before, atol=1e-6)


@pytest.mark.parametrize("name", ["jina-v2", "mpnet", "qwen3-4b"])
@pytest.mark.parametrize("method", ["dora", "full"])
def test_the_hard_ones_come_back_in_other_classes(
    name: str,
    method: str,
    trained: Callable[..., tuple[Any, Adaptation]],
    tiny: Tiny,
    no_plugins: Plugins,
) -> None:
    """A class of ours, relative positions, a decoder: DoRA's lengths and whole models reload."""
    model, outcome = trained(method, name)
    spec, weights = tiny(name)
    after = model.encode(TEXTS)
    base = load_encoder(spec, no_plugins, location=weights, device="cpu")
    assert np.abs(base.encode(TEXTS) - after).max() > 1e-4
    np.testing.assert_allclose(load_adapter(base, outcome.folder).encode(TEXTS), after, atol=1e-6)
    plain = plainly(outcome.folder, weights)
    if spec.bidirectional:
        plain[0].model.config.is_causal = False
    np.testing.assert_allclose(plain.encode(TEXTS), after, atol=1e-6)


def test_the_lengths_of_dora_are_named_as_transformers_reads_them(
    trained: Callable[..., tuple[Any, Adaptation]],
) -> None:
    """peft's own name for them is skipped on reload, with no more than a line in the log."""
    _, outcome = trained("dora")
    names = load_file(outcome.folder / "adapter_model.safetensors")
    lengths = [name for name in names if "magnitude" in name]
    assert len(lengths) == 4
    assert all(name.endswith("lora_magnitude_vector.weight") for name in lengths)


def test_full_fine_tuning_trains_everything_and_repeats(
    trained: Callable[..., tuple[Any, Adaptation]], tiny: Tiny
) -> None:
    """The pooler, which no embedding uses, is left out, and so does not make the bytes random."""
    model, first = trained("full")
    frozen = {
        name: p.numel()
        for name, p in model.transformers_model.named_parameters()
        if not p.requires_grad
    }
    spec, _ = tiny("bge-small")
    assert all(name.startswith("pooler.") for name in frozen)
    assert first.trainable_parameters == spec.parameters - sum(frozen.values())
    assert (first.folder / "model.safetensors").is_file()
    assert not (first.folder / "adapter_config.json").exists()
    assert trained("full")[1].adapter_sha256 == first.adapter_sha256


def test_a_whole_model_of_another_size_is_refused(
    trained: Callable[..., tuple[Any, Adaptation]],
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
) -> None:
    """One line; nothing is half loaded."""
    _, outcome = trained("full")
    base = load_encoder(tiny_architecture(), no_plugins, location=tiny_folder(), device="cpu")
    with pytest.raises(WeightsError, match="Cannot load the adapter in") as caught:
        load_adapter(base, outcome.folder)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("method", INEXACT)
def test_a_method_that_does_not_come_back_exactly_is_refused_with_the_reason(method: str) -> None:
    """By name, with what is allowed."""
    with pytest.raises(CardioBenchError, match=rf"method = '{method}' is not supported: it.*lora"):
        Recipe(name="test", method=method)


@pytest.mark.parametrize("method", ["oft", "boft"])
def test_blocks_that_do_not_divide_the_width_are_refused(
    method: str, trained: Callable[..., tuple[Any, Adaptation]]
) -> None:
    """One line that names the method and the model."""
    with pytest.raises(StageError, match=rf"'{method}' does not fit bge-small: .*block"):
        trained(method, block_size=5)


def test_a_method_that_cannot_train_on_quantised_weights_is_refused(
    tiny: Tiny, made_up_pairs: Callable[..., Any], tmp_path: Path
) -> None:
    """Before any work, with the methods that can."""
    spec, _ = tiny("bge-small")
    recipe = Recipe(**OPTIONS, method="loha")
    with pytest.raises(StageError, match=r"'loha' does not train on int8 .* lora, rslora, ia3"):
        adapt(
            None,  # type: ignore[arg-type]
            spec.at(Precision.INT8),
            recipe,
            made_up_pairs(),
            seed=0,
            folder=tmp_path,
        )


QUANTISED = [(name, bits) for name, method in METHODS.items() for bits in method.quantised]


@pytest.mark.parametrize(("method", "bits"), QUANTISED)
@pytest.mark.filterwarnings("ignore:MatMul8bitLt")
def test_adapters_on_quantised_weights_reload_exactly(
    method: str, bits: str, made_up_pairs: Callable[..., Any], tmp_path: Path
) -> None:
    """Real weights in 8 and 4 bits stay near float32's embeddings, and can be adapted."""
    pytest.importorskip("bitsandbytes")
    plugins, precision = load_plugins(), Precision(bits)
    spec = plugins.architecture("minilm")
    exact = load_encoder(spec, plugins, device="cpu").encode(TEXTS)

    def load() -> Any:
        return load_encoder(spec.at(precision), plugins, device="cpu")

    before = load().encode(TEXTS)
    assert (exact * before).sum(axis=1).min() > (0.995 if precision == Precision.INT8 else 0.9)
    quantised = load()
    assert "bit" in type(quantised[0].model.encoder.layer[0].attention.self.query).__name__
    recipe = Recipe(**OPTIONS, method=method)
    outcome = adapt(
        quantised, spec.at(precision), recipe, made_up_pairs(), seed=0, folder=tmp_path / "adapter"
    )
    after = quantised.encode(TEXTS)
    assert np.abs(after - before).max() > 1e-3
    again = load_adapter(load(), outcome.folder).encode(TEXTS)
    np.testing.assert_array_equal(again, after)


NAMED = [spec.name for spec, provider in load_plugins().architectures() if spec.config]


@pytest.mark.parametrize("name", NAMED)
def test_targets_are_found_in_every_built_in_class(name: str) -> None:
    """Four attention projections a layer, more in all-linear, and nothing outside the layers."""
    spec = load_plugins().architecture(name)
    model = meta_model(spec)
    found = {
        targets: {n for n, _ in adapted_modules(model, find_targets(model, spec, targets).modules)}
        for targets in TARGETS
    }
    assert len(found["attention"]) == 2 * len(found["qv"])
    assert found["qv"] < found["attention"] < found["all-linear"]
    assert not any("pooler" in module for module in found["all-linear"])
    feed_forward = find_targets(model, spec, "all-linear").feed_forward
    outside = {module for module, _ in adapted_modules(model, feed_forward)}
    assert outside == found["all-linear"] - found["attention"]


@pytest.mark.parametrize("targets", ["attention", "all-linear"])
@pytest.mark.parametrize("method", ["lora", "ia3"])
def test_more_targets_train_more_parameters(
    method: str, targets: str, trained: Callable[..., tuple[Any, Adaptation]]
) -> None:
    """Every adapted module has its part in the loss: no parameter stays without gradient."""
    _, few = trained(method)
    _, many = trained(method, targets=targets)
    assert many.trainable_parameters > few.trainable_parameters
    weights = load_file(many.folder / "adapter_model.safetensors")
    ups = [w for name, w in weights.items() if "lora_B" in name]
    assert all(w.abs().max() > 0 for w in ups)
    assert len(weights) == {"lora": 2, "ia3": 1}[method] * 2 * {"attention": 4}.get(targets, 6)
