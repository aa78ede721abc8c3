"""A model that disagrees with its specification is refused when it is loaded, with both numbers."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from safetensors.torch import load_file, save_file

from cardiobench import Architecture
from cardiobench.errors import StageError, WeightsError
from cardiobench.models.adapter_modules import find_targets
from cardiobench.models.agreement import refuse_unfit_parts
from cardiobench.models.checkpoint import pinned
from cardiobench.models.encoder import load_encoder
from cardiobench.plugins.registry import Plugins, load_plugins

TinyFolder = Callable[..., Path]
TinyArchitecture = Callable[..., Architecture]


def test_fewer_positions_than_the_longest_text_name_both_numbers(
    tiny_folder: TinyFolder, tiny_architecture: TinyArchitecture, no_plugins: Plugins
) -> None:
    """Otherwise the first long text ends the run with the shapes of two tensors."""
    folder = tiny_folder(max_position_embeddings=16)
    with pytest.raises(WeightsError, match="max_seq_length=32, but the model has 16 positions"):
        load_encoder(tiny_architecture(), no_plugins, location=folder)


def test_a_tokenizer_of_another_checkpoint_is_named(
    tiny_folder: TinyFolder, tiny_architecture: TinyArchitecture, no_plugins: Plugins
) -> None:
    """A token without an embedding would be an index error in the middle of a run."""
    folder = tiny_folder()
    weights = load_file(folder / "model.safetensors")
    name = "embeddings.word_embeddings.weight"
    rows = len(weights[name])
    weights[name] = weights[name][:10].clone()
    save_file(weights, folder / "model.safetensors", {"format": "pt"})
    config = (folder / "config.json").read_text()
    (folder / "config.json").write_text(config.replace(f'"vocab_size": {rows}', '"vocab_size": 10'))
    with pytest.raises(WeightsError, match=f"tokens up to number {rows - 1}, the model .* 10 "):
        load_encoder(tiny_architecture(), no_plugins, location=folder)


def test_parts_of_a_model_that_others_load_must_fit_too(
    tiny_folder: TinyFolder, tiny_architecture: TinyArchitecture, no_plugins: Plugins
) -> None:
    """mteb looks at neither; what is no SentenceTransformer passes."""
    model = load_encoder(tiny_architecture(), no_plugins, location=tiny_folder(), device="cpu")
    refuse_unfit_parts(model, "example/other")
    refuse_unfit_parts(object(), "example/other")
    model.max_seq_length = 4096
    with pytest.raises(WeightsError, match=r"example/other: max_seq_length=4096, .* 512 positions"):
        refuse_unfit_parts(model, "example/other")
    model.max_seq_length = 32
    model.transformers_model.resize_token_embeddings(10)
    with pytest.raises(WeightsError, match="model embeddings for 10 tokens only"):
        refuse_unfit_parts(model, "example/other")


def test_a_specification_with_a_config_refuses_a_model_of_another_size(
    tiny_folder: TinyFolder, tiny_architecture: TinyArchitecture, no_plugins: Plugins
) -> None:
    """Weights of a smaller model under a larger one's name are no row of the larger."""
    spec = tiny_architecture(config={"model_type": "bert"}, parameters=33_000_000)
    with pytest.raises(WeightsError, match=r"have [\d,]+ parameters, the architecture says 33,000"):
        load_encoder(spec, no_plugins, location=tiny_folder())


@pytest.mark.parametrize("targets", ["qv", "attention"])
def test_a_target_that_is_in_no_layer_is_refused(
    tiny_folder: TinyFolder, tiny_architecture: TinyArchitecture, no_plugins: Plugins, targets: str
) -> None:
    """peft would adapt the other one and say nothing."""
    model = load_encoder(tiny_architecture(), no_plugins, location=tiny_folder(), device="cpu")
    spec = tiny_architecture(lora_targets=("query", "valeu"))
    with pytest.raises(StageError, match=r"'valeu' is no linear module in 1 of 1 layers; .*value"):
        find_targets(model.transformers_model, spec, targets)


@pytest.mark.parametrize("revision", ["main", "v1.5", "8b3219a"])
def test_a_branch_tag_or_short_commit_is_refused(
    tiny_architecture: TinyArchitecture, revision: str
) -> None:
    """It moves, and results with it."""
    with pytest.raises(WeightsError, match=f"revision='{revision}' is not a commit"):
        pinned(tiny_architecture(revision=revision))


def test_other_weights_under_a_pinned_name_are_refused(
    tiny_folder: TinyFolder,
    tiny_architecture: TinyArchitecture,
    no_plugins: Plugins,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A folder linked under another model's snapshot is not that model."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    spec = tiny_architecture()
    snapshots = tmp_path / "models--example--tiny" / "snapshots"
    snapshots.mkdir(parents=True)
    (snapshots / str(spec.revision)).symlink_to(tiny_folder())
    with pytest.raises(WeightsError, match=r"not the weights of example/tiny\. Delete .* again\."):
        load_encoder(replace(spec, weights_sha256="0" * 64), no_plugins)


def test_the_hashes_that_are_pinned_are_not_part_of_an_adapters_identity() -> None:
    """A pin that is added later makes no other training of an earlier one."""
    spec = load_plugins().architecture("minilm")
    assert spec.pinned_sha256.startswith("53aa51172d14")
    assert replace(spec, weights_sha256="0" * 64).identity == spec.identity
