"""What each task resolves, as its data card says it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from cardiobench.board.resolving_power import power_statement
from cardiobench.cli.main import main
from cardiobench_tasks.catalogue import CARDIO_NEGATION, HARD_SUITE, SUITE

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("spec", SUITE, ids=lambda spec: spec.name)
def test_a_card_resolves_what_the_board_says(spec):
    """The figure of the board's gain table, the models, and the items that the board counts."""
    gains = (ROOT / "leaderboard" / "adapted.md").read_text(encoding="utf-8")
    adapted, base = min(re.findall(r"\*\*(\S+)\*\* against (\S+):", gains))
    table = gains.split(f"**{adapted}** against")[1]
    (row,) = re.findall(rf"^\| {spec.name} .*$", table, re.M)[:1]
    statement = power_statement(spec)
    assert f"**{row.split('|')[-2].strip()}** in `{spec.main_score}`" in statement
    assert f"like {base} and {adapted}," in statement
    page = (ROOT / "leaderboard" / "tasks" / f"{spec.name}.md").read_text(encoding="utf-8")
    (items,) = re.findall(r"n = ([\d,]+) items", page)[:1]
    assert f"the {items} scored items" in statement


@pytest.mark.parametrize("spec", HARD_SUITE, ids=lambda spec: spec.name)
def test_a_task_without_results_says_so(spec):
    """No figure is made up."""
    assert "is not known" in power_statement(spec)
    assert not re.search(r"\d", power_statement(spec))


def test_results_on_other_data_do_not_count():
    """Power is that of the items at hand."""
    assert "is not known" in power_statement(replace(CARDIO_NEGATION, revision="0" * 40))


def test_a_card_is_stale_when_the_published_results_change(tmp_path, monkeypatch, capsys):
    """The check sees it."""
    monkeypatch.setattr("cardiobench.board.resolving_power.published_folder", lambda: tmp_path)
    with pytest.raises(SystemExit, match="1"):
        main(["data", "cards", str(ROOT / "docs" / "tasks"), "--check"])
    assert "is stale" in capsys.readouterr().err
