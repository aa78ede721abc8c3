"""A block as a reader gives it, before cleaning."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

RawKind = Literal["heading", "paragraph", "caption", "definition", "list", "table"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RawBlock:
    """One block of a document as it stands there.

    Attributes:
        kind: what it is.
        text: its text; lines of a PDF are still apart.
        level: of a heading, 1 for the outermost.
        label: a caption's label, or the term of a definition.
        page: page of a PDF from 1, or 0.
        heading: headings above it; set by :func:`below_headings`.
    """

    kind: RawKind
    text: str
    level: int = 0
    label: str = ""
    page: int = 0
    heading: tuple[str, ...] = ()


def below_headings(blocks: Iterator[RawBlock]) -> Iterator[RawBlock]:
    """The blocks that are no headings, each with the path of those above it."""
    path: list[tuple[int, str]] = []
    for block in blocks:
        if block.kind != "heading":
            yield replace(block, heading=tuple(text for _, text in path))
            continue
        while path and path[-1][0] >= block.level:
            path.pop()
        path.append((block.level, block.text))
