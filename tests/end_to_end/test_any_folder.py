"""Models that are folders: from nothing to a verified row, with the score that stock mteb gives."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import modules
from tokenizers import Tokenizer, models, pre_tokenizers

from cardiobench.errors import CardioBenchError, WeightsError
from cardiobench.foundation.files import read_json, write_json
from cardiobench.models.adapter_folder import model_in_folder
from cardiobench.results.entry import Entry
from tests.end_to_end.any_model import TASK, evaluated, stock_score, verified


@pytest.fixture(scope="module", autouse=True)
def offline() -> Iterator[None]:
    """No hub is asked."""
    from huggingface_hub import constants

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(constants, "HF_HUB_OFFLINE", True)
        yield


@pytest.fixture(scope="module")
def base(tiny_folder: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers folder with a Dense layer behind the pooling."""
    transformer = modules.Transformer(str(tiny_folder()), max_seq_length=24)
    parts = [transformer, modules.Pooling(32, pooling_mode="mean"), modules.Dense(32, 16)]
    folder = tmp_path_factory.mktemp("models") / "heart"
    SentenceTransformer(modules=parts).save_pretrained(str(folder), create_model_card=False)
    return folder


def static(folder: Path) -> Path:
    """Mean word vectors: no transformer, no pooling, no longest input."""
    words = ["[UNK]", *"the of with no without murmur failure stenosis heart valve aortic".split()]
    tokenizer = Tokenizer(
        models.WordLevel({word: n for n, word in enumerate(words)}, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    vectors = np.random.default_rng(0).normal(size=(len(words), 16)).astype(np.float32)
    table = modules.StaticEmbedding(tokenizer, embedding_weights=vectors)
    SentenceTransformer(modules=[table]).save_pretrained(str(folder), create_model_card=False)
    return folder


def router(base: Path, folder: Path) -> Path:
    """An asymmetric model: queries by word vectors, documents by a transformer."""
    static(folder.with_name("queries"))
    queries = SentenceTransformer(str(folder.with_name("queries")), device="cpu")
    documents = SentenceTransformer(str(base), device="cpu")
    parts = modules.Router.for_query_document(
        query_modules=list(queries), document_modules=list(documents), default_route="document"
    )
    SentenceTransformer(modules=[parts]).save_pretrained(str(folder), create_model_card=False)
    return folder


def with_lora(base: Path, folder: Path, named: str) -> SentenceTransformer:
    """Saves a plain peft adapter on a base of the given name; gives the base with it."""
    import torch
    from peft import LoraConfig

    model = SentenceTransformer(str(base), device="cpu")
    model.add_adapter(LoraConfig(r=4, target_modules=["query", "value"]))
    torch.manual_seed(3)
    for name, value in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(value, std=0.5)
    model.transformers_model.save_pretrained(str(folder))
    options = read_json(folder / "adapter_config.json")
    write_json(folder / "adapter_config.json", {**options, "base_model_name_or_path": named})
    return model.eval()


def test_a_folder_with_a_dense_layer_becomes_a_verified_row(base: Path, tmp_path: Path) -> None:
    """Score of stock mteb; what is told of it is kept, and can be told otherwise later."""
    entry = evaluated(tmp_path, str(base), name="hospital/heart", open_weights="on-request")
    assert entry.scores(TASK)["main_score"] == pytest.approx(
        stock_score(SentenceTransformer(str(base), device="cpu")), abs=1e-6
    )
    model = entry.manifest().model
    assert (model.licence, model.access) == ("unknown", "on-request")
    assert model.parameters == sum(
        p.numel() for p in SentenceTransformer(str(base), device="cpu").parameters()
    )
    report = verified(entry, tmp_path / "board")
    assert report.good, report.findings
    assert not report.open_weights
    told: dict[str, Any] = {"open_weights": "public", "licence": "mit"}
    again = evaluated(
        tmp_path, str(base), name="hospital/heart", reference="https://example.org/heart", **told
    )
    assert again == entry
    meta = read_json(entry.meta_path)
    assert (meta["open_weights"], meta["license"]) == (True, "mit")
    assert meta["reference"] == "https://example.org/heart"
    assert verified(entry, tmp_path / "board").open_weights


@pytest.mark.parametrize("kind", ["static", "router"])
def test_models_that_are_not_one_transformer_become_verified_rows(
    base: Path, tmp_path: Path, kind: str
) -> None:
    """Zero-shot; nothing is said of a length, a pooling or a transformer that is not there."""
    folder = tmp_path / kind
    _ = static(folder) if kind == "static" else router(base, folder)
    entry = evaluated(tmp_path, str(folder))
    assert entry.scores(TASK)["main_score"] == pytest.approx(
        stock_score(SentenceTransformer(str(folder), device="cpu")), abs=1e-6
    )
    report = verified(entry, tmp_path / "board")
    assert report.good, report.findings
    spec = model_in_folder(str(folder))
    assert spec.lora_targets == ()
    assert (spec.kind == "none") == (kind == "static")
    assert (read_json(entry.meta_path)["max_tokens"] is None) == (kind == "static")


def test_the_weights_of_every_module_are_the_identity(base: Path, tmp_path: Path) -> None:
    """Another Dense layer behind the same transformer is another model."""
    import torch

    other = SentenceTransformer(str(base), device="cpu")
    torch.nn.init.normal_(other[2].linear.weight)
    other.save_pretrained(str(tmp_path / "other"), create_model_card=False)
    names = ("model.safetensors",)
    assert [(base / n).read_bytes() for n in names] == [
        (tmp_path / "other" / n).read_bytes() for n in names
    ]
    specs = [model_in_folder(str(folder)) for folder in (base, tmp_path / "other")]
    assert specs[0].revision != specs[1].revision


def test_closed_weights_are_run_again_by_whoever_has_them(base: Path, tmp_path: Path) -> None:
    """--weights says where they lie; other weights are refused."""
    entry = evaluated(tmp_path, str(base), name="hospital/heart", open_weights="private")
    refused = verified(entry, tmp_path / "board", rerun=True)
    assert any("--weights hospital/heart=FOLDER" in found.said for found in refused.findings)
    rerun = verified(entry, tmp_path / "board", rerun=True, weights={"hospital/heart": str(base)})
    assert rerun.good, rerun.findings
    assert rerun.rerun


def test_an_adapter_folder_is_merged_into_its_base(base: Path, tmp_path: Path) -> None:
    """Its row is the adapted model's; the base lies where the adapter or the user says."""
    adapted = with_lora(base, tmp_path / "tune", "hospital/heart")
    with pytest.raises(WeightsError, match="--weights hospital/heart=FOLDER"):
        evaluated(tmp_path, str(tmp_path / "tune"))
    said: list[str] = []
    weights = (f"heart={base}",)
    entry = evaluated(tmp_path, str(tmp_path / "tune"), said, weights=weights)
    assert said == ["tune: an adapter; it was merged into hospital/heart before anything else."]
    score = stock_score(adapted)
    assert entry.scores(TASK)["main_score"] == pytest.approx(score, abs=1e-6)
    assert read_json(entry.meta_path)["adapted_from"] == "hospital/heart"
    report = verified(entry, tmp_path / "board")
    assert report.good, report.findings


def test_an_adapter_saved_by_sentence_transformers_keeps_its_modules(
    base: Path, tmp_path: Path
) -> None:
    """Its base may be named by a relative folder."""
    adapted = with_lora(base, tmp_path / "plain", str(base))
    adapted.save_pretrained(str(tmp_path / "whole"), create_model_card=False)
    options = read_json(tmp_path / "whole" / "adapter_config.json")
    relative = {**options, "base_model_name_or_path": os.path.relpath(base, tmp_path / "whole")}
    write_json(tmp_path / "whole" / "adapter_config.json", relative)
    spec = model_in_folder(str(tmp_path / "whole"))
    merged = SentenceTransformer(spec.folder, device="cpu")
    texts = ["aortic valve stenosis", "heart failure"]
    assert merged.encode(texts) == pytest.approx(adapted.encode(texts), abs=1e-6)
    assert spec.base == ""
    assert spec.revision == model_in_folder(str(tmp_path / "whole"), name="other").revision
    assert model_in_folder(str(tmp_path / "plain")).revision != model_in_folder(str(base)).revision


def test_an_adapter_that_does_not_fit_is_refused(
    base: Path, tiny_folder: Callable[..., Path], tmp_path: Path
) -> None:
    """Of another size, or for modules that are not there: never run as if it were the base."""
    from safetensors.torch import load_file, save_file

    with_lora(base, tmp_path / "tune", str(tiny_folder(hidden_size=64)))
    with pytest.raises(WeightsError, match=r"adapter in .*tune"):
        model_in_folder(str(tmp_path / "tune"), pooling="mean")
    with_lora(base, tmp_path / "other", str(base))
    file = tmp_path / "other" / "adapter_model.safetensors"
    tensors = {name.replace("layer.0", "layer.7"): v for name, v in load_file(file).items()}
    save_file(tensors, file, metadata={"format": "pt"})
    with pytest.raises(WeightsError, match="of its tensors fit no module"):
        model_in_folder(str(tmp_path / "other"))


def test_weights_that_nobody_asked_for_are_told(base: Path, tmp_path: Path) -> None:
    """A mistyped NAME would otherwise be passed over."""
    with pytest.raises(CardioBenchError, match="base of an adapter folder"):
        evaluated(tmp_path, str(base), weights=("mpnet=x",))
    with pytest.raises(CardioBenchError, match="A plugin has a model named BAAI/bge-small"):
        evaluated(tmp_path, str(base), name="BAAI/bge-small-en-v1.5")


def test_an_adapter_trained_on_a_folder_names_no_base_elsewhere(
    base: Path, tmp_path: Path, tiny_architecture: Callable[..., Any]
) -> None:
    """Here it names the folder; packed, nothing that only this machine has."""
    from cardiobench.models.trained_weights import save_trained
    from cardiobench.sharing.submission.pack import _name_no_folder

    entry = Entry(tmp_path, "cardiobench/heart", "0" * 40)
    model = with_lora(base, tmp_path / "plain", "x")
    save_trained(model, model_in_folder(str(base)), entry.adapter_folder)
    config = entry.adapter_folder / "adapter_config.json"
    assert read_json(config)["base_model_name_or_path"] == str(base)
    _name_no_folder(entry)
    assert read_json(config)["base_model_name_or_path"] is None
