"""The same tiny book in every format gives the same pairs, as far as the format holds them."""

from pathlib import Path

import pytest

from cardiobench.documents.library import Library, read_library
from cardiobench.pairs.documents import chosen_strategies
from tests.documents.books import SECTIONS, WRITERS

FIRST, SECOND = (paragraphs for _, paragraphs in SECTIONS)


def read(*files: Path, limit: int = 1000) -> Library:
    return read_library([str(file) for file in files], chosen_strategies(()), limit=limit)


def texts(library: Library, strategy: str) -> list[tuple[str, str]]:
    return [(p.anchor, p.positive) for p in library.pairs if p.strategy == strategy]


@pytest.mark.parametrize("name", list(WRITERS))
def test_every_format_gives_the_pairs_of_the_book(tmp_path: Path, name: str) -> None:
    """Headings where the format has them, sentences everywhere, and no script or running head."""
    WRITERS[name](tmp_path / name)
    library = read(tmp_path)
    if name != "book.txt":
        assert texts(library, "question") == [("How is flutter treated?", SECOND[0])]
        headed = texts(library, "heading")
        assert ("The heart in brief: Chambers and valves", FIRST[0]) in headed
    if name not in ("book.txt", "book.cnxml"):
        assert texts(library, "caption") == [("Chambers of the heart from the front.", FIRST[0])]
    assert texts(library, "abbreviation") == [("AFL", "Atrial flutter")]
    assert len(texts(library, "cloze")) == 4
    assert len(texts(library, "neighbours")) == 8
    everything = " ".join(p.anchor + p.positive for p in library.pairs)
    assert "secret" not in everything
    assert "pocket book" not in everything


def test_heads_and_page_numbers_of_a_pdf_are_counted(tmp_path: Path) -> None:
    """Three pages have three of each."""
    WRITERS["book.pdf"](tmp_path / "book.pdf")
    counts = read(tmp_path).dropped.counts
    assert (counts["running head"], counts["page number"]) == (3, 3)


def test_a_glossary_gives_definitions(tmp_path: Path) -> None:
    """CNXML marks them."""
    WRITERS["book.cnxml"](tmp_path / "book.cnxml")
    assert ("atrium", "upper chamber of the heart") in texts(read(tmp_path), "definition")


def test_a_book_in_two_formats_counts_once(tmp_path: Path) -> None:
    """What the second one repeats is left out, and counted."""
    for name in ("book.docx", "book.epub"):
        WRITERS[name](tmp_path / name)
    both = read(tmp_path / "book.docx", tmp_path / "book.epub")
    alone = read(tmp_path / "book.docx")
    assert [(p.anchor, p.positive) for p in both.pairs] == [
        (p.anchor, p.positive) for p in alone.pairs
    ]
    assert both.dropped.counts["repeated"] == 5


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_other_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    """By mark, by declaration or by likelihood."""
    page = (
        "<meta charset='cp1252'><h1>Ménière</h1><p>The naïve reader meets a déjà vu of words.</p>"
    )
    (tmp_path / "a.html").write_bytes(page.encode(encoding))
    ((_, positive),) = texts(read(tmp_path), "heading")
    assert positive == "The naïve reader meets a déjà vu of words."
