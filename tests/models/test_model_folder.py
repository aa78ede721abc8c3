"""A model in a folder is run as it is; its revision is the hash of its weights."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import modules

from cardiobench import Architecture, Pooling
from cardiobench.errors import CardioBenchError, WeightsError
from cardiobench.foundation.files import read_json, sha256_file
from cardiobench.models.encoder import load_encoder
from cardiobench.models.local_weights import weights_place
from cardiobench.models.model_folder import folder_architecture, is_folder, with_weights
from cardiobench.models.mteb_meta import base_meta
from cardiobench.models.trained_weights import save_trained
from cardiobench.models.weights_hash import modules_sha256
from cardiobench.plugins.executor import Job
from cardiobench.plugins.registry import Plugins
from cardiobench.runs.folders import Told
from cardiobench.runs.plan import plan
from cardiobench.training.adapters import make_trainable
from cardiobench.training.recipe import Recipe

TEXTS = ["aortic valve stenosis", "heart failure", "the left atrial rhythm"]


@pytest.fixture
def with_dense(tiny_folder: Callable[..., Path], tmp_path: Path) -> Path:
    """A sentence-transformers folder with a Dense layer behind the pooling, and prompts."""
    transformer = modules.Transformer(str(tiny_folder()), max_seq_length=24)
    parts = [transformer, modules.Pooling(32, pooling_mode="cls"), modules.Dense(32, 16)]
    model = SentenceTransformer(modules=parts, prompts={"query": "left ", "document": ""})
    model.save_pretrained(str(tmp_path / "Heart Tune"), create_model_card=False)
    return tmp_path / "Heart Tune"


def test_a_folder_with_any_modules_gives_its_own_embeddings(
    with_dense: Path, no_plugins: Plugins
) -> None:
    """The specification is what the files state; the model is loaded with all its modules."""
    spec = folder_architecture(str(with_dense), name="hospital/heart")
    assert (spec.checkpoint, spec.name, spec.model_name) == (
        "hospital/heart",
        "heart",
        "hospital/heart",
    )
    assert spec.revision == modules_sha256(with_dense)[:40]
    assert (spec.pooling, spec.max_seq_length, spec.embedding_dim) == (Pooling.CLS, 24, 16)
    assert spec.query_prompt == "left "
    assert spec.lora_targets == ("query", "value")
    assert weights_place(spec) == "folder"
    model = load_encoder(spec, no_plugins, device="cpu")
    plain = SentenceTransformer(str(with_dense), device="cpu")
    np.testing.assert_array_equal(model.encode(TEXTS), plain.encode(TEXTS))
    np.testing.assert_array_equal(model.encode_query(TEXTS), plain.encode_query(TEXTS))


def test_a_transformers_folder_needs_to_be_told_how_it_pools(
    tiny_folder: Callable[..., Path], no_plugins: Plugins
) -> None:
    """The option to add is named with its choices; embeddings are that pooling."""
    folder = tiny_folder()
    with pytest.raises(CardioBenchError, match=r"Add: --pooling cls\|mean\|lasttoken"):
        folder_architecture(str(folder))
    spec = folder_architecture(str(folder), pooling="mean")
    model = load_encoder(spec, no_plugins, device="cpu")
    expected = load_encoder(
        replace(spec, folder=""), no_plugins, location=folder, device="cpu"
    ).encode(TEXTS)
    np.testing.assert_allclose(model.encode(TEXTS), expected, atol=1e-6)


def test_a_name_is_the_users_and_never_a_path(with_dense: Path) -> None:
    """Without --name it is the folder's last part, fit for a name."""
    assert folder_architecture(str(with_dense)).checkpoint == "local/Heart-Tune"
    with pytest.raises(CardioBenchError, match="Give one: --name NAME"):
        folder_architecture(str(with_dense), name="a b/heart")


def test_nothing_false_is_filled_in(with_dense: Path) -> None:
    """No page on the hub, and open weights are not claimed."""
    meta = base_meta(folder_architecture(str(with_dense)))
    assert meta.reference is None
    assert meta.open_weights is None
    assert meta.license is None


def test_an_adapter_names_a_base_that_is_there(with_dense: Path, tmp_path: Path) -> None:
    """peft looks the base up by this; a made-up hub id would be found nowhere."""
    from peft import LoraConfig

    spec = folder_architecture(str(with_dense))
    model = SentenceTransformer(str(with_dense), device="cpu")
    model.add_adapter(LoraConfig(r=2, target_modules=["query"], task_type="FEATURE_EXTRACTION"))
    save_trained(model, spec, tmp_path / "adapter")
    options = read_json(tmp_path / "adapter" / "adapter_config.json")
    assert options["base_model_name_or_path"] == str(with_dense)


def test_a_folder_without_a_model_is_one_line(tmp_path: Path) -> None:
    """A mistyped path, or a folder of something else."""
    for path in (tmp_path, tmp_path / "absent"):
        with pytest.raises(WeightsError, match="is no folder of a model"):
            folder_architecture(str(path))


def test_weights_of_a_registered_model_may_lie_anywhere(
    tiny_folder: Callable[..., Path], tiny_architecture: Callable[..., Architecture]
) -> None:
    """Only those of the pinned checkpoint are its row; others get a name of their own."""
    folder = tiny_folder()
    sha256 = sha256_file(folder / "model.safetensors")
    spec = tiny_architecture(weights_sha256=sha256)
    assert with_weights(spec, str(folder)) == replace(spec, folder=str(folder))
    for other in (tiny_architecture(weights_sha256="0" * 64), tiny_architecture()):
        with pytest.raises(WeightsError, match=r"a model of their own: --model .* --name NAME"):
            with_weights(other, str(folder))


def test_a_run_plans_a_folder_like_any_model(with_dense: Path) -> None:
    """Zero-shot and adapted; a job's file holds all that a worker needs."""
    options: dict[str, Any] = {"seeds": (), "tasks": ("CardioNegation",), "say": print}
    jobs = plan(models=[str(with_dense)], recipes=["quick"], told=Told(name="heart"), **options)
    assert [job.label for job in jobs] == ["heart zero-shot", "heart quick seed 0"]
    again = Job.from_json(jobs[0].to_json())
    assert again == jobs[0]
    assert Architecture.from_json(again.architecture or {}).folder == str(with_dense)
    with pytest.raises(CardioBenchError, match="A plugin has a model named minilm"):
        plan(models=[str(with_dense)], recipes=[], told=Told(name="minilm"), **options)
    with pytest.raises(CardioBenchError, match="Give one --model FOLDER"):
        plan(models=["minilm"], recipes=[], told=Told(name="heart"), **options)


def test_hub_ids_and_names_are_no_folders(
    with_dense: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative folder that is there is one, whatever it looks like."""
    monkeypatch.chdir(tmp_path)
    assert is_folder("Heart Tune")
    assert is_folder("./absent")
    assert not is_folder("minilm")
    assert not is_folder("intfloat/e5-small-v2")


def test_training_leaves_further_modules_as_published(with_dense: Path) -> None:
    """A trained Dense layer would be lost: an adapter's folder is put onto the published base."""
    model = SentenceTransformer(str(with_dense), device="cpu")
    make_trainable(model, folder_architecture(str(with_dense)), Recipe(name="small", rank=2))
    trained = [name for name, parameter in model.named_parameters() if parameter.requires_grad]
    assert trained
    assert all(".lora_" in name for name in trained)
