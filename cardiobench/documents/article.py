"""CNXML (open textbooks) and JATS (PubMed Central) as blocks, parsed by defusedxml."""

import io
from collections.abc import Iterator
from typing import Any

from cardiobench.documents.raw import RawBlock
from cardiobench.errors import DataError
from cardiobench.foundation.text import squeeze

_SECTIONS = {"section", "sec", "abstract", "app", "boxed-text", "body", "glossary", "ref-list"}
_FIGURES = {"figure", "fig", "table-wrap", "table"}
_PARAGRAPHS = {"para", "p"}
_SKIPPED = {
    "metadata",
    "contrib-group",
    "aff",
    "permissions",
    "media",
    "graphic",
    "math",
    "tex-math",
}
_ENTRIES = {"definition", "def-item"}


def article_blocks(data: bytes) -> Iterator[RawBlock]:
    """The blocks of a CNXML or JATS document.

    Raises:
        DataError: it is not well-formed, is of another kind, or declares entities of its own.
    """
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    try:
        root = ElementTree.parse(io.BytesIO(data), forbid_dtd=False).getroot()
    except DefusedXmlException as error:
        raise DataError(f"its XML declares entities, which may be a bomb ({error})") from error
    except ElementTree.ParseError as error:
        raise DataError(f"damaged XML: {error}") from error
    if _name(root) not in ("document", "article", "book", "book-part", "module"):
        raise DataError(f"<{_name(root)}> is neither CNXML nor JATS")
    yield from _section(root, 1, is_root=True)


def _name(element: Any) -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _words(element: Any) -> str:
    return squeeze("".join(element.itertext()))


def _child(element: Any, *names: str) -> Any:
    return next((c for c in element.iter() if c is not element and _name(c) in names), None)


def _section(element: Any, level: int, *, is_root: bool = False) -> Iterator[RawBlock]:
    """A section's title as a heading, then what it holds, one level deeper."""
    title = next((c for c in element if _name(c) == "title"), None)
    if title is None and is_root:
        title = _child(element, "article-title")
    named = {"ref-list": "References", "glossary": "Glossary", "abstract": "Abstract"}
    heading = _words(title) if title is not None else named.get(_name(element), "")
    if heading:
        yield RawBlock(kind="heading", text=heading, level=level)
    deeper = level + 1 if heading else level
    for child in element:
        if _name(child) not in ("title", "article-title"):
            yield from _inside(child, deeper)


def _inside(element: Any, level: int) -> Iterator[RawBlock]:
    name = _name(element)
    if name in _SKIPPED or not name:
        return
    if name in _SECTIONS:
        yield from _section(element, level)
    elif name in _PARAGRAPHS:
        words = squeeze("".join(_own_text(element)))
        if words:
            yield RawBlock(kind="paragraph", text=words)
        for child in element:
            if _name(child) in (*_FIGURES, "list"):
                yield from _inside(child, level)
    elif name in _FIGURES:
        yield from _figure(element)
    elif name in _ENTRIES:
        term, meaning = _child(element, "term"), _child(element, "meaning", "def")
        if term is not None and meaning is not None:
            yield RawBlock(kind="definition", text=_words(meaning), label=_words(term))
    elif name in ("item", "list-item", "ref"):
        yield RawBlock(kind="list", text=_words(element))
    else:
        for child in element:
            yield from _inside(child, level)


def _own_text(element: Any) -> Iterator[str]:
    """The text of a paragraph without figures and lists inside it."""
    yield element.text or ""
    for child in element:
        if _name(child) not in (*_FIGURES, *_SKIPPED, "list"):
            yield from _own_text(child)
        yield child.tail or ""


def _figure(element: Any) -> Iterator[RawBlock]:
    """The caption; CNXML numbers figures only when it is shown, so its label may be missing."""
    label, caption = _child(element, "label"), _child(element, "caption")
    if caption is not None:
        words = _words(caption)
        yield RawBlock(kind="caption", text=words, label=_words(label) if label is not None else "")
    rows = [_words(row) for row in element.iter() if _name(row) in ("row", "tr")]
    if rows:
        yield RawBlock(kind="table", text=" | ".join(rows))
