"""A look at single items of the published models: what is wrong, and where two differ."""

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from cardiobench.cli.main import main
from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.inspection.items import Text, items_of
from cardiobench.inspection.mistakes import mistakes
from cardiobench.inspection.model import Models
from cardiobench.inspection.page import mistakes_page
from cardiobench.results.entry import Entry, Items
from cardiobench_tasks.catalogue import CARDIO_SEPARATION, CARDIO_VALUE, TaskSpec

LEADERBOARD = Path(__file__).parents[2] / "leaderboard"
MINILM = "sentence-transformers/all-MiniLM-L6-v2"
BEST = "cardiobench/minilm-best"


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """Exit code and output of a command on the published board."""
    with pytest.raises(SystemExit) as stop:
        main([*arguments, "--from", str(LEADERBOARD)])
    said = capsys.readouterr()
    return int(stop.value.code or 0), said.out, said.err


@pytest.fixture(scope="module")
def models() -> Models:
    return Models(LEADERBOARD)


def test_wrong_triplets_are_told_worst_first_with_their_areas(
    capsys: pytest.CaptureFixture[str], models: Models
) -> None:
    code, out, _ = answer(capsys, "errors", MINILM, "--task", "CardioNegation", "--json")
    found = json.loads(out)
    values = models.named(MINILM).items("CardioNegation")[0].values
    assert code == 0
    assert found["n_unsolved"] == len(found["items"]) == sum(value <= 0.5 for value in values)
    assert found["score"] == pytest.approx(np.mean(values), abs=1e-6)
    assert sum(area["n"] for area in found["areas"]) == found["n_items"] == len(values)
    margins = []
    for item in found["items"]:
        anchor, right, wrong = item["texts"]
        assert [anchor["role"], right["role"], wrong["role"]] == ["anchor", "right", "wrong"]
        margins.append(right["similarity"] - wrong["similarity"])
    assert margins == sorted(margins)
    assert max(margins) <= 1e-6


def test_a_query_shows_what_was_found_and_where_the_right_one_stands(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, out, _ = answer(capsys, "errors", MINILM, "--task", "CardioQARetrieval", "--json")
    for item in json.loads(out)["items"]:
        query, *documents = item["texts"]
        assert query["role"] == "query"
        right = [text["rank"] for text in documents if text["role"] == "right"]
        assert right
        assert all(rank is None or rank > 10 for rank in right)
        assert [t["rank"] for t in documents if t["role"] == "found"] == [1, 2, 3]


def test_the_terminal_shows_a_few_and_says_how_to_see_the_rest(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    arguments = ("errors", BEST, "--task", "CardioNegation", "--area", "ecg", "--limit", "2")
    _, out, _ = answer(capsys, *arguments)
    assert len(re.findall(r"^neg-\d+, ecg", out, re.MULTILINE)) == 2
    assert "seed 0" in out
    assert "more: give --limit" in out
    # The headline is one line, so that it can be searched; all else fits.
    assert max(map(len, out.splitlines()[1:])) <= 80


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("errors", "cardiobench/minilm-bst", "--task", "CardioNegation"), f"mean '{BEST}'"),
        (("errors", MINILM, "--task", "CardioNegatio"), "Did you mean 'CardioNegation'"),
        (("errors", MINILM, "--task", "CardioValue"), "Unknown task with results of"),
        (("errors", MINILM, "--task", "CardioNegation", "--area", "ecgs"), "Did you mean 'ecg'"),
        (("compare", MINILM, MINILM), "compared with itself"),
        (("compare", MINILM, "nobody/nothing"), "Unknown model 'nobody/nothing'"),
    ],
)
def test_a_wrong_name_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], said: str
) -> None:
    code, out, err = answer(capsys, *arguments)
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1


def test_a_comparison_says_what_the_board_says(
    capsys: pytest.CaptureFixture[str], models: Models
) -> None:
    """The same difference and p of two lines as the task's page; and the items behind it."""
    arguments = ("compare", BEST, "all-MiniLM-L6-v2", "--task", "CardioNegation", "--json")
    _, out, _ = answer(capsys, *arguments)
    compared = json.loads(out)
    (one,) = compared["tasks"]
    with (LEADERBOARD / "comparisons.csv").open(encoding="utf-8", newline="") as file:
        pairs = [line for line in csv.DictReader(file) if line["task"] == "CardioNegation"]
    (pair,) = [p for p in pairs if {p["model"], p["against"]} == {BEST, MINILM}]
    sign = 1 if pair["model"] == BEST else -1
    assert one["difference"] == pytest.approx(sign * float(pair["difference"]), abs=2e-6)
    assert one["p"] == pytest.approx(float(pair["p"]), abs=2e-6)
    assert one["ci_low"] < one["difference"] < one["ci_high"]
    base = np.array(models.named(MINILM).items("CardioNegation")[0].values)
    seeds = np.array([items.values for items in models.named(BEST).items("CardioNegation")])
    flipped = ((seeds > 0.5).mean(axis=0) > 0.5) != (base > 0.5)
    assert len(compared["flips"]) == flipped.sum()


def test_without_a_task_every_shared_task_and_the_suite_are_compared(
    capsys: pytest.CaptureFixture[str],
) -> None:
    _, out, _ = answer(capsys, "compare", f"{BEST}-seed0", f"{BEST}-seed1")
    assert "CardioSeparation" in out
    assert "NeuroSeparation" in out
    assert re.search(r"Over the whole suite: p [\d.<]+, better: \S+", out)


def test_pages_hold_every_item_and_no_text_from_outside_is_markup(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], models: Models
) -> None:
    page = tmp_path / "look.html"
    answer(capsys, "errors", MINILM, "--task", "CardioNegation", "--html", str(page))
    text = page.read_text(encoding="utf-8")
    found = mistakes(models.named(MINILM), spec_of("CardioNegation"))
    assert text.count("<details>") == len(found.unsolved)
    assert "default-src 'none'" in text
    assert "<script" not in text
    hostile = replace(
        found.unsolved[0],
        id="</summary><script>alert(1)</script>",
        texts=(Text(role="a", text="<b>"),),
    )
    shown = mistakes_page(replace(found, unsolved=[hostile]))
    assert "<script" not in shown
    assert "<b>" not in shown


def test_two_triplets_that_make_one_item_are_shown_together() -> None:
    rows = [
        {"id": f"{t}-{side}", "stem": "s1", "triplet": t, "sentence1": t, "sentence2": side}
        | {"labels": label, "area": "echo"}
        for t in ("t1", "t2")
        for side, label in (("right", 1), ("wrong", 0))
    ]
    entry = Entry(Path("nowhere"), "a/b", "1")
    items = Items(
        task="CardioValue",
        main_score="mirror_accuracy",
        revision="r",
        ids=["s1"],
        values=(0.0,),
        clusters=[["q"]],
    )
    (item,) = items_of(CARDIO_VALUE, {"pairs": rows}, entry, items)
    assert [text.role for text in item.texts] == ["anchor", "right", "wrong"] * 2
    assert not item.solved


def test_a_pairs_score_is_its_share_of_the_other_kind_on_the_right_side() -> None:
    rows = [
        {"id": f"p{k}", "sentence1": "a", "sentence2": "b", "labels": label, "area": ""}
        for k, label in enumerate((1, 1, 0, 0))
    ]
    items = Items(
        task="CardioSeparation",
        main_score="auroc",
        revision="r",
        ids=[row["id"] for row in rows],
        values=(0.9, 0.3, 0.5, 0.1),
        labels=[1, 1, 0, 0],
        clusters=[[row["id"]] for row in rows],
    )
    entry = Entry(Path("nowhere"), "a/b", "1")
    shown = items_of(CARDIO_SEPARATION, {"pairs": rows}, entry, items)
    assert [item.score for item in shown] == pytest.approx([1.0, 0.5, 0.5, 1.0])


def test_several_revisions_must_be_told_apart(models: Models) -> None:
    one = models.named(MINILM)
    revision = one.rows[0].key[1]
    assert models.named(f"{MINILM}@{revision[:8]}").entries == one.entries
    with pytest.raises(UnknownNameError):
        models.named(f"{MINILM}@nothing")


def test_an_empty_place_says_what_to_type(tmp_path: Path) -> None:
    from cardiobench.cli.options.board_folder import results_folder

    with pytest.raises(CardioBenchError, match="cardiobench run --output"):
        results_folder(tmp_path / "nothing")


def spec_of(name: str) -> TaskSpec:
    from cardiobench.plugins.tasks import task_named

    return task_named(name)
