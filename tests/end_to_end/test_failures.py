"""What fails in a run takes nothing else with it, and the exit code tells."""

import json
from pathlib import Path
from typing import Any

import pytest

from cardiobench.board.build import board_pages
from cardiobench.board.read import BoardData, read_rows
from cardiobench.board.rows import OWN
from cardiobench.errors import CardioBenchError
from cardiobench.evaluation.medical import (
    MTEB_MEDICAL,
    medical_scores,
    pending_medical,
    run_medical,
)
from cardiobench.foundation.terminal import Stages
from cardiobench.plugins.architecture import Architecture, Pooling
from cardiobench.plugins.executor import Job, JobOutcome
from cardiobench.plugins.registry import Plugins
from cardiobench.results.entry import Entry, finished_entries
from cardiobench.runs.dispatch import run_here
from cardiobench_tasks.catalogue import CARDIO_NEGATION, CARDIO_QA_RETRIEVAL


class Made:
    """Plugins that build what a test says: a model, or a mistake."""

    def __init__(self, architecture: Any, **answers: Any) -> None:
        self.make = architecture
        self.answers = answers

    def architecture(self, name: str) -> Architecture:
        """A tiny architecture of that name."""
        made: Architecture = self.make(name=name, checkpoint=f"example/{name}")
        return made

    def builds(self, architecture: Architecture) -> bool:
        """Whether it has an answer of that name."""
        return architecture.name in self.answers

    def build_encoder(self, architecture: Architecture, **options: Any) -> Any:
        """The answer of that name; exceptions are raised."""
        answer = self.answers[architecture.name]
        if isinstance(answer, BaseException):
            raise answer
        return answer


def run(folder: Path, plugins: Any, **options: Any) -> JobOutcome:
    """Every model of the plugins, zero-shot on the two tasks that need no source."""
    tasks = (CARDIO_NEGATION.name, CARDIO_QA_RETRIEVAL.name)
    jobs = [Job(model=name, tasks=tasks, speed=False, **options) for name in plugins.answers]
    return run_here(jobs, folder, Stages(), plugins)


@pytest.fixture
def made(tiny_architecture: Any) -> Any:
    """Makes plugins whose models are given by name."""
    return lambda **answers: Made(tiny_architecture, **answers)


@pytest.fixture(scope="module")
def tiny(tiny_folder: Any, no_plugins: Plugins) -> Any:
    """A tiny random BERT."""
    from cardiobench.models.encoder import load_encoder

    spec = Architecture(
        name="tiny",
        checkpoint="example/tiny",
        revision="0" * 40,
        pooling=Pooling.MEAN,
        lora_targets=("query", "value"),
        max_seq_length=32,
        embedding_dim=32,
        parameters=10_000,
        licence="mit",
    )
    return load_encoder(spec, no_plugins, location=tiny_folder(), device="cpu")


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_a_plugin_that_raises_fails_its_own_rows_only(
    made: Any, tiny: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The models before and after it get theirs; the summary names it."""
    plugins = made(first=tiny, broken=ValueError("no\nGPU driver"), last=tiny)
    outcome = run(tmp_path, plugins)
    assert [name for name, _ in outcome.entries] == ["example/first", "example/last"]
    (failure,) = outcome.failures
    assert failure == "broken failed: ValueError: no GPU driver"
    assert "Failed: broken failed: ValueError: no GPU driver" in capsys.readouterr().err


def test_the_only_model_that_fails_is_the_commands_error(made: Any, tmp_path: Path) -> None:
    """Nothing else is begun: the user reads one line and mends it."""
    with pytest.raises(CardioBenchError, match="say --allow"):
        run(tmp_path, made(broken=CardioBenchError("say --allow")))
    assert not list(finished_entries(tmp_path))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_embeddings_that_are_no_numbers_end_their_task_and_the_others_go_on(
    made: Any, tiny: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The row has the other task; the next run tries the failed one again."""
    from cardiobench.models.embedding_table import EmbeddingTable

    encode = EmbeddingTable.encode

    def broken(self: Any, inputs: Any, **options: Any) -> Any:
        if options["task_metadata"].name == "CardioNegation":
            raise FloatingPointError("NaN")
        return encode(self, inputs, **options)

    plugins = made(half=tiny)
    with monkeypatch.context() as patch:
        patch.setattr(EmbeddingTable, "encode", broken)
        outcome = run(tmp_path, plugins)
    assert "failed on CardioNegation" in outcome.failures[0]
    (entry,) = finished_entries(tmp_path)
    assert set(entry.manifest().data) == {"CardioQARetrieval"}
    again = run(tmp_path, plugins)
    assert not again.failures
    assert set(entry.manifest().data) == {"CardioNegation", "CardioQARetrieval"}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_mtebs_medical_tasks_are_skipped_with_a_reason_where_there_is_no_hub(
    made: Any,
    tiny: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """One line each, on the terminal and on the board; tried again once the hub is near."""
    monkeypatch.setattr("cardiobench.evaluation.medical.hub_is_near", lambda: False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    run(tmp_path, made(one=tiny), mteb_medical=True)
    errors = capsys.readouterr().err
    page = board_pages(BoardData(rows=tuple(read_rows(tmp_path, OWN))))["transfer.md"]
    for name in MTEB_MEDICAL:
        assert f"Skipped: {name}, the hub is out of reach." in errors
        assert f"- {name} was skipped: the hub is out of reach." in page
    (entry,) = finished_entries(tmp_path)
    assert pending_medical(entry) == []
    monkeypatch.setattr("cardiobench.evaluation.medical.hub_is_near", lambda: True)
    assert pending_medical(entry) == list(MTEB_MEDICAL)


@pytest.mark.filterwarnings("ignore")
def test_a_medical_task_that_can_be_had_gets_mtebs_result_and_a_place_on_the_board(
    tiny: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """mteb's own mock task stands in for one whose data lie on the hub."""
    from mteb.mocks.mock_tasks.retrieval import MockRetrievalTask

    from cardiobench.models.embedding_table import EmbeddingTable
    from cardiobench.models.mteb_meta import base_meta
    from cardiobench.plugins.registry import load_plugins

    monkeypatch.setattr(
        "cardiobench.evaluation.medical.load_medical", lambda name: MockRetrievalTask()
    )
    monkeypatch.setattr("cardiobench.evaluation.medical.hub_is_near", lambda: True)
    entry = Entry(tmp_path, "example/one", "1")
    meta = base_meta(load_plugins().architecture("minilm"))
    assert run_medical(EmbeddingTable(tiny, meta), entry, "NFCorpus") == ""
    score = medical_scores(entry)["NFCorpus"]
    stored = json.loads(entry.result_path("NFCorpus").read_text())
    splits = [split[0]["main_score"] for split in stored["scores"].values()]
    assert score == pytest.approx(sum(splits) / len(splits))
    assert "NFCorpus" not in pending_medical(entry)
