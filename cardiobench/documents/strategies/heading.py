"""Headings: their path with the paragraphs below, and questions with their answers."""

import re
from collections.abc import Iterator

from cardiobench.plugins.passage import Block, Passage

# Later paragraphs of a long section are about the heading less and less.
PARAGRAPHS = 5
MIN_WORDS = 8
_ASKS = re.compile(
    r"(who|whom|whose|what|when|where|which|why|how|is|are|can|does|do|should|will|did|was|were)\b",
    re.IGNORECASE,
)
_MARKS = re.compile(r"\s*\?[\s?]*$")
# Headings that say where one is in a book, not what the text is about.
_EMPTY = re.compile(
    r"(overview|introduction|summary|conclusions?|background|outlook|notes?|"
    r"(chapter|part|section|appendix)\s*[\dIVXA-Z]*)\W*",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"^\s*(\d+(\.\d+)*\.?|[IVX]+\.|[A-Z]\.)\s+")


def plain(heading: str) -> str:
    """A heading without its number, and with one question mark where it had several."""
    bare = _NUMBER.sub("", heading).strip()
    return _MARKS.sub("?", bare)


def path_of(heading: tuple[str, ...]) -> str:
    """``"Heart failure: Causes"``; a part that the next one spells out is left out."""
    parts = [plain(part) for part in heading]
    kept = [
        part
        for part, below in zip(parts, [*parts[1:], ""], strict=False)
        if part and not _EMPTY.fullmatch(part) and part.casefold() not in below.casefold()
    ]
    return ": ".join(kept[-3:])


def is_question(heading: str) -> bool:
    """Whether a heading asks: it ends in a question mark, after a word that begins a question."""
    return bool(_MARKS.search(heading)) and bool(_ASKS.match(plain(heading)))


class _Section:
    """Paragraphs of the section that is being read, counted over its passages."""

    def __init__(self) -> None:
        self._heading: tuple[str, ...] = ()
        self._seen = 0

    def first(self, passage: Passage, count: int) -> Iterator[tuple[int, Block]]:
        """Those of the section's first ``count`` long enough paragraphs that this passage has.

        Each comes with its number in the section, from 1.
        """
        if passage.heading != self._heading:
            self._heading, self._seen = passage.heading, 0
        for block in passage.blocks:
            if self._seen >= count:
                return
            if block.kind == "paragraph" and len(block.text.split()) >= MIN_WORDS:
                self._seen += 1
                yield self._seen, block


class HeadingReader:
    """Heading path -> each of the first paragraphs below it."""

    def __init__(self) -> None:
        self._section = _Section()

    def read(self, passage: Passage) -> Iterator[tuple[str, str]]:
        """Pairs of a passage below a heading that says something."""
        path = path_of(passage.heading)
        if not path or _EMPTY.fullmatch(path):
            return
        # The first paragraph below a question is its answer, which is QuestionReader's.
        asked = is_question(passage.heading[-1])
        for number, block in self._section.first(passage, PARAGRAPHS):
            if number > 1 or not asked:
                yield path, block.text

    def finish(self) -> tuple[()]:
        """Nothing is left."""
        return ()


class QuestionReader:
    """Question heading -> the first paragraph below it."""

    def __init__(self) -> None:
        self._section = _Section()

    def read(self, passage: Passage) -> Iterator[tuple[str, str]]:
        """The answer, where the innermost heading is a question."""
        if not passage.heading or not is_question(passage.heading[-1]):
            return
        for _, block in self._section.first(passage, 1):
            yield plain(passage.heading[-1]), block.text

    def finish(self) -> tuple[()]:
        """Nothing is left."""
        return ()
