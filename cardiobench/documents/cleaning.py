"""Cleaning that one would do by hand: what is no prose goes, broken words are joined."""

import re
from collections.abc import Iterator
from dataclasses import replace

from cardiobench.documents.dropped import Dropped
from cardiobench.documents.pdf_pages import HEAD, NUMBER
from cardiobench.documents.raw import RawBlock
from cardiobench.foundation.text import squeeze

_REFERENCES = re.compile(
    r"\W*\d*\W*(references?|bibliography|works cited|literature( cited)?|citations?|"
    r"further reading|suggested readings?|sources)\W*",
    re.IGNORECASE,
)
_CONTENTS = re.compile(
    r"\W*(table of )?contents|list of (figures|tables)|(subject |author )?index\W*", re.IGNORECASE
)
_LEADER = re.compile(r"(\.\s?){4,}\s*\d+\s*$|\t+\d+\s*$")
# "2019;380:12-20", "doi:10.1056/...", "N Engl J Med. 2019", "et al. ... 2018".
_CITATION = re.compile(
    r"\b(19|20)\d\d\s*;\s*\d+\s*(\(\d+\))?\s*:\s*\w?\d+|\bdoi:?\s*10\.|https?://doi\.org|\bPMID\b|"
    r"^\W*\d*\W*[A-Z][\w'-]+ [A-Z]{1,3}(, [A-Z][\w'-]+ [A-Z]{1,3})+[,.]"
)
_SOURCE = re.compile(
    r"(source|url|retrieved from|available (at|from)|last (updated|reviewed|modified))\s*:.{0,200}|"
    r"(copyright\b|\u00a9).{0,200}|(https?://|www\.)\S+",
    re.IGNORECASE | re.DOTALL,
)
_BROKEN = re.compile(r"(\w+)[-\u2010\u00ad]\n\s*([a-z]\w*)")
_WORD = re.compile(r"\w+(?:-\w+)*")
_NUMERIC = re.compile(
    r"[\s\d.,%()<>=\u2264\u2265\u00b1+/*:-]*\d[\s\d.,%()<>=\u2264\u2265\u00b1+/*:-]*"
)


def clean(blocks: Iterator[RawBlock], dropped: Dropped) -> Iterator[RawBlock]:
    """The blocks that are prose, with their lines joined; the rest is counted by reason.

    Args:
        blocks: below their headings, as :func:`cardiobench.documents.raw.below_headings` gives.
        dropped: takes what is left out.
    """
    seen = _Vocabulary()
    for block in blocks:
        reason = _reason(block)
        if reason:
            dropped.add(reason, block.text)
            continue
        seen.read(block.text)
        text = squeeze(_BROKEN.sub(lambda match: seen.joined(match, dropped), block.text))
        # Two lines below a glossary are a term and its meaning; there the line end says so.
        if block.kind == "paragraph" and block.text.count("\n") == 1 and _is_entry(block):
            text = "\n".join(map(squeeze, block.text.split("\n")))
        if any(character.isalpha() for character in text):
            yield replace(block, text=text, heading=tuple(map(squeeze, block.heading)))


def _is_entry(block: RawBlock) -> bool:
    return bool(block.heading) and "glossary" in block.heading[-1].casefold()


def _reason(block: RawBlock) -> str:
    if block.label in (HEAD, NUMBER):
        return block.label
    last = block.heading[-1] if block.heading else ""
    if _REFERENCES.fullmatch(last) or _is_citation(block):
        return "reference"
    if _CONTENTS.fullmatch(last) or _LEADER.search(block.text):
        return "contents"
    if block.kind == "table" and _mostly_numbers(block.text):
        return "table of numbers"
    if block.kind == "paragraph" and _SOURCE.fullmatch(block.text.strip()):
        return "link or source"
    return ""


def _is_citation(block: RawBlock) -> bool:
    """Whether a block is a reference itself: a citation's marks in one or two short sentences."""
    return (
        block.kind in ("paragraph", "list")
        and len(block.text) < 600
        and bool(_CITATION.search(block.text))
    )


def _mostly_numbers(text: str) -> bool:
    cells = [cell for cell in re.split(r"[|\n]", text) if cell.strip()]
    return bool(cells) and sum(bool(_NUMERIC.fullmatch(c)) for c in cells) * 2 >= len(cells)


class _Vocabulary:
    """Words of the document so far: they tell whether a broken word has a hyphen of its own."""

    MOST = 200_000

    def __init__(self) -> None:
        self._words: set[str] = set()

    def read(self, text: str) -> None:
        """Remember hyphenated words; they are few."""
        if "-" in text and len(self._words) < self.MOST:
            self._words.update(w.casefold() for w in _WORD.findall(text) if "-" in w)

    def joined(self, match: re.Match[str], dropped: Dropped) -> str:
        """The word, with its hyphen where the document writes it so elsewhere."""
        dropped.add("hyphenation joined", match[0])
        hyphenated = f"{match[1]}-{match[2]}"
        return hyphenated if hyphenated.casefold() in self._words else f"{match[1]}{match[2]}"
