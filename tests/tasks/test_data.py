"""Exports that stock mteb scores alike, listings that name everything, and current data cards."""

import functools
import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Any

import datasets
import mteb
import numpy as np
import pytest
from mteb.abstasks.pair_classification import AbsTaskPairClassification
from mteb.abstasks.retrieval import AbsTaskRetrieval
from mteb.models.abs_encoder import AbsEncoder
from mteb.models.model_meta import ModelMeta, ScoringFunction

from cardiobench.board.task_cards import card_pages, task_facts
from cardiobench.cli.main import main
from cardiobench.sharing.task_export import export_task, hub_configs
from cardiobench.sources.attribution import source_facts
from cardiobench_tasks.catalogue import (
    CARDIO_LETTER_RETRIEVAL,
    CARDIO_SEPARATION,
    CARDIO_TERM_RETRIEVAL,
    CARDIO_VALUE,
    CATALOGUE,
)

ROOT = Path(__file__).parents[2]
DIMENSION = 64


class HashedWords(AbsEncoder):
    """Sums a fixed made-up vector for each word: cheap, the same everywhere, better than chance."""

    def __init__(self) -> None:
        self.mteb_model_meta = ModelMeta.create_empty(
            overwrites={
                "name": "example/hashed-words",
                "revision": "1",
                "languages": ["eng-Latn"],
                "similarity_fn_name": ScoringFunction.COSINE,
                "use_instructions": False,
                "training_datasets": set(),
            }
        )

    def encode(self, inputs: Any, **kwargs: Any) -> Any:
        texts = [text for batch in inputs for text in batch["text"]]
        return np.stack([sum(map(self._word, text.lower().split())) for text in texts])

    @staticmethod
    @functools.cache
    def _word(word: str) -> Any:
        seed = int.from_bytes(hashlib.sha256(word.encode()).digest()[:4])
        return np.random.default_rng(seed).standard_normal(DIMENSION).astype(np.float32)


def stock(base: Any, folder: Path, spec: Any, main_score: str) -> Any:
    """A task of mteb's own class that knows nothing but the exported folder."""
    ours = spec.load().metadata
    metadata = ours.model_copy(
        update={
            "name": f"Stock{spec.name}",
            "dataset": {"path": str(folder), "revision": "main"},
            "main_score": main_score,
        }
    )
    return type(f"Stock{spec.name}", (base,), {"metadata": metadata})()


def scores(task: Any) -> dict[str, Any]:
    """mteb's scores of a task's only split and subset."""
    (result,) = mteb.evaluate(
        HashedWords(),
        task,
        cache=None,
        co2_tracker=False,
        encode_kwargs={"batch_size": 256, "show_progress_bar": False},
        show_progress_bar=False,
    ).task_results
    ((found,),) = result.scores.values()
    return dict(found)


@pytest.fixture
def hub_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What datasets unpacks stays in this test's folder."""
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "datasets")


@pytest.mark.filterwarnings("ignore::Warning")
@pytest.mark.usefixtures("hub_cache")
@pytest.mark.parametrize(
    ("spec", "base", "score"),
    [
        (CARDIO_TERM_RETRIEVAL, AbsTaskRetrieval, "ndcg_at_10"),
        (CARDIO_SEPARATION, AbsTaskPairClassification, "cosine_ap"),
        (CARDIO_LETTER_RETRIEVAL, AbsTaskRetrieval, "recall_at_100"),
        (CARDIO_VALUE, AbsTaskPairClassification, "cosine_ap"),
    ],
    ids=lambda value: getattr(value, "name", None),
)
def test_stock_mteb_gives_an_export_the_same_score(
    tmp_path: Path, spec: Any, base: Any, score: str
) -> None:
    """Every score that stock mteb computes equals ours; the main one is not trivial.

    Except nAUC, where mteb asks how sure a ranking is: ours keeps 100 documents, stock 1,000.
    """
    folder = export_task(spec, tmp_path)
    theirs = scores(stock(base, folder, spec, score))
    ours = scores(spec.load())
    assert 0.05 < theirs[score] < 0.99
    assert theirs[score] == pytest.approx(ours[score], abs=1e-9)
    shared = {key for key in theirs.keys() & ours.keys() if not key.startswith("nauc_")}
    shared -= {"main_score"}
    assert len(shared) > 20
    for key in sorted(shared - {"hf_subset", "languages"}):
        assert theirs[key] == pytest.approx(ours[key], abs=1e-9, nan_ok=True), key


@pytest.mark.usefixtures("hub_cache")
@pytest.mark.parametrize("spec", CATALOGUE, ids=lambda spec: spec.name)
def test_datasets_loads_every_export_row_for_row(tmp_path: Path, spec: Any) -> None:
    """Each config of the card loads by name with the task's rows in order."""
    folder = export_task(spec, tmp_path)
    configs = hub_configs(task_facts(spec).tables)
    assert set(datasets.get_dataset_config_names(str(folder))) == set(configs)
    for config, rows in configs.items():
        loaded = datasets.load_dataset(str(folder), config, split=spec.split)
        assert loaded.to_list() == rows
    front = (folder / "README.md").read_text(encoding="utf-8").split("---\n")[1]
    assert "license: " in front
    assert not list(folder.glob(".*"))


@pytest.mark.parametrize("spec", [s for s in CATALOGUE if not s.packages], ids=lambda s: s.name)
def test_an_export_has_the_same_bytes_from_a_cold_and_a_warm_cache(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spec: Any
) -> None:
    """Exporting over an export changes nothing; no hidden file stays."""
    monkeypatch.setenv("CARDIOBENCH_CACHE", str(tmp_path / "cache"))
    folder = export_task(spec, tmp_path)
    before = {file.name: file.read_bytes() for file in folder.iterdir()}
    export_task(spec, tmp_path)
    assert {file.name: file.read_bytes() for file in folder.iterdir()} == before


def test_show_lists_every_source_and_task(
    capsys: pytest.CaptureFixture[str], private_cache: Path
) -> None:
    """With versions, hashes, licences, credits, data revisions and the cache's place."""
    with pytest.raises(SystemExit, match="0"):
        main(["data"])
    shown = capsys.readouterr().out
    for source in source_facts().values():
        for text in (source.name, source.version, source.sha256[:12], source.licence):
            assert text in shown
        assert source.attribution in shown
    for spec in CATALOGUE:
        assert spec.name in shown
        assert spec.revision[:12] in shown
        assert set(spec.sources) <= set(source_facts())
    assert str(private_cache) in shown


@pytest.mark.parametrize("arguments", [["data", "--help"], ["data", "show"]], ids=" ".join)
def test_help_and_a_warm_listing_need_no_heavy_library(arguments: list[str]) -> None:
    """With the tasks' data in the cache, nothing of mteb is imported."""
    for spec in CATALOGUE:
        task_facts(spec)
    program = (
        "import sys\nfrom cardiobench.cli.main import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as stop:\n    assert not stop.code\n"
        "heavy = {'datasets', 'mteb', 'peft', 'sentence_transformers', 'torch', 'pyarrow'}\n"
        "assert not heavy & sys.modules.keys(), heavy & sys.modules.keys()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_the_cards_in_the_repository_are_current() -> None:
    """One card for each task of the catalogue, and the index, as they would be written now."""
    folder = ROOT / "docs" / "tasks"
    pages = card_pages()
    assert set(pages) == {"README.md", *(f"{spec.name}.md" for spec in CATALOGUE)}
    stored = {page.name: page.read_text(encoding="utf-8") for page in folder.glob("*.md")}
    stale = [name for name in {**pages, **stored} if pages.get(name) != stored.get(name)]
    assert stale == [], "type: cardiobench data cards"


def test_check_names_the_stale_card(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Fresh cards pass; one changed word fails with exit code 1 and the file's name."""
    folder = str(tmp_path / "cards")
    with pytest.raises(SystemExit, match="0"):
        main(["data", "cards", folder])
    with pytest.raises(SystemExit, match="0"):
        main(["data", "cards", folder, "--check"])
    for spec in CATALOGUE:
        text = (tmp_path / "cards" / f"{spec.name}.md").read_text(encoding="utf-8")
        assert spec.revision in text
        assert spec.asks in text
        assert ("no clinician has reviewed it" in text) == (not spec.packages)
        for name in spec.sources:
            assert source_facts()[name].attribution in text
    card = tmp_path / "cards" / f"{CATALOGUE[-1].name}.md"
    card.write_text(card.read_text(encoding="utf-8") + "edited\n", encoding="utf-8")
    capsys.readouterr()
    with pytest.raises(SystemExit, match="1"):
        main(["data", "cards", folder, "--check"])
    assert str(card) in capsys.readouterr().err


@pytest.mark.parametrize("action", ["export", "cards"])
def test_an_unwritable_folder_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], action: str
) -> None:
    """Said before any work."""
    (tmp_path / "file").write_text("")
    folder = tmp_path / "file" / "below"
    with pytest.raises(SystemExit, match="2"):
        main(["data", action, str(folder)])
    answer = capsys.readouterr()
    assert answer.out == ""
    assert answer.err.splitlines() == [
        f"Error: Cannot write to {folder}: Not a directory. Choose a writable folder."
    ]


def test_an_unknown_task_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the name that was meant, and nothing written."""
    with pytest.raises(SystemExit, match="2"):
        main(["data", "export", str(tmp_path / "out"), "--task", "CardioSeparatoin"])
    assert "Did you mean 'CardioSeparation'?" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("hard", [False, True])
def test_the_benchmark_holds_the_suite_in_groups_of_one_scale(hard: bool) -> None:
    """Every task once; no mean over all tasks."""
    from cardiobench_tasks.benchmark import cardio_benchmark

    benchmark = cardio_benchmark(hard=hard)
    assert benchmark.name == ("Cardio(eng, v1, hard)" if hard else "Cardio(eng, v1)")
    suite = {spec.name: spec for spec in CATALOGUE if spec.hard == hard}
    assert [task.metadata.name for task in benchmark.tasks] == list(suite)
    (grouping,) = benchmark.aggregations
    assert grouping.task_to_label == {name: spec.group for name, spec in suite.items()}
