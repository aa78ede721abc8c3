"""The audit sees the shortcut that a task has, and none where there is none."""

import importlib
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from cardiobench.audit import auditor
from cardiobench.audit.auditor import audit_task
from cardiobench.audit.claims import breaches
from cardiobench.audit.held_out import held_out_scores
from cardiobench.audit.likeness import Bm25, SharedWords, random_vectors
from cardiobench.audit.report import TaskAudit
from cardiobench.audit.retrieval_items import retrieval_items
from cardiobench.audit.retrieval_shortcuts import RETRIEVAL_SHORTCUTS
from cardiobench.cli.main import main
from cardiobench.errors import CardioBenchError, StageError
from cardiobench.foundation.files import sha256_text
from cardiobench.plugins import Plugins


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The made-up tasks, importable by name, with a cache of their own."""
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    monkeypatch.setenv("CARDIOBENCH_CACHE", str(tmp_path))
    return importlib.import_module("made_up_tasks")


def scores(audit: TaskAudit) -> dict[str, float]:
    """Score by shortcut."""
    return {shortcut.name: shortcut.score for shortcut in audit.shortcuts}


def test_a_word_that_gives_pairs_away_is_seen_by_the_text_that_has_it(made_up: ModuleType) -> None:
    """The second text alone tells the pairs apart, the first one does not."""
    found = scores(audit_task(made_up.PAIRS))
    assert found["second text alone"] == 1.0
    assert found["both texts, not compared"] == 1.0
    assert found["most shared words"] == found["fewest shared words"] == 0.5
    assert found["first text alone"] < 0.7


def test_a_claim_is_broken_by_the_shortcuts_above_its_tolerance(made_up: ModuleType) -> None:
    """The same data break a claim, and give a floor without one."""
    claiming, silent = audit_task(made_up.CLAIMING), audit_task(made_up.PAIRS)
    assert breaches(claiming)[0].score == 1.0
    assert {"second text alone", "both texts, not compared"} <= {b.name for b in breaches(claiming)}
    assert all(claiming.above_chance(shortcut) > 0.05 for shortcut in breaches(claiming))
    assert not breaches(silent)
    assert silent.floor.score == 1.0


def test_wrong_candidates_that_repeat_the_anchor_are_seen(made_up: ModuleType) -> None:
    """Fewest shared words wins every triplet, its opposite none; candidates alone say nothing."""
    audit = audit_task(made_up.TRIPLETS)
    found = scores(audit)
    assert (audit.metric, audit.items, audit.chance) == ("max_accuracy", 12, 0.5)
    assert found["fewest shared words"] == 1.0
    assert found["most shared words"] == found["TF-IDF of words"] == 0.0
    assert found["same negation"] == 0.5
    assert found["candidate alone"] <= 0.6


def test_a_popular_document_is_seen_without_the_query(made_up: ModuleType) -> None:
    """The document that answers everything comes first; word overlap finds the other."""
    audit = audit_task(made_up.DOCUMENTS)
    found = scores(audit)
    first_of_two = 1 / (1 + 1 / np.log2(3))
    assert found["query-blind: popularity"] >= first_of_two - 1e-4
    assert found["BM25"] >= first_of_two - 1e-4
    assert audit.chance < 0.6
    assert audit.floor.score > audit.chance


def test_popularity_counts_no_query_about_the_same_concept(made_up: ModuleType) -> None:
    """A document that only its own query asks for is not popular for it."""
    task = made_up.DOCUMENTS.load()
    task.load_data()
    items = retrieval_items(task, made_up.DOCUMENTS)
    (rows,) = RETRIEVAL_SHORTCUTS["query-blind: popularity"](items)
    counts = rows(0, 2)
    own = [items.document_ids.index(f"d-{word}") for word in made_up.WORDS[1:3]]
    assert [counts[0, own[0]], counts[0, own[1]], counts[0, 0]] == [0, 1, 10]
    assert [counts[1, own[0]], counts[1, own[1]], counts[1, 0]] == [1, 0, 10]


def test_popularity_is_that_of_training_where_a_task_offers_it(made_up: ModuleType) -> None:
    """``training_relevance()`` orders the documents."""
    task = made_up.DOCUMENTS.load()
    task.load_data()
    task.training_relevance = lambda: {"d-cedar": 7}
    items = retrieval_items(task, made_up.DOCUMENTS)
    (rows,) = RETRIEVAL_SHORTCUTS["query-blind: popularity"](items)
    assert rows(0, 1)[0].tolist() == [7.0 if d == "d-cedar" else 0.0 for d in items.document_ids]


def test_retrieval_scores_are_those_of_mteb(made_up: ModuleType) -> None:
    """The mean over queries equals mteb's nDCG@10 of the same order of documents."""
    from mteb._evaluators.retrieval_metrics import calculate_retrieval_scores

    task = made_up.DOCUMENTS.load()
    task.load_data()
    items = retrieval_items(task, made_up.DOCUMENTS)
    order = np.random.default_rng(0).random((len(items.query_ids), len(items.document_ids)))
    run = {
        query: dict(zip(items.document_ids, row.tolist(), strict=True))
        for query, row in zip(items.query_ids, order, strict=True)
    }
    by_mteb = calculate_retrieval_scores(run, items.relevant, [10])
    assert items.score(lambda start, stop: order[start:stop]) == pytest.approx(
        by_mteb.ndcg["NDCG@10"], abs=1e-5
    )


def test_a_query_chooses_among_its_candidates_alone(made_up: ModuleType) -> None:
    """With candidates that hold the right answers only, every order is perfect."""
    task = made_up.DOCUMENTS.load()
    task.load_data()
    items = retrieval_items(task, made_up.DOCUMENTS)
    right = {query: sorted(documents) for query, documents in items.relevant.items()}
    among = replace(items, candidates=right)

    def backwards(start: int, stop: int) -> Any:
        return np.tile(-np.arange(len(items.document_ids), dtype=float), (stop - start, 1))

    assert among.score(backwards) == 1.0
    assert items.score(backwards) < 1.0


def test_a_classifier_knows_no_concept_that_it_is_asked_about() -> None:
    """Names that mark each concept help nobody; a word that all wrong ones share helps at once."""
    concepts = [f"c{number}" for number in range(60)]
    labels = np.array([number % 2 for number in range(60)])
    names = [sha256_text(concept)[:12] for concept in concepts]
    given_away = ["yes" if label else "no" for label in labels]
    marked = [f"{name} {word}" for name, word in zip(names, given_away, strict=True)]
    clusters = [[concept] for concept in concepts]

    def right(texts: list[str]) -> float:
        values = held_out_scores([[*texts, *texts]], np.tile(labels, 2), [*clusters, *clusters])
        return float(((values > 0) == np.tile(labels, 2)).mean())

    assert right(marked) >= 0.9
    assert 0.25 < right(names) < 0.75


def test_likeness_is_what_it_says() -> None:
    """Shared words as a part of all; BM25 rewards the rare word; random vectors repeat."""
    assert SharedWords(["a b c"], ["b c d"]).pairs().tolist() == [0.5]
    asked = Bm25(["aortic valve"], ["valve one", "valve two", "aortic three"]).rows(0, 1)[0]
    assert asked[2] > asked[0] == asked[1] > 0
    texts = ["aorta", "mitral"]
    once, again = (random_vectors(3)(texts, texts).rows(0, 2) for _ in range(2))
    assert np.array_equal(once, again)
    assert once.diagonal() == pytest.approx([1, 1])
    assert not np.allclose(once, random_vectors(4)(texts, texts).rows(0, 2))


def test_an_audit_is_kept_by_data_revision(
    made_up: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A second call loads nothing, a damaged file is made anew."""
    first = audit_task(made_up.PAIRS)
    loaded: list[str] = []
    load = auditor.load_task

    def counted(spec: Any) -> Any:
        loaded.append(spec.name)
        return load(spec)

    monkeypatch.setattr(auditor, "load_task", counted)
    assert audit_task(made_up.PAIRS) == first
    assert loaded == []
    (kept,) = (tmp_path / "audit").iterdir()
    kept.write_text(kept.read_text().replace("0.5", "0.6"))
    assert audit_task(made_up.PAIRS) == first
    assert loaded == ["MadeUpPairs"]


def test_a_task_of_another_type_is_refused(made_up: ModuleType) -> None:
    """The message says what can be audited."""
    with pytest.raises(CardioBenchError, match="Clustering, none of PairClassification, Retrieval"):
        audit_task(replace(made_up.PAIRS, type="Clustering"))


def test_a_plugin_task_that_stops_is_told_in_one_line(
    made_up: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its own error is in the message, with where to read on."""

    def stop(self: Any, predictions: Any) -> Any:
        raise KeyError("grade")

    monkeypatch.setattr(made_up.MadeUpPairs, "item_scores", stop)
    with pytest.raises(
        StageError, match=r"MadeUpPairs of made-up .* KeyError: 'grade'.*docs/audit"
    ):
        audit_task(made_up.PAIRS)


@pytest.fixture
def command(
    made_up: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str, str]]:
    """Runs the command line where a plugin supplies the made-up tasks."""
    plugins = Plugins()
    supplied = ModuleType("made_up_plugin")
    from cardiobench import hookimpl

    tasks = [made_up.CLAIMING, made_up.DOCUMENTS]
    supplied.cardiobench_tasks = hookimpl(lambda: tasks)  # type: ignore[attr-defined]
    plugins.add("made-up", supplied, "made-up", "1.0")
    monkeypatch.setattr("cardiobench.plugins.registry._discovered", lambda: plugins)

    def run(*arguments: str) -> tuple[int, str, str]:
        with pytest.raises(SystemExit) as stop:
            main(list(arguments))
        output, errors = capsys.readouterr()
        return int(stop.value.code or 0), output, errors

    return run


def test_the_command_shows_every_shortcut_and_fails_with_a_claim(
    command: Callable[..., tuple[int, str, str]],
) -> None:
    """Exit code 1 for the claim, 0 for a floor; JSON holds the same."""
    code, output, _ = command("audit", "MadeUpPairs", "MadeUpDocuments")
    assert code == 1
    lines = {line[:60].split("  ")[0]: line for line in output.splitlines()}
    assert "breaks the claim" in output
    assert "floor" in output
    assert {"MadeUpPairs", "MadeUpDocuments"} <= set(lines)
    code, output, _ = command("audit", "MadeUpDocuments", "--json")
    (record,) = json.loads(output)
    assert (code, record["task"], record["breaches"]) == (0, "MadeUpDocuments", [])
    assert record["floor"]["score"] == max(s["score"] for s in record["shortcuts"])


def test_check_plugin_audits_the_tasks_of_plugins(
    command: Callable[..., tuple[int, str, str]],
) -> None:
    """A floor is told; each shortcut that breaks a claim fails."""
    code, output, _ = command("check-plugin")
    assert code == 1
    assert "ok       MadeUpDocuments: a model must pass" in output
    assert "FAILED   MadeUpPairs: it claims lexical control, but" in output
    assert output.splitlines()[-1] == "1 ok, 4 failed, 0 not checked, 0 skipped", output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["audit", "MadeUpPears"], "Did you mean 'MadeUpPairs'?"),
        (["audit", "--check"], "cardiobench audit --page FILE --check"),
        (["audit", "MadeUpPairs", "--page", "x.md"], "give nothing else"),
    ],
)
def test_mistakes_are_told(
    command: Callable[..., tuple[int, str, str]], arguments: list[str], message: str
) -> None:
    """One line, and what to type."""
    code, _, errors = command(*arguments)
    assert code == 2
    assert message in errors
