"""`import cardiobench.mteb`: everything that mteb does by name works for our tasks and models."""

import importlib
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from mteb.abstasks.pair_classification import AbsTaskPairClassification

from cardiobench.errors import CardioBenchError
from cardiobench.evaluation import mteb_bridge
from cardiobench.evaluation.mteb_bridge import MTEB_BOUND, MTEB_NAMES
from cardiobench.results.entry import finished_entries, published_folder
from cardiobench_tasks.catalogue import CATALOGUE, HARD_SUITE, SUITE

ROOT = Path(__file__).parents[2]
ADAPTED = "cardiobench/minilm-quick-seed0"
BASE = "sentence-transformers/all-MiniLM-L6-v2"


@pytest.fixture(scope="module")
def mteb() -> Any:
    """mteb as a user has it after the documented import."""
    import mteb

    import cardiobench.mteb  # noqa: F401

    return mteb


@pytest.fixture(scope="module")
def results(mteb: Any) -> Any:
    """The published results as mteb loads them."""
    from mteb.cache import ResultCache

    return ResultCache(published_folder()).load_results(
        tasks=mteb.get_benchmark("Cardio(eng, v1)"), include_remote=False
    )


def test_tasks_are_found_by_name_and_by_filter(mteb: Any) -> None:
    """get_task, and get_tasks with the filters that users use."""
    assert mteb.get_task("CardioSeparation").metadata.main_score == "auroc"
    medical = {t.metadata.name for t in mteb.get_tasks(domains=["Medical"], languages=["eng"])}
    assert {spec.name for spec in CATALOGUE} <= medical
    assert "NFCorpus" in medical


def test_both_suites_are_benchmarks(mteb: Any) -> None:
    """get_benchmark finds them under their names, with all their tasks."""
    for name, suite in (("Cardio(eng, v1)", SUITE), ("Cardio(eng, v1, hard)", HARD_SUITE)):
        found = mteb.get_benchmark(name)
        assert [t.metadata.name for t in found.tasks] == [spec.name for spec in suite]


def test_no_row_is_missing_from_mtebs_own_tables(mteb: Any, results: Any) -> None:
    """mteb drops models that it does not know; every entry of the board is there."""
    names = {entry.name for entry in finished_entries(published_folder() or Path())}
    assert len(names) >= 4
    assert names <= set(results.to_dataframe().columns)
    assert names <= set(results.get_benchmark_result()["Model"])
    scores = mteb.get_benchmark("Cardio(eng, v1)").get_score(results)
    assert names == set(scores)
    assert scores[ADAPTED]["Group::retrieval"] > scores[BASE]["Group::retrieval"]


def test_task_results_know_their_task(results: Any) -> None:
    """What raises KeyError for unregistered tasks gives types and domains."""
    (model,) = [m for m in results.model_results if m.model_name == ADAPTED]
    found = {t.task_name: t for t in model.task_results}["CardioTermRetrieval"]
    assert found.task_type == "Retrieval"
    assert "Medical" in found.domains


def test_an_adapted_model_loads_by_name(mteb: Any) -> None:
    """get_model gives the published adapter on its base, with mteb's metadata of both."""
    from sentence_transformers import SentenceTransformer

    from cardiobench.models.local_weights import carried_folder
    from cardiobench.plugins.registry import load_plugins

    model = mteb.get_model(ADAPTED, device="cpu")
    meta = model.mteb_model_meta
    assert (meta.name, meta.adapted_from) == (ADAPTED, BASE)
    assert "CardioTermRetrieval" in meta.training_datasets
    (entry,) = [e for e in finished_entries(published_folder() or Path()) if e.name == ADAPTED]
    assert meta.revision == entry.revision
    plain = SentenceTransformer(
        str(carried_folder(load_plugins().architecture("minilm").carried)), device="cpu"
    )
    base = plain.encode("mitral valve prolapse")
    plain.load_adapter(str(entry.adapter_folder))
    adapted = plain.encode("mitral valve prolapse")
    (ours,) = model.encode([{"text": ["mitral valve prolapse"]}])
    assert ours == pytest.approx(adapted, abs=1e-5)
    assert abs(ours - base).max() > 1e-3


def test_models_of_a_run_folder_become_known(mteb: Any, tmp_path: Path) -> None:
    """`cardiobench.mteb.register` takes the folder of a user's own run."""
    import cardiobench.mteb

    (entry,) = [e for e in finished_entries(published_folder() or Path()) if e.name == ADAPTED]
    own = tmp_path / "results" / "cardiobench__mine" / entry.revision
    shutil.copytree(entry.folder, own)
    for file in (own / "model_meta.json", own / "cardiobench" / "manifest.json"):
        file.write_text(file.read_text().replace(ADAPTED, "cardiobench/mine"))
    with pytest.raises(KeyError, match="cardiobench/mine"):
        mteb.get_model_meta("cardiobench/mine", fetch_from_hf=False)
    cardiobench.mteb.register([tmp_path])
    assert mteb.get_model_meta("cardiobench/mine").adapted_from == BASE


def test_models_that_mteb_knows_keep_their_own_loader(mteb: Any) -> None:
    """An existing workflow with BGE gives what it gave; only the carried MiniLM is replaced."""
    from cardiobench.evaluation.mteb_models import _load

    def ours(name: str) -> bool:
        return getattr(mteb.get_model_meta(name).loader, "func", None) is _load

    assert not ours("BAAI/bge-small-en-v1.5")
    assert ours(BASE)
    assert ours("michiyasunaga/BioLinkBERT-large")


@pytest.mark.parametrize(
    ("module", "name", "register"),
    [
        ("mteb.get_tasks", "_TASKS_REGISTRY", "register_tasks"),
        ("mteb.get_tasks", "TASK_LIST", "register_tasks"),
        ("mteb.benchmarks.get_benchmark", "_build_registry", "register_benchmarks"),
        ("mteb.benchmarks.get_benchmark", "_build_aliases_registry", "register_benchmarks"),
        ("mteb.models.model_implementations", "MODEL_REGISTRY", "register_models"),
    ],
)
def test_a_private_name_that_moved_is_named(
    monkeypatch: pytest.MonkeyPatch, module: str, name: str, register: str
) -> None:
    """After an mteb release that moves one, the error says which, and what to install."""
    monkeypatch.delattr(importlib.import_module(module), name)
    with pytest.raises(CardioBenchError, match=rf"no {module}\.{name}.*pip install 'mteb"):
        getattr(mteb_bridge, register)()


def test_this_mteb_has_every_private_name_that_we_rely_on_and_no_other_is_admitted() -> None:
    """The bound of `pyproject.toml` is the version whose private names are used."""
    for module, names in MTEB_NAMES.items():
        for name in names:
            assert hasattr(importlib.import_module(module), name), f"{module}.{name}"
    assert hasattr(AbsTaskPairClassification, "_compute_metrics")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert MTEB_BOUND in project["dependencies"]


def test_the_command_line_is_mtebs_own_with_our_tasks(tmp_path: Path) -> None:
    """Run, and every flag of theirs, offline with the carried weights; scores are the board's."""
    command = [sys.executable, "-c", "from cardiobench.cli.main import main; main()", "mteb"]
    options = ("-t", "CardioNegation", "--output-folder", "out", "--verbosity", "0")
    done = subprocess.run(
        [*command, "run", "-m", BASE, *options],
        cwd=tmp_path,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    from mteb.results import TaskResult

    (file,) = (tmp_path / "out").rglob("CardioNegation.json")
    (entry,) = [e for e in finished_entries(published_folder() or Path()) if e.name == BASE]
    mine = TaskResult.from_disk(file).get_score()
    assert mine == pytest.approx(entry.scores("CardioNegation")["main_score"], abs=1e-6)
