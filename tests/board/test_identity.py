"""A row is what it contains: published wherever it lies, and never listed twice."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from cardiobench.board.build import board_pages
from cardiobench.board.facts import board_of
from cardiobench.board.read import read_board, read_rows
from cardiobench.board.rows import OWN, PUBLISHED, says_the_same
from cardiobench.foundation.files import read_json, write_json
from cardiobench.results.entry import Entry, finished_entries

LEADERBOARD = Path(__file__).parents[2] / "leaderboard"
ZERO_SHOT = "sentence-transformers/all-MiniLM-L6-v2"


def copied(folder: Path, *, as_own: bool = True) -> Entry:
    """The published zero-shot entry in another folder; as one's own it is not verified."""
    (entry,) = [e for e in finished_entries(LEADERBOARD) if e.name == ZERO_SHOT]
    copy = Entry(folder, entry.name, entry.revision)
    shutil.copytree(entry.folder, copy.folder)
    if as_own:
        for name in ("submission.json", "verification.json"):
            (copy.extras / name).unlink()
    return copy


def changed(entry: Entry, task: str, by: float) -> None:
    """The scores of one task of an entry, moved."""
    path = entry.items_path(task)
    stored = read_json(path)
    write_json(path, {**stored, "values": [value + by for value in stored["values"]]})


def test_a_published_board_is_one_wherever_it_lies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a clone beside an installed copy: no row from this folder, none twice."""
    clone = tmp_path / "clone" / "leaderboard"
    shutil.copytree(LEADERBOARD, clone)
    monkeypatch.setattr("cardiobench.board.read.published_folder", lambda: LEADERBOARD)
    rows = read_board(clone).rows
    assert {row.origin for row in rows} == {PUBLISHED}
    assert {row.key for row in rows} == {row.key for row in read_rows(LEADERBOARD, PUBLISHED)}
    assert len({row.key for row in rows}) == len(rows)


def test_a_newcomers_default_row_is_not_listed_twice(tmp_path: Path) -> None:
    """The same model with the same scores up to rounding adds nothing."""
    changed(copied(tmp_path), "CardioQARetrieval", 1e-5)
    data = read_board(tmp_path)
    assert [row.origin for row in data.rows if row.title == ZERO_SHOT] == [PUBLISHED]
    published = board_of(read_board(LEADERBOARD))
    assert board_of(data).places == published.places
    # What it says of this machine is kept.
    assert [row.origin for row in data.timings] == [OWN]
    assert ZERO_SHOT in board_pages(data)["speed.md"].split("## Efficiency")[0]


def test_other_scores_under_the_same_name_stand_beside_the_published_ones(tmp_path: Path) -> None:
    """They are another row, of this folder, and move no published one."""
    changed(copied(tmp_path), "CardioQARetrieval", 0.1)
    board, published = board_of(read_board(tmp_path)), board_of(read_board(LEADERBOARD))
    both = [one for one in board.competitors if one.name == ZERO_SHOT]
    assert {one.origin for one in both} == {OWN, PUBLISHED}
    for key, rank in published.places.suite.items():
        assert board.places.suite[key] == rank


def test_a_part_of_a_published_row_says_the_same_and_more_does_not() -> None:
    """A run of two tasks of a published model is contained in it."""
    (row,) = [row for row in read_rows(LEADERBOARD, PUBLISHED) if row.title == ZERO_SHOT]
    two = {name: row.items[name] for name in ("CardioNegation", "CardioQARetrieval")}
    part = replace(row, items=two, content="part")
    assert says_the_same(part, row)
    assert not says_the_same(replace(row, content="whole"), part)
