"""`cardiobench run --model organisation/name`: what mteb can load runs without a plugin."""

from pathlib import Path

import pytest

from cardiobench.cli.main import main
from cardiobench.errors import CardioBenchError, WeightsError
from cardiobench.models.hub_models import foreign_meta, load_foreign
from cardiobench.results.entry import finished_entries

OPTIONS = ["--task", "CardioNegation", "--no-train", "--no-speed", "--no-baselines"]


@pytest.fixture(autouse=True)
def offline(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No hub, and nothing in its cache."""
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The command's exit code, output and errors."""
    with pytest.raises(SystemExit) as stop:
        main(["run", *OPTIONS, *arguments])
    said = capsys.readouterr()
    assert isinstance(stop.value.code, int)
    return stop.value.code, said.out, said.err


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_model_that_mteb_knows_gets_a_row(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Name and revision are mteb's; a second run does nothing."""
    model = ["--model", "mteb/baseline-random-encoder", "--output", str(tmp_path)]
    code, out, err = run(capsys, *model)
    assert code == 0, err
    (entry,) = finished_entries(tmp_path)
    assert entry.name == "mteb/baseline-random-encoder"
    assert entry.manifest().model.kind == "baseline"
    assert "mteb/baseline-random-encoder" in out
    assert "Nothing to do" in run(capsys, *model)[1]


def test_the_checkpoint_of_a_plugin_means_that_plugin(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Typing the hub id of MiniLM runs the architecture, from the carried weights."""
    code, _, err = run(
        capsys, "--model", "sentence-transformers/all-MiniLM-L6-v2", "--output", str(tmp_path)
    )
    assert code == 0, err
    (entry,) = finished_entries(tmp_path)
    assert entry.manifest().model.architecture == "minilm"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("intfloat/e5-bas-v2", "Did you mean: 'intfloat/e5-base-v2'.*hub is out of reach"),
        ("BAAI/bge-reranker-v2-m3", "is a cross-encoder.*one embedding a text"),
        ("colbert-ir/colbertv2.0", "is a late-interaction model"),
    ],
)
def test_what_cannot_be_evaluated_is_told_in_one_line(name: str, message: str) -> None:
    """Unknown, and other kinds than one embedding a text."""
    with pytest.raises(CardioBenchError, match=message) as caught:
        foreign_meta(name)
    assert "\n" not in str(caught.value)


def test_remote_code_needs_the_users_word_although_mteb_would_run_it() -> None:
    """mteb's own loader of this model trusts the hub's code unasked."""
    with pytest.raises(WeightsError, match="--trust-remote-code"):
        foreign_meta("jinaai/jina-embeddings-v3")
    assert foreign_meta("jinaai/jina-embeddings-v3", trust_remote_code=True).name


def test_weights_out_of_reach_are_one_line() -> None:
    """Known to mteb, but not at hand."""
    with pytest.raises(WeightsError, match=r"mteb cannot load intfloat/e5-base-v2") as caught:
        load_foreign(foreign_meta("intfloat/e5-base-v2"), "cpu")
    assert "\n" not in str(caught.value)
