"""Items: what all models share lies once beside the results, and every damage is told."""

import json
from pathlib import Path

import pytest

from cardiobench.errors import CardioBenchError
from cardiobench.foundation.files import write_json
from cardiobench.results.entry import Entry
from cardiobench.results.items import HEADS, Items
from cardiobench.statistics.estimates import same_items


def items(shift: float = 0.0, name: str = "Made") -> Items:
    """Four items of a pair task."""
    return Items(
        task=name,
        main_score="separation",
        revision="1" * 40,
        ids=["a", "b", "c", "d"],
        values=(0.1 + shift, 0.2, 0.3, 0.4),
        labels=[0, 0, 1, 1],
        clusters=[["x"], ["y"], ["x", "z"], ["z"]],
    )


def entries(root: Path, count: int = 2) -> list[Entry]:
    """Entries of one task."""
    made = [Entry(root, f"a/m{number}", "1") for number in range(count)]
    for number, entry in enumerate(made):
        entry.write_items(items(number / 10))
    return made


def test_ids_and_labels_are_stored_once_for_all_models(tmp_path: Path) -> None:
    """An entry holds its values and the hash of the rest; what is read is what was written."""
    one, two = entries(tmp_path)
    assert [one.items("Made"), two.items("Made")] == [items(), items(0.1)]
    assert set(json.loads(one.items_path("Made").read_text())) == {
        "schema_version",
        "task",
        "head",
        "values",
    }
    (head,) = (tmp_path / HEADS).iterdir()
    assert json.loads(head.read_text())["ids"] == ["a", "b", "c", "d"]
    assert one.items("Made").ids is two.items("Made").ids
    assert same_items(one.items("Made"), two.items("Made"))


def test_another_data_revision_has_a_head_of_its_own(tmp_path: Path) -> None:
    """Names are contents, so neither takes the other's place."""
    (entry,) = entries(tmp_path, 1)
    newer = items().model_copy(update={"revision": "2" * 40, "ids": ["a", "b", "c", "e"]})
    Entry(tmp_path, "a/newer", "1").write_items(newer)
    assert len(list((tmp_path / HEADS).iterdir())) == 2
    assert entry.items("Made") == items()
    assert Entry(tmp_path, "a/newer", "1").items("Made") == newer


def test_items_of_version_1_are_read_as_ever(tmp_path: Path) -> None:
    """Files that hold everything themselves."""
    entry = Entry(tmp_path, "a/old", "1")
    write_json(entry.items_path("Made"), items().model_dump(mode="json"))
    assert entry.items("Made") == items()
    assert not (tmp_path / HEADS).exists()


def test_a_head_that_is_gone_or_changed_is_told_with_what_to_type(tmp_path: Path) -> None:
    """A score must never be read against other labels."""
    (entry,) = entries(tmp_path, 1)
    (head,) = (tmp_path / HEADS).iterdir()
    whole = head.read_text()
    head.write_text(whole.replace('"b"', '"z"'))
    with pytest.raises(CardioBenchError, match=r"other SHA-256.*cardiobench run"):
        entry.items("Made")
    head.unlink()
    with pytest.raises(CardioBenchError, match=r"ids and labels are missing .*cardiobench run"):
        entry.items("Made")
    entry.write_items(items())
    assert head.read_text() == whole
    write = entry.items_path("Made").write_text
    write(entry.items_path("Made").read_text().replace("0.2,", ""))
    with pytest.raises(CardioBenchError, match="3 values for 4 items"):
        entry.items("Made")


@pytest.mark.parametrize("change", [('"values": [', '"values": ["x",'), ('"values"', '"other"')])
@pytest.mark.parametrize("version", [1, 2])
def test_a_damaged_items_file_is_told_by_name(
    version: int, change: tuple[str, str], tmp_path: Path
) -> None:
    """In both versions."""
    (entry,) = entries(tmp_path, 1)
    path = entry.items_path("Made")
    if version == 1:
        write_json(path, items().model_dump(mode="json"))
    path.write_text(path.read_text().replace(*change))
    with pytest.raises(CardioBenchError, match=r"Made\.json: field (values|other)"):
        entry.items("Made")


def test_an_entry_alone_finds_its_heads_in_the_published_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when one entry is copied out of the board: a head is known by its hash, not its place."""
    published = tmp_path / "published"
    monkeypatch.setattr("cardiobench.results.entry.published_folder", lambda: published)
    (entry,) = entries(tmp_path / "run", 1)
    (tmp_path / "run" / HEADS).rename(tmp_path / HEADS)
    with pytest.raises(CardioBenchError, match="are missing"):
        entry.items("Made")
    published.mkdir()
    (tmp_path / HEADS).rename(published / HEADS)
    assert entry.items("Made") == items()
