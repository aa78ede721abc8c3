"""Submissions get the verdict that they deserve: honest, damaged and forged ones."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cardiobench.cli.main import main
from cardiobench.evaluation.evaluate import read_predictions
from cardiobench.foundation.files import write_json
from cardiobench.results.entry import Entry
from cardiobench.results.items import Items
from cardiobench.sharing.submission.recompute import TaskAnew
from cardiobench.sharing.submission.report import Report
from cardiobench.sharing.submission.sample import Sample
from cardiobench.sharing.submission.verify import Verifier
from cardiobench.statistics.estimates import estimate
from cardiobench_tasks.catalogue import CATALOGUE
from tests.submissions import (
    ADAPTED,
    LEADERBOARD,
    RETRIEVAL,
    TASK,
    ZERO_SHOT,
    committed,
    edit,
    edit_predictions,
    scores_of,
    sign,
    submission,
)

SPECS = {spec.name: spec for spec in CATALOGUE}


@pytest.fixture(scope="module")
def tasks() -> dict[str, TaskAnew]:
    """The two tasks that submissions here hold, built once."""
    return {name: TaskAnew(SPECS[name]) for name in (TASK, RETRIEVAL)}


@pytest.fixture
def verify(tasks: dict[str, TaskAnew]) -> Any:
    """Verifies an entry against the committed board, or another one."""

    def run(entry: Entry, board: Path = LEADERBOARD, **options: Any) -> Report:
        verifier = Verifier(board, **options)
        verifier._tasks.update(tasks)
        return verifier.verify(entry.folder)

    return run


def said(report: Report) -> str:
    """All lines of a report."""
    return "\n".join(report.lines())


def command(*arguments: str) -> int:
    """Exit code of the command line."""
    with pytest.raises(SystemExit) as stop:
        main(["submit", *arguments])
    return int(stop.value.code or 0)


@pytest.mark.parametrize("name", [ZERO_SHOT, ADAPTED, "mteb/baseline-random-encoder"])
def test_an_honest_submission_is_accepted(name: str, tmp_path: Path, verify: Any) -> None:
    """Every score of every kind of row recomputes, undefined ones included."""
    report = verify(submission(tmp_path, name), tmp_path / "empty")
    assert report.findings == []
    assert report.tasks == [TASK, RETRIEVAL]
    assert report.scores_recomputed == 57 + 146
    assert "ok, 203 scores of 2 tasks recomputed" in said(report)


def test_intervals_follow_from_recomputed_items(tmp_path: Path, tasks: dict[str, TaskAnew]) -> None:
    """The board's interval from the stored items is that from the predictions, to 1e-6."""
    entry = submission(tmp_path)
    for name, anew in tasks.items():
        predictions = read_predictions(entry.predictions_path(name))
        found = anew.recompute(predictions["default"][anew.spec.split])
        board, ours = estimate(entry.items(name)), estimate(found.items)
        np.testing.assert_allclose(
            [board.value, board.low, board.high], [ours.value, ours.low, ours.high], atol=1e-6
        )


def test_an_invented_score_passes_mteb_and_fails_here(tmp_path: Path, verify: Any) -> None:
    """The weakness of public result files: mteb loads 0.999, and nobody can tell."""
    from mteb.cache import ResultCache
    from mteb.results import TaskResult

    entry = submission(tmp_path, alias="example/invented", tasks=(TASK,))
    edit(entry.result_path(TASK), lambda r: scores_of(r).update(main_score=0.999))
    edit(entry.result_path(TASK), lambda r: scores_of(r).update(triplet_accuracy=0.999))
    sign(entry)
    assert TaskResult.from_disk(entry.result_path(TASK)).get_score() == 0.999
    loaded = ResultCache(entry.root).load_results(include_remote=False)
    (model,) = loaded.model_results
    assert model.model_name == "example/invented"
    assert {r.task_name: r.get_score() for r in model.task_results}[TASK] == 0.999
    assert "main_score is 0.999, but its predictions give" in said(verify(entry))


def test_a_forged_detail_is_found_too(tmp_path: Path, verify: Any) -> None:
    """Not only the main score: one stratum, by two units in the sixth decimal."""
    entry = submission(tmp_path, alias="example/detail", tasks=(TASK,))
    before = scores_of(json.loads(entry.result_path(TASK).read_text()))["accuracy_family"]
    edit(entry.result_path(TASK), lambda r: scores_of(r).update(accuracy_family=before + 2e-6))
    sign(entry)
    assert "CardioNegation.json: accuracy_family is" in said(verify(entry))


def test_a_forger_who_also_makes_the_items_fit_is_found(tmp_path: Path, verify: Any) -> None:
    """Result and items agree, and the predictions give them away; without these nothing counts."""
    entry = submission(tmp_path, alias="example/consistent")
    edit(entry.items_path(TASK), lambda i: i.update(values=[1.0] * len(i["values"])))
    edit(
        entry.result_path(TASK),
        lambda r: scores_of(r).update(main_score=1.0, triplet_accuracy=1.0),
    )
    sign(entry)
    found = said(verify(entry))
    assert "items/CardioNegation.json" in found
    assert "values differ from the predictions" in found
    entry.predictions_path(TASK).unlink()
    sign(entry)
    assert "predictions/CardioNegation.json.gz: missing" in said(verify(entry))


def test_forged_predictions_are_found_by_running_the_model(tmp_path: Path, tasks: Any) -> None:
    """All files agree, so only the model itself can tell; an honest entry passes the same check.

    Also a document that was left out to let the right ones rise.
    """
    honest = submission(tmp_path / "honest", "mteb/baseline-random-encoder")
    empty = tmp_path / "empty"
    verifier = Verifier(empty, Sample(24, seed=1))
    verifier._tasks.update(tasks)
    report = verifier.verify(honest.folder)
    assert report.findings == []
    assert report.rerun == {TASK: 24, RETRIEVAL: 24}

    forged = submission(tmp_path / "forged", "mteb/baseline-random-encoder")
    forge(forged, tasks)
    verifier = Verifier(empty, Sample(24, seed=1))
    verifier._tasks.update(tasks)
    report = verifier.verify(forged.folder)
    assert report.tasks == [TASK, RETRIEVAL], said(report)
    assert {found.file for found in report.findings} == {
        f"cardiobench/predictions/{task}.json.gz" for task in (TASK, RETRIEVAL)
    }
    assert said(report).count("of 24 items encoded again are not what is stored") == 2
    assert "stored similarities are moved towards their labels" in said(report)


def forge(entry: Entry, tasks: dict[str, TaskAnew]) -> None:
    """Better predictions, with scores and items that follow from them."""
    split = tasks[TASK].spec.split

    def lift(stored: Any) -> None:
        # Similar pairs stand at even places. Vectors of any length, so distances stay possible.
        for key in ("cosine_scores", "similarity_scores"):
            values = stored["default"][split][key]
            values[::2] = [min(1.0, value + 0.3) for value in values[::2]]
        lists = stored["default"][split]
        lists["dot_scores"] = [10 * value for value in lists["cosine_scores"]]
        lists["euclidean_distances"] = [(20 - 2 * d) ** 0.5 for d in lists["dot_scores"]]
        lists["manhattan_distances"] = [4.6 * e for e in lists["euclidean_distances"]]

    edit_predictions(entry.predictions_path(TASK), lift)
    relevant = tasks[RETRIEVAL].split()["relevant_docs"]

    def drop(stored: Any) -> None:
        for query, documents in stored["default"][tasks[RETRIEVAL].spec.split].items():
            best = max(
                (d for d in documents if d not in relevant[query]), key=documents.__getitem__
            )
            del documents[best]
            rest = set(tasks[RETRIEVAL].split()["corpus"]["id"]) - documents.keys() - {best}
            documents[min(rest)] = -1.0

    edit_predictions(entry.predictions_path(RETRIEVAL), drop)
    for name, anew in tasks.items():
        predictions = read_predictions(entry.predictions_path(name))
        found = anew.recompute(predictions["default"][anew.spec.split])
        write_json(entry.items_path(name), found.items.model_dump(mode="json"))
        edit(entry.result_path(name), lambda r, found=found: scores_of(r).update(found.scores))
    sign(entry)


DAMAGE = {
    "not listed in submission.json|missing": lambda e: e.result_path(TASK).unlink(),
    "items/CardioNegation.json: missing": lambda e: e.items_path(TASK).unlink(),
    "damaged gzip file|no gzip file": lambda e: e.predictions_path(TASK).write_bytes(
        e.predictions_path(TASK).read_bytes()[:-40]
    ),
    "no strict JSON": lambda e: e.items_path(TASK).write_text("{"),
    "NaN is no number": lambda e: edit(
        e.items_path(TASK), lambda i: i["values"].__setitem__(0, np.nan)
    ),
    "triplet_accuracy is nan, but": lambda e: edit(
        e.result_path(TASK), lambda r: scores_of(r).update(triplet_accuracy=np.nan)
    ),
    "manhattan_ap is 7.5, but": lambda e: edit(
        e.result_path(TASK), lambda r: scores_of(r).update(manhattan_ap=7.5)
    ),
    "score margin is missing": lambda e: edit(
        e.result_path(TASK), lambda r: scores_of(r).pop("margin")
    ),
    "score brilliance is unknown": lambda e: edit(
        e.result_path(TASK), lambda r: scores_of(r).update(brilliance=1.0)
    ),
    "data revision 0000, not": lambda e: edit(
        e.result_path(TASK), lambda r: r.update(dataset_revision="0000")
    ),
    "CardioNegation at data revision 1111, not the pinned": lambda e: edit(
        e.manifest_path, lambda m: m["data"].update(CardioNegation="1111")
    ),
    "unknown task Nonsense": lambda e: edit(
        e.manifest_path, lambda m: m["data"].update(Nonsense="1" * 40)
    ),
    "field schema_version": lambda e: edit(e.manifest_path, lambda m: m.update(schema_version=3)),
    "it is about CardioQARetrieval": lambda e: shutil.copy(
        e.result_path(RETRIEVAL), e.result_path(TASK)
    ),
    "no task of the manifest": lambda e: shutil.copy(e.result_path(TASK), e.result_path("SciFact")),
    "its head is not that of the task's data": lambda e: edit(
        e.items_path(TASK), lambda i: i.update(head="0" * 64)
    ),
    "ids are not those of the task's data": lambda e: write_json(
        e.items_path(TASK), reversed_ids(e.items(TASK))
    ),
    "values for the task's 1,560 pairs": lambda e: edit_predictions(
        e.predictions_path(TASK), lambda p: cosines_of(p).append(0.5)
    ),
    "they must be similarity_scores, cosine_scores": lambda e: edit_predictions(
        e.predictions_path(TASK), lambda p: next(iter(p["default"].values())).pop("dot_scores")
    ),
    r"a cosine outside \[-1, 1\]": lambda e: edit_predictions(
        e.predictions_path(TASK), lambda p: cosines_of(p).__setitem__(0, 7.5)
    ),
    "must have the 100 best documents": lambda e: edit_predictions(
        e.predictions_path(RETRIEVAL), lambda p: next(iter(queries_of(p).values())).popitem()
    ),
    "queries missing, extra or unknown": lambda e: edit_predictions(
        e.predictions_path(RETRIEVAL), lambda p: queries_of(p).popitem()
    ),
    "of another model or revision": lambda e: edit_predictions(
        e.predictions_path(TASK), lambda p: p["mteb_model_meta"].update(revision="other")
    ),
    "not what cardiobench measures": lambda e: (e.extras / "speed.json").write_text("{}"),
    "changed since it was packed": lambda e: edit(
        e.folder / "model_meta.json", lambda m: m.update(n_parameters=1)
    ),
}

WITH_DOCUMENTS = (
    "it is about CardioQARetrieval",
    "must have the 100 best documents",
    "queries missing, extra or unknown",
)


def reversed_ids(items: Items) -> Any:
    """A file of schema version 1 with the ids in another order."""
    stored = items.model_dump(mode="json")
    return {**stored, "ids": stored["ids"][::-1]}


def cosines_of(stored: Any) -> Any:
    """The cosines of a pair task."""
    (split,) = stored["default"].values()
    return split["cosine_scores"]


def queries_of(stored: Any) -> Any:
    """The documents of a retrieval task's queries."""
    (split,) = stored["default"].values()
    return split


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_one_line_with_the_file_and_what_to_do(
    damage: str, tmp_path: Path, verify: Any
) -> None:
    """Missing, extra, doubled, NaN, out of range, of another version or schema."""
    tasks = (TASK, RETRIEVAL) if damage in WITH_DOCUMENTS else (TASK,)
    entry = submission(tmp_path, alias="example/damaged", tasks=tasks)
    DAMAGE[damage](entry)
    if damage != "changed since it was packed":
        sign(entry)
    report = verify(entry)
    assert not report.good
    lines = [found.line() for found in report.findings]
    assert any(re.search(damage, line) for line in lines), lines
    assert all("\n" not in line and line.count(": ") >= 2 for line in lines)


def test_a_key_that_stands_twice_is_refused(tmp_path: Path, verify: Any) -> None:
    """Readers disagree about which of the two counts."""
    entry = submission(tmp_path, alias="example/twice", tasks=(TASK,))
    text = entry.result_path(TASK).read_text()
    entry.result_path(TASK).write_text(
        text.replace('"main_score"', '"main_score": 0.999, "main_score"')
    )
    sign(entry)
    assert "a key stands in it twice" in said(verify(entry))


def test_a_copy_of_a_published_model_under_another_name_is_refused(
    tmp_path: Path, verify: Any
) -> None:
    """Also with noise in the last digits."""
    entry = submission(tmp_path, alias="example/mine", tasks=(TASK,))
    edit_predictions(
        entry.predictions_path(TASK),
        lambda p: cosines_of(p).__setitem__(0, cosines_of(p)[0] + 1e-8),
    )
    sign(entry)
    assert f"the same predictions as {ZERO_SHOT}" in said(verify(entry))


def test_published_results_are_not_replaced(tmp_path: Path, verify: Any) -> None:
    """Another result under a published name and revision needs a revision of its own."""
    entry = submission(tmp_path)
    edit(entry.result_path(TASK), lambda r: r.update(evaluation_time=0.1))
    sign(entry)
    assert "not what is published under this name and revision" in said(verify(entry))


def test_the_answers_are_no_predictions(tmp_path: Path, verify: Any) -> None:
    """Cosines of 1 and 0 are the labels."""
    entry = submission(tmp_path, alias="example/gold", tasks=(TASK,))
    edit_predictions(
        entry.predictions_path(TASK), lambda p: cosines_of(p).__setitem__(slice(None), [1, 0] * 780)
    )
    sign(entry)
    found = said(verify(entry))
    assert "only 2 different similarities" in found
    assert "is far beyond the best known" in found


def test_zero_shot_must_not_have_seen_the_sources(tmp_path: Path, verify: Any) -> None:
    """Its own list of training data gives it away."""
    entry = submission(tmp_path, alias="example/seen", tasks=(TASK,))
    edit(
        entry.folder / "model_meta.json", lambda m: m.update(training_datasets=["CardioSeparation"])
    )
    sign(entry)
    assert "trained on the suite's sources: CardioSeparation" in said(verify(entry))


def test_adapted_needs_its_training_record_and_its_adapter(tmp_path: Path, verify: Any) -> None:
    """The adapter is there, or at an address, and is that of the record."""
    entry = submission(tmp_path, ADAPTED, tasks=(TASK,))
    weights = entry.adapter_folder / "adapter_model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    sign(entry)
    assert "not the adapter of the training record" in said(verify(entry))
    weights.unlink()
    sign(entry)
    assert "neither the adapter nor its address on the hub" in said(verify(entry))
    edit(entry.manifest_path, lambda m: m.update(training=None))
    sign(entry)
    assert "an adapted model without a training record" in said(verify(entry))


def test_models_behind_an_api_are_accepted_and_marked(tmp_path: Path, verify: Any) -> None:
    """They cannot be re-run, and asking for it says so."""
    # Random vectors: no published row has the like.
    entry = submission(tmp_path, alias="example/api", tasks=(TASK,))
    edit(entry.folder / "model_meta.json", lambda m: m.update(open_weights=False))
    edit(entry.extras / "submission.json", lambda r: r.update(open_weights=False))
    edit(entry.manifest_path, lambda m: m["model"].update(architecture="api"))
    sign(entry)
    report = verify(entry)
    assert report.open_weights is False
    assert [f.said for f in report.findings if f.severity == "finding"] == [
        f"the same predictions as {ZERO_SHOT} at {entry.revision[:12]}"
    ]
    empty = tmp_path / "empty"
    empty.mkdir()
    alone = Verifier(empty).verify(entry.folder)
    assert "closed weights (cannot be re-run)" in said(alone)
    rerun = Verifier(empty, Sample(1, seed=0)).verify(entry.folder)
    assert "has closed weights and cannot be re-run" in said(rerun)


def test_the_command_line_gives_codes_that_scripts_can_trust(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """0 good, 1 refused, 2 a mistake; --json holds the same verdict; nothing is written."""
    entry = submission(tmp_path, tasks=(TASK,))
    against = ("--against", str(tmp_path / "base"))
    (tmp_path / "base" / "results").mkdir(parents=True)
    assert command("verify", str(entry.folder), *against) == 0
    assert command("verify", str(entry.root), *against, "--json") == 0
    printed = capsys.readouterr().out
    reported = json.loads(printed[printed.index("{") :])
    assert reported["good"] is True
    assert reported["entries"][0]["scores_recomputed"] == 57
    assert command("verify", str(entry.folder)) == 1  # other than what is published
    edit(entry.items_path(TASK), lambda i: i["values"].reverse())
    before = {p: p.read_bytes() for p in entry.root.rglob("*") if p.is_file()}
    assert command("verify", str(entry.folder), *against) == 1
    assert command("verify", str(entry.folder), *against, "--record") == 1
    assert {p: p.read_bytes() for p in entry.root.rglob("*") if p.is_file()} == before
    assert command("verify", str(tmp_path / "nowhere")) == 2
    assert command("verify", str(tmp_path)) == 2
    assert command("verify", str(entry.folder), "--rerun", "some") == 2


def test_only_what_differs_from_the_board_is_verified(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A pull request's copy of the board: new and changed entries, and those that are gone."""
    copy = tmp_path / "copy"
    shutil.copytree(LEADERBOARD, copy)
    assert command("verify", str(copy), "--against", str(LEADERBOARD)) == 0
    assert "Nothing differs" in capsys.readouterr().out
    (copy / "results" / "stray.pkl").write_bytes(b"\x80\x04.")
    shutil.rmtree(copy / "results" / committed().name.replace("/", "__"))
    assert command("verify", str(copy), "--against", str(LEADERBOARD)) == 1
    printed = capsys.readouterr().out
    assert "stray.pkl: REFUSED" in printed
    assert "all-MiniLM-L6-v2/8b3219a92973c328a8e22fadcfa821b5dc75636a: on the board" in printed
