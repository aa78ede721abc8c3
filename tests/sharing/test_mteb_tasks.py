"""Our tasks as stock mteb has its own: classes, statistics and data that give the same scores."""

import json
from pathlib import Path
from typing import Any

import mteb
import pytest

from cardiobench.plugins.tasks import load_task
from cardiobench.sharing.mteb_tasks import export_mteb_tasks
from cardiobench_tasks.catalogue import CARDIO_NEGATION, CARDIO_QA_RETRIEVAL, CATALOGUE
from tests.api.test_python import Letters

SPECS = (CARDIO_NEGATION, CARDIO_QA_RETRIEVAL)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A task of each type."""
    folder = tmp_path_factory.mktemp("mteb")
    export_mteb_tasks(SPECS, folder)
    return folder


def stock_task(exported: Path, module: str, name: str) -> Any:
    """The written class, with the data that lies beside it."""
    (path,) = exported.glob(f"mteb/tasks/*/eng/{module}.py")
    names: dict[str, Any] = {}
    exec(path.read_text(encoding="utf-8"), names)  # noqa: S102
    task = names[name]()
    task.metadata.dataset["path"] = str(exported / "data" / name)
    return task


def score(task: Any) -> dict[str, Any]:
    """All scores of one encoder."""
    results = mteb.evaluate(Letters(), task, cache=None, co2_tracker=False, show_progress_bar=False)
    (split,) = results.task_results[0].scores.values()
    return dict(split[0])


@pytest.mark.parametrize(
    ("module", "spec", "shared"),
    [
        ("cardio_negation", CARDIO_NEGATION, "cosine_ap"),
        ("cardio_qa_retrieval", CARDIO_QA_RETRIEVAL, "ndcg_at_10"),
    ],
    ids=lambda value: getattr(value, "name", value),
)
def test_stock_mteb_scores_them_alike(exported: Path, module: str, spec: Any, shared: str) -> None:
    """Metadata are filled in; no class of ours is needed."""
    task = stock_task(exported, module, spec.name)
    assert task.metadata.is_filled()
    assert score(task)[shared] == pytest.approx(score(load_task(spec))[shared], abs=1e-6)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_descriptive_statistics_are_written_where_mteb_looks(exported: Path, spec: Any) -> None:
    """Computed by mteb; nothing is written into its package, nor into ours."""
    task = load_task(spec)
    found = task.calculate_descriptive_statistics(overwrite_results=True)
    written = exported / "mteb" / "descriptive_stats" / spec.type / f"{spec.name}.json"
    assert json.loads(written.read_text()) == json.loads(json.dumps(found))
    shipped = task.metadata.descriptive_stat_path.read_text()
    assert json.loads(shipped) == json.loads(json.dumps(found))


@pytest.mark.parametrize("spec", CATALOGUE, ids=lambda spec: spec.name)
def test_every_task_ships_its_statistics(spec: Any) -> None:
    """So mteb knows the number of samples without loading the data."""
    assert load_task(spec).metadata.n_samples[spec.split] > 0
