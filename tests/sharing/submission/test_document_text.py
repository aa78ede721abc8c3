"""Text of the user's documents does not leave with a submission."""

import json
from pathlib import Path

import pytest

from cardiobench.errors import CardioBenchError
from cardiobench.pairs.document_text import write_fingerprint
from cardiobench.results.entry import Entry
from cardiobench.sharing.submission.pack import pack
from cardiobench.training.adapter_store import fingerprint_path
from tests.sharing.submission.test_pack import run_copy
from tests.submissions import ADAPTED, edit

TEXT = "Mr Example of ward seven complained of chest pain on the stairs since last Tuesday evening."


@pytest.fixture
def trained(tmp_path: Path) -> Entry:
    """A finished entry whose record says that it was trained on documents."""
    entry = run_copy(tmp_path / "run", ADAPTED)
    edit(
        entry.manifest_path,
        lambda m: m["training"]["audit"].update(documents={"name": "ward", "sha256": ["0" * 64]}),
    )
    write_fingerprint([TEXT], fingerprint_path(entry))
    return entry


def test_an_entry_without_their_text_is_packed(trained: Entry, tmp_path: Path) -> None:
    """And the hashes stay at home."""
    packed = pack(trained, tmp_path / "board")
    assert packed.manifest().training is not None
    assert not list((tmp_path / "board").rglob("*.npy"))


def test_a_card_that_quotes_them_is_refused(trained: Entry, tmp_path: Path) -> None:
    """Nothing is written."""
    card = trained.adapter_folder / "README.md"
    card.write_text(f"{card.read_text()}\nTrained on texts such as: {TEXT.lower()}\n")
    with pytest.raises(CardioBenchError, match=r"README\.md quotes your documents"):
        pack(trained, tmp_path / "board")
    assert not (tmp_path / "board").exists()


def test_a_manifest_that_quotes_or_names_paths_is_refused(trained: Entry, tmp_path: Path) -> None:
    """In any of its fields."""
    before = trained.manifest_path.read_text()
    edit(trained.manifest_path, lambda m: m["training"]["recipe"].update(documents=["/home/me"]))
    with pytest.raises(CardioBenchError, match="says where your documents lie"):
        pack(trained, tmp_path / "board")
    trained.manifest_path.write_text(before)
    edit(trained.manifest_path, lambda m: m["training"]["audit"].update(note=TEXT))
    with pytest.raises(CardioBenchError, match=r"manifest\.json quotes your documents"):
        pack(trained, tmp_path / "board")


def test_without_the_hashes_nothing_is_packed(trained: Entry, tmp_path: Path) -> None:
    """What cannot be checked does not leave."""
    fingerprint_path(trained).unlink()
    with pytest.raises(CardioBenchError, match="Use the folder that it was trained in"):
        pack(trained, tmp_path / "board")


def test_other_entries_need_no_hashes(tmp_path: Path) -> None:
    """As before there were documents."""
    entry = run_copy(tmp_path / "run", ADAPTED)
    assert "documents" not in json.loads(entry.manifest_path.read_text())["training"]["audit"]
    pack(entry, tmp_path / "board")
