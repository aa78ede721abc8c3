"""OpenVINO gives torch's embeddings or is refused; what it changes is measured."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cardiobench.errors import CardioBenchError, WeightsError
from cardiobench.evaluation.variants import Deviation, deviation, read_deviation, write_deviation
from cardiobench.models.encoder import load_encoder
from cardiobench.models.fingerprint import model_fingerprint
from cardiobench.plugins.architecture import Architecture, Backend, Precision
from cardiobench.plugins.registry import Plugins
from cardiobench.runs.plan import plan

TEXTS = ["aortic stenosis", "mitral valve", "heart failure of the left atrial rhythm in a", "left"]
Load = Callable[..., Any]


@pytest.fixture
def load(
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
) -> Load:
    """Loads one tiny model by the production path, with fields of its specification changed."""
    folder = tiny_folder()

    def loaded(**fields: Any) -> Any:
        spec = tiny_architecture(**fields)
        return load_encoder(spec, no_plugins, location=folder, device="cpu")

    return loaded


def test_openvino_gives_the_embeddings_of_torch(load: Load) -> None:
    """In any batch; and it is another model to the embedding cache."""
    torch_model, openvino_model = load(), load(backend="openvino")
    wanted = torch_model.encode(TEXTS)
    for batch_size in (1, 3):
        found = openvino_model.encode(TEXTS, batch_size=batch_size)
        np.testing.assert_allclose(found, wanted, atol=1e-5)
    assert model_fingerprint(openvino_model) != model_fingerprint(torch_model)


def test_a_conversion_that_gives_other_numbers_is_refused(
    load: Load, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The network's own output is the measure."""
    import openvino

    convert = openvino.convert_model

    def broken(network: Any, **options: Any) -> Any:
        state = {name: value.clone() for name, value in network.state_dict().items()}
        network.load_state_dict({name: value * 1.01 for name, value in state.items()})
        converted = convert(network, **options)
        network.load_state_dict(state)
        return converted

    monkeypatch.setattr(openvino, "convert_model", broken)
    with pytest.raises(WeightsError, match=r"other numbers than torch .*Type: --backend torch"):
        load(backend="openvino")


def test_what_openvino_cannot_run_is_refused(load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to type."""
    with pytest.raises(WeightsError, match="CPU in float32"):
        load(backend="openvino", precision="bfloat16")
    monkeypatch.setitem(sys.modules, "openvino", None)
    with pytest.raises(WeightsError, match=r"pip install 'cardiobench\[openvino\]'"):
        load(backend="openvino")


def test_a_variant_is_a_row_of_its_own(tiny_architecture: Callable[..., Architecture]) -> None:
    """Adapters do not depend on the backend, which only evaluates."""
    usual = tiny_architecture()
    other = usual.at(Precision.BFLOAT16).on(Backend.OPENVINO)
    assert other.model_name == "cardiobench/tiny-bfloat16-openvino"
    assert usual.on(Backend.TORCH) == usual
    assert "backend" not in usual.identity


def test_adapting_and_foreign_models_are_torchs(capsys: pytest.CaptureFixture[str]) -> None:
    """The one is said, the other refused."""
    said: list[str] = []
    given = {"recipes": ("quick",), "seeds": (0,), "tasks": (), "backend": "openvino"}
    (job,) = plan(models=("minilm",), say=said.append, **given)  # type: ignore[arg-type]
    assert job.label == "minilm-openvino zero-shot"
    assert said == ["minilm: zero-shot only, adapters are trained and evaluated with torch."]
    with pytest.raises(CardioBenchError, match="no plugin has some/model"):
        plan(models=("some/model",), say=said.append, **given)  # type: ignore[arg-type]


def test_the_deviation_is_that_of_the_cosines(tmp_path: Path) -> None:
    """Largest and mean over all pairs of texts; kept with the entry."""
    wanted = np.eye(3, dtype=np.float32)
    found = wanted.copy()
    found[1] = [0.6, 0.8, 0.0]
    measured = deviation("example/tiny", wanted, found)
    assert measured == Deviation(
        reference="example/tiny", texts=3, largest=pytest.approx(0.6), mean=pytest.approx(0.2)
    )
    assert read_deviation(tmp_path) is None
    write_deviation(tmp_path, measured)
    assert read_deviation(tmp_path) == measured


def test_bfloat16_moves_cosines_and_is_measured(load: Load) -> None:
    """A little, and not by nothing."""
    wanted = load().encode(TEXTS, normalize_embeddings=True)
    found = load(precision="bfloat16").encode(TEXTS, normalize_embeddings=True)
    measured = deviation("example/tiny", wanted, found.astype("float32"))
    assert 1e-5 < measured.largest < 0.05
