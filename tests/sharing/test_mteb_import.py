"""Results of plain `mteb.evaluate` become entries, marked and verified like any other."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mteb
import pytest
from click.testing import CliRunner

import cardiobench.mteb as _registered  # noqa: F401 -- as a user of mteb does
from cardiobench.cli.main import cli
from cardiobench.errors import CardioBenchError
from cardiobench.results.entry import finished_entries
from cardiobench.results.records import verification_mark
from cardiobench.sharing.mteb_import import import_mteb_results, is_mteb_cache
from cardiobench.sharing.submission.verify import Verifier
from tests.api.test_python import Letters
from tests.end_to_end.any_model import TASK

RETRIEVAL = "CardioQARetrieval"


def evaluate(cache: Path, encoder: Any, predictions: Path | None) -> None:
    """What a user of plain mteb types."""
    mteb.evaluate(
        encoder,
        mteb.get_tasks([TASK, RETRIEVAL]),
        cache=mteb.ResultCache(cache),
        prediction_folder=predictions,
        co2_tracker=False,
        show_progress_bar=False,
    )


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache with the results and predictions of one model."""
    folder = tmp_path_factory.mktemp("cache")
    evaluate(folder, Letters(), folder / "predictions")
    return folder


@pytest.fixture
def copied(cache: Path, tmp_path: Path) -> Path:
    """The same, to be changed."""
    return Path(shutil.copytree(cache, tmp_path / "copy"))


def test_a_cache_folder_is_packed_and_verified(cache: Path, tmp_path: Path) -> None:
    """`submit pack CACHE --to BOARD`; every score is recomputed; the mark says who ran it."""
    assert is_mteb_cache(cache)
    done = CliRunner().invoke(cli, ["submit", "pack", str(cache), "--to", str(tmp_path / "board")])
    assert isinstance(done.exception, CardioBenchError)
    assert "lacks 9 of the suite's 11 tasks" in str(done.exception)
    arguments = ["submit", "pack", str(cache), "--partial", "--to", str(tmp_path / "board")]
    done = CliRunner().invoke(cli, arguments)
    assert done.exception is None, done.exception
    (entry,) = finished_entries(tmp_path / "board")
    assert set(entry.manifest().data) == {TASK, RETRIEVAL}
    assert entry.manifest().hardware == {}
    assert verification_mark(entry) == "- (closed weights) (evaluated by mteb)"
    report = Verifier(tmp_path / "board").verify(entry.folder)
    assert report.good, report.findings


def test_import_leaves_a_run_folder(cache: Path, tmp_path: Path) -> None:
    """Scores are those of the cache; the folder is one of ours then."""
    arguments = ["import", "mteb-results", str(cache), "--output", str(tmp_path / "runs")]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 0, done.output
    (entry,) = finished_entries(tmp_path / "runs")
    stored = json.loads(next(cache.glob(f"results/*/*/{TASK}.json")).read_text())
    (kept,) = stored["scores"].values()
    assert entry.scores(TASK)["main_score"] == kept[0]["main_score"]
    assert not is_mteb_cache(tmp_path / "runs")


def test_missing_predictions_are_told_with_the_line_that_keeps_them(
    copied: Path, tmp_path: Path
) -> None:
    """For one task it is left out and said; without any, packing ends there."""
    (copied / "predictions" / f"{TASK}_predictions.json").unlink()
    arguments = ["import", "mteb-results", str(copied), "--output", str(tmp_path / "runs")]
    done = CliRunner().invoke(cli, arguments)
    assert done.exit_code == 1
    assert f"me/letters: {TASK}: its predictions were not kept" in done.output
    assert f'prediction_folder="{copied}/predictions/NAME"' in done.output
    shutil.rmtree(copied / "predictions")
    done = CliRunner().invoke(cli, ["submit", "pack", str(copied), "--to", str(tmp_path / "b")])
    assert "its predictions were not kept" in str(done.exception)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda r: r.update(dataset_revision="0" * 40), "it is of data revision 0000"),
        (
            lambda r: r["scores"][next(iter(r["scores"]))][0].update(main_score=0.99),
            "its scores do not follow from .*Two models",
        ),
    ],
    ids=["data", "score"],
)
def test_what_does_not_fit_is_left_out(
    copied: Path, tmp_path: Path, change: Callable[[Any], None], said: str
) -> None:
    """Other data, or predictions of another model."""
    path = next(copied.glob(f"results/*/*/{TASK}.json"))
    result = json.loads(path.read_text())
    change(result)
    path.write_text(json.dumps(result))
    (one,) = import_mteb_results(copied, tmp_path / "runs")
    assert one.tasks == [RETRIEVAL]
    with pytest.raises(CardioBenchError, match=said):
        raise CardioBenchError(one.problems[0])


def test_a_model_without_a_name_is_refused(copied: Path, tmp_path: Path) -> None:
    """mteb calls every local model alike, and gives the second one the first one's scores."""
    path = next(copied.glob("results/*/*/model_meta.json"))
    path.write_text(json.dumps({**json.loads(path.read_text()), "name": "no_model_name/available"}))
    (one,) = import_mteb_results(copied, tmp_path / "runs")
    assert not one.tasks
    assert "Set model.mteb_model_meta" in one.problems[0]
    with pytest.raises(CardioBenchError, match="No results of CardioBench"):
        import_mteb_results(tmp_path, tmp_path / "runs")
