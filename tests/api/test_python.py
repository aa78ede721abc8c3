"""`cardiobench.evaluate`, `adapt` and `load_results`, and the notebook that shows them."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mteb.models.abs_encoder import AbsEncoder
from mteb.models.model_meta import ModelMeta, ScoringFunction
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer import modules

import cardiobench
from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.results.entry import Entry
from tests.end_to_end.any_model import TASK, stock_score, verified

NOTEBOOK = Path(__file__).parents[2] / "docs" / "python.ipynb"


class Letters(AbsEncoder):
    """An encoder that only mteb's protocol describes."""

    def __init__(self, name: str = "me/letters", revision: str | None = "1") -> None:
        self.mteb_model_meta = ModelMeta.create_empty(
            overwrites={
                "name": name,
                "revision": revision,
                "embed_dim": 26,
                "open_weights": False,
                "similarity_fn_name": ScoringFunction.COSINE,
            }
        )

    def encode(self, inputs: Any, **kwargs: Any) -> Any:
        """Letter counts, shape (n, 26)."""
        texts = [text.lower() for batch in inputs for text in batch["text"]]
        return np.array([[t.count(chr(97 + k)) for k in range(26)] for t in texts], "float32")


@pytest.fixture(scope="module")
def heart(tiny_folder: Callable[..., Path]) -> SentenceTransformer:
    """A tiny model in memory."""
    transformer = modules.Transformer(str(tiny_folder()), max_seq_length=24)
    parts = [transformer, modules.Pooling(32, pooling_mode="mean")]
    return SentenceTransformer(modules=parts, device="cpu")


@pytest.fixture(scope="module")
def evaluated(heart: SentenceTransformer, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with results of an object of each kind."""
    folder = tmp_path_factory.mktemp("runs")
    cardiobench.evaluate(heart, TASK, name="me/heart", output=folder, verbose=False)
    cardiobench.evaluate(Letters(), [TASK], output=folder, verbose=False)
    return folder


def test_importing_the_package_loads_nothing_heavy() -> None:
    """The functions are found when they are used."""
    heavy = "{'torch', 'mteb', 'pandas', 'scipy', 'sklearn', 'transformers', 'datasets', 'peft'}"
    code = f"import sys, cardiobench; dir(cardiobench); assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
    with pytest.raises(AttributeError, match="no attribute 'evalute'"):
        _ = cardiobench.evalute  # type: ignore[attr-defined]


def test_numbers_come_with_intervals(evaluated: Path, heart: SentenceTransformer) -> None:
    """As objects and as a table; values are stock mteb's."""
    results = cardiobench.load_results(evaluated)
    assert [model.name for model in results] == ["me/heart", "me/letters"]
    score = results["me/heart"][TASK]
    assert score.low < score.value < score.high
    assert (score.items, score.gain) == (416, None)
    assert str(score).startswith(f"{TASK}: 0.")
    assert score.value == pytest.approx(stock_score(heart), abs=1e-5)
    assert results["me/letters"][TASK].value == pytest.approx(stock_score(Letters()), abs=1e-5)
    table = results.to_dataframe()
    assert len(table) == len(results) == 2
    assert set(table["metric"]) == {score.metric}
    assert len(results["me/heart"].to_dataframe()) == 1
    with pytest.raises(UnknownNameError, match="Did you mean 'me/heart'"):
        results["me/haert"]
    with pytest.raises(UnknownNameError, match=TASK):
        results["me/heart"]["CardioTermRetrieval"]


def test_an_object_becomes_a_verified_row(evaluated: Path, tmp_path: Path) -> None:
    """What only an object knows is no less checked."""
    for model in cardiobench.load_results(evaluated):
        report = verified(Entry(evaluated, model.name, model.revision), tmp_path)
        assert report.good, report.findings


def test_other_weights_are_another_row(heart: SentenceTransformer, evaluated: Path) -> None:
    """The same object again is found; an option that matters changes the revision."""
    (same,) = cardiobench.evaluate(heart, TASK, name="me/heart", output=evaluated, verbose=False)
    heart.max_seq_length = 5
    try:
        (cut,) = cardiobench.evaluate(heart, TASK, name="me/cut", output=evaluated, verbose=False)
    finally:
        heart.max_seq_length = 24
    assert cut.revision != same.revision
    assert cut[TASK].value != same[TASK].value


def test_what_cannot_be_evaluated_is_one_line(heart: SentenceTransformer, tmp_path: Path) -> None:
    """No name, no revision, no protocol, a taken name, options of folders."""
    published = "sentence-transformers/all-MiniLM-L6-v2"
    for model, options, message in (
        (heart, {}, "add name='organisation/model'"),
        (heart, {"name": "me/a b"}, "cannot be a model's name"),
        (heart, {"name": published}, "name 'minilm' to evaluate that one"),
        (heart, {"name": "me/x", "pooling": "cls"}, "an object is evaluated as it is"),
        (Letters(revision=None), {}, "no name or no revision"),
        (object(), {}, "has no encode, similarity"),
        ("minilmm", {}, "Did you mean 'minilm'"),
    ):
        with pytest.raises(CardioBenchError, match=message):
            cardiobench.evaluate(model, TASK, output=tmp_path, **options)  # type: ignore[arg-type]
    with pytest.raises(CardioBenchError, match="No results below"):
        cardiobench.load_results(tmp_path)


def test_a_folder_is_adapted_and_compared_with_its_base(
    heart: SentenceTransformer, tmp_path: Path
) -> None:
    """The gain is paired; the folder loads with plain sentence-transformers."""
    heart.save_pretrained(str(tmp_path / "heart"), create_model_card=False)
    recipe = tmp_path / "small.toml"
    recipe.write_text("rank = 4\nepochs = 0.05\nbatch_size = 16\nmax_seq_length = 16\n")
    options: dict[str, Any] = {"output": tmp_path / "runs", "device": "cpu", "verbose": False}
    alone = cardiobench.adapt(tmp_path / "heart", recipe, (), **options)
    assert alone.results is None
    adapted = cardiobench.adapt(tmp_path / "heart", recipe, TASK, **options)
    assert adapted.folder == alone.folder
    assert adapted.results is not None
    score = adapted.results[TASK]
    base = cardiobench.load_results(tmp_path / "runs")["local/heart"]
    assert score.gain == pytest.approx(score.value - base[TASK].value)
    assert SentenceTransformer(str(adapted.folder), device="cpu").encode("x").shape == (32,)


def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every code cell, in order, as it stands."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            exec("".join(cell["source"]), names)  # noqa: S102
    assert list(names["table"]["model"]) == [
        "me/letters",
        "me/short",
        "sentence-transformers/all-MiniLM-L6-v2",
    ]
