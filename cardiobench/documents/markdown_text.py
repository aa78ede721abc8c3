"""Markdown, the user's own or what a converter wrote, as blocks; parsed by markdown-it."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from cardiobench.documents.raw import RawBlock
from cardiobench.foundation.text import squeeze

if TYPE_CHECKING:
    from markdown_it.token import Token

CAPTION = re.compile(
    r"\s*((?:fig(?:ure)?|table|box)\.?\s*\d+(?:[.-]\d+)*[A-Za-z]?)\s*[.:|\u2013\u2014-]?\s+(?=\S)",
    re.I,
)
_FRONT_MATTER = re.compile(r"\A---\n.*?\n(---|title: .*)\n", re.DOTALL)


def markdown_blocks(text: str) -> Iterator[RawBlock]:
    """Headings, paragraphs, captions, list items and tables, in reading order."""
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("table")
    tokens = parser.parse(_FRONT_MATTER.sub("", text.replace("\r\n", "\n")))
    lists = 0
    cells: list[str] | None = None
    for i, token in enumerate(tokens):
        if token.type in ("list_item_open", "list_item_close"):
            lists += token.nesting
        elif token.type == "table_open":
            cells = []
        elif token.type == "table_close":
            yield RawBlock(kind="table", text=" | ".join(cells or ()))
            cells = None
        elif token.type == "inline":
            words = _words(token)
            if cells is not None:
                cells.append(squeeze(words))
            elif words.strip():
                yield _block(tokens[i - 1], words, in_list=lists > 0)


def as_caption(text: str, page: int = 0) -> RawBlock | None:
    """A caption block, where a text begins with the label of a figure or table and is short."""
    match = CAPTION.match(text)
    # "Figure 3 shows ..." is a sentence that cites; a caption begins with a capital or a quote.
    rest = text[match.end() :] if match else ""
    if match is None or not rest[:1].isupper() or len(rest) > 1_000:
        return None
    return RawBlock(kind="caption", text=squeeze(rest), label=squeeze(match[1]), page=page)


def _block(opened: "Token", words: str, *, in_list: bool) -> RawBlock:
    if opened.type == "heading_open":
        return RawBlock(kind="heading", text=squeeze(words), level=int(opened.tag[1:]))
    if in_list:
        return RawBlock(kind="list", text=squeeze(words))
    return as_caption(words) or RawBlock(kind="paragraph", text=words.strip())


def _words(token: "Token") -> str:
    """The text of an inline token, without marks, images and HTML."""
    parts = []
    for child in token.children or ():
        if child.type in ("text", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
    return "".join(parts)
