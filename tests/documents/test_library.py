"""Documents as a whole: failures that harm no others, resuming, limits, records without paths."""

from pathlib import Path

import pytest

from cardiobench.documents import extraction, plain_text, unit
from cardiobench.documents.library import Library, read_library
from cardiobench.errors import DataError
from cardiobench.pairs.documents import chosen_strategies
from tests.documents.books import WRITERS, epub

GOOD = "The good book says this. It says it in two sentences that are long enough."


def read(*origins: object, limit: int = 1000) -> Library:
    return read_library([str(o) for o in origins], chosen_strategies(()), limit=limit)


def _encrypted(path: Path) -> None:
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path), encrypt=StandardEncryption("user", "owner"))
    canvas.drawString(100, 100, "Nobody reads this.")
    canvas.save()


def _scanned(path: Path) -> None:
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(path))
    for _ in range(2):
        canvas.rect(10, 10, 50, 50)
        canvas.showPage()
    canvas.save()


def _bomb(path: Path) -> None:
    epub(path, f"<p>{'a' * (3 << 20)}</p>")


BAD = {
    "encrypted.pdf": (_encrypted, "encrypted; save it without a password"),
    "damaged.pdf": (lambda path: path.write_bytes(b"%PDF-1.4 rubbish"), "damaged"),
    "scanned.pdf": (_scanned, "no text layer (2 pages); run OCR first"),
    "bomb.epub": (_bomb, "a zip bomb: its text unpacks to more than 1 MiB"),
    "damaged.docx": (lambda path: path.write_bytes(b"PK\x03\x04rubbish"), "damaged"),
    "empty.txt": (lambda path: path.write_bytes(b""), "empty"),
    "binary.txt": (lambda path: path.write_bytes(bytes(range(256)) * 9), "zero bytes"),
    "line.txt": (lambda path: path.write_bytes(b"word " * 300_000), "is no prose"),
    "other.xml": (lambda path: path.write_text("<html/>"), "neither CNXML nor JATS"),
    "damaged.xml": (lambda path: path.write_text("<article>"), "damaged XML"),
    "bomb.xml": (
        lambda path: path.write_text('<!DOCTYPE a [<!ENTITY b "bb">]><article>&b;</article>'),
        "declares entities",
    ),
}


@pytest.mark.parametrize("name", list(BAD))
def test_a_bad_document_is_one_line_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """The summary names it, with the reason; alone it is an error."""
    monkeypatch.setattr("cardiobench.documents.converted.MOST_UNPACKED", 1 << 20)
    write, reason = BAD[name]
    write(tmp_path / name)
    with pytest.raises(DataError, match="No document can be read"):
        read(tmp_path)
    (tmp_path / "good.txt").write_text(GOOD)
    library = read(tmp_path)
    ((failed, told),) = library.failed
    assert failed == name
    assert reason in told
    assert "\n" not in told
    assert [p.strategy for p in library.pairs] == ["neighbours"]


@pytest.mark.parametrize(
    ("origin", "message"),
    [
        ("absent.pdf", "does not exist"),
        ("*.epub", "matches no document"),
        (".", "has no document"),
        ("notes.rtf", "documents are .txt"),
    ],
)
def test_a_path_that_means_nothing_is_refused_before_any_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, origin: str, message: str
) -> None:
    """One line that says what would mean something."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "notes.rtf").write_text("x")
    with pytest.raises(DataError, match=message):
        read(origin)


def test_another_language_is_told_with_its_share(tmp_path: Path) -> None:
    """An English book is not named."""
    (tmp_path / "de.txt").write_text(
        "Die Herzinsuffizienz ist eine Erkrankung, bei der das Herz nicht genug Blut durch den "
        "Körper pumpt. Viele Betroffene bemerken zuerst, dass sie schlechter Luft bekommen."
    )
    (tmp_path / "en.txt").write_text(
        "Heart failure is a condition in which the heart cannot pump enough blood through the "
        "body. Many patients first notice that they are short of breath on the stairs."
    )
    assert read(tmp_path).foreign == (("de.txt", 1.0),)


def test_a_killed_reading_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Finished documents are not read again, and all is as if it had not been killed."""
    for name in ("book.md", "book.html", "book.nxml"):
        WRITERS[name](tmp_path / name)
    monkeypatch.setenv("CARDIOBENCH_CACHE", str(tmp_path / "whole"))
    whole = read(tmp_path / "*.*")
    monkeypatch.setenv("CARDIOBENCH_CACHE", str(tmp_path / "killed"))
    extract, reads = extraction.extract, []

    def killed(made: unit.Unit, *arguments, **options):
        reads.append(made.path.name)
        if len(reads) == 2:
            raise KeyboardInterrupt
        return extract(made, *arguments, **options)

    monkeypatch.setattr("cardiobench.documents.library.extract", killed)
    with pytest.raises(KeyboardInterrupt):
        read(tmp_path / "*.*")
    resumed = read(tmp_path / "*.*")
    assert reads == ["book.html", "book.md", "book.md", "book.nxml"]
    assert resumed.resumed == 1
    assert (resumed.pairs, resumed.found, resumed.dropped) == (
        whole.pairs,
        whole.found,
        whole.dropped,
    )


def test_a_damaged_cache_is_read_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And only its owner can look into it: it holds the user's text."""
    monkeypatch.setenv("CARDIOBENCH_CACHE", str(tmp_path / "cache"))
    WRITERS["book.md"](tmp_path / "book.md")
    first = read(tmp_path / "book.md")
    folder = tmp_path / "cache" / "documents"
    assert folder.stat().st_mode & 0o777 == 0o700
    for file in folder.iterdir():
        file.write_bytes(file.read_bytes()[:100])
    assert read(tmp_path / "book.md").pairs == first.pairs


def test_parts_of_a_large_text_give_each_paragraph_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever a part ends: in a paragraph, in an empty line, at its edge."""
    text = "".join(f"Paragraph {n} has these words.\n{'More. ' * (n % 5)}\n\n" for n in range(60))
    file = tmp_path / "large.txt"
    file.write_text(text)
    whole = [block.text for block in plain_text.text_blocks(file)]
    assert len(whole) == 60
    for size in (37, 64, 101, 500):
        monkeypatch.setattr(unit, "PART", size)
        parts = unit.units_of(file)
        assert len(parts) > 1
        assert [block.text for part in parts for block in part.blocks()] == whole


def test_a_limit_keeps_the_same_pairs_whatever_the_order(tmp_path: Path) -> None:
    """A hash chooses, and what was found is counted all the same."""
    WRITERS["book.md"](tmp_path / "a.md")
    everything, some = read(tmp_path), read(tmp_path, limit=3)
    neighbours = [p for p in everything.pairs if p.strategy == "neighbours"]
    kept = [p for p in some.pairs if p.strategy == "neighbours"]
    assert len(kept) == 3
    assert set(kept) < set(neighbours)
    assert some.found == everything.found


def test_facts_hold_hashes_and_counts_but_no_text_and_no_path(tmp_path: Path) -> None:
    """They go into manifests."""
    WRITERS["book.md"](tmp_path / "secret-name.md")
    facts = read(tmp_path).facts()
    assert len(facts["sha256"]) == 1
    assert set(facts) == {"sha256", "failed", "found", "dropped"}
    assert "secret-name" not in str(facts)
    assert "heart" not in str(facts)
