"""Data cards say what a reader who did not build a task found, of the data that were read only."""

import dataclasses

import pytest

from cardiobench.board.readings import all_readings, reading_section
from cardiobench_tasks.catalogue import CARDIO_QA_RETRIEVAL, CARDIO_SEPARATION, CATALOGUE
from cardiobench_tasks.readings import READINGS, Reading, TaskReadings


def test_every_task_read_is_one_of_the_catalogue() -> None:
    """A reading of a task that was renamed would be shown nowhere."""
    assert READINGS.keys() <= {spec.name for spec in CATALOGUE}


def test_a_card_gives_the_counts_and_the_share_with_its_interval(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Wilson's interval of 0 in 100 ends at 3.7%."""
    part = Reading(items="questions", read=100, wrong=0, doubtful=3, found="Nothing much.")
    name, revision = CARDIO_QA_RETRIEVAL.name, CARDIO_QA_RETRIEVAL.revision
    monkeypatch.setitem(READINGS, name, TaskReadings(revision=revision[:12], parts=(part,)))
    section = reading_section(CARDIO_QA_RETRIEVAL)
    assert "Nothing much." in section
    assert section.endswith("Wrong: 0.0% [0.0%, 3.7%]; passed.")


def test_changed_data_count_as_unread() -> None:
    spec = dataclasses.replace(CARDIO_SEPARATION, revision="0" * 40)
    assert reading_section(spec) == "Nobody but its builders has read these data."


def test_two_wrong_of_a_hundred_are_too_many() -> None:
    def readings(wrong: int) -> TaskReadings:
        part = Reading(items="pairs", read=100, wrong=wrong, doubtful=0)
        return TaskReadings(revision="0" * 12, parts=(part,))

    assert readings(2).to_be_mended
    assert not readings(1).to_be_mended


def test_the_index_has_a_line_for_each_task() -> None:
    table = all_readings()
    assert all(f"[{spec.name}]({spec.name}.md)" in table for spec in CATALOGUE)
