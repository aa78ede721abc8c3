"""`cardiobench export mteb-results`: what the public results repository takes."""

import json
import math
import shutil
from pathlib import Path

import pytest

from cardiobench.cli.main import main
from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.results.entry import Entry, finished_entries, published_folder
from cardiobench.results.mteb_layout import export_mteb_results
from cardiobench_tasks.catalogue import SUITE

ADAPTED = "cardiobench/minilm-quick-seed0"


def published() -> Path:
    """The folder of the committed board."""
    folder = published_folder()
    assert folder is not None
    return folder


def test_the_layout_is_that_of_the_public_repository(tmp_path: Path) -> None:
    """results/model/revision/{task.json, model_meta.json}; no predictions, adapters or timings."""
    with pytest.raises(SystemExit) as stop:
        main(["export", "mteb-results", str(tmp_path / "out"), "--from", str(published())])
    assert stop.value.code == 0
    files = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    entries = list(finished_entries(published()))
    assert {path.parent.parent.parent for path in files} == {tmp_path / "out" / "results"}
    assert len(files) == sum(1 + len(entry.manifest().data) for entry in entries)
    for file in files:
        content = json.loads(file.read_text())
        if file.name == "model_meta.json":
            assert content["name"].replace("/", "__") == file.parent.parent.name
            assert content["revision"] == file.parent.name
        else:
            assert content["task_name"] == file.stem
            for split in content["scores"].values():
                for scores in split:
                    assert math.isfinite(scores["main_score"])
                    assert {"hf_subset", "languages", "main_score"} <= set(scores)


def test_mteb_loads_the_export(tmp_path: Path) -> None:
    """Every model with every task of the suite, through mteb's own classes."""
    from mteb.cache import ResultCache
    from mteb.results import TaskResult

    files = export_mteb_results(published(), tmp_path, (ADAPTED,))
    for file in files:
        if file.name != "model_meta.json":
            assert TaskResult.from_disk(file).task_name == file.stem
    loaded = ResultCache(tmp_path).load_results(include_remote=False)
    (model,) = loaded.model_results
    assert model.model_name == ADAPTED
    assert {spec.name for spec in SUITE} <= {t.task_name for t in model.task_results}


def test_an_unknown_model_and_an_empty_folder_are_told(tmp_path: Path) -> None:
    """With a guess, and with what to type."""
    with pytest.raises(UnknownNameError, match=f"Did you mean '{ADAPTED}'"):
        export_mteb_results(published(), tmp_path, ("cardiobench/minilm-quick-sed0",))
    with pytest.raises(CardioBenchError, match=r"No results below .*cardiobench run"):
        export_mteb_results(tmp_path, tmp_path / "out")


def test_a_result_of_another_model_is_not_exported(tmp_path: Path) -> None:
    """A file that someone copied in keeps its own name, which gives it away."""
    (entry,) = [e for e in finished_entries(published()) if e.name == ADAPTED]
    copy = Entry(tmp_path, "example/impostor", entry.revision)
    shutil.copytree(entry.folder, copy.folder)
    with pytest.raises(CardioBenchError, match="about another model than example/impostor"):
        export_mteb_results(tmp_path, tmp_path / "out")
    assert not (tmp_path / "out").exists()
