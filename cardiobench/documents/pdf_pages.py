"""Pages of a PDF as blocks: heads, feet and page numbers found, lines and pages joined."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from cardiobench.documents.markdown_text import as_caption
from cardiobench.documents.raw import RawBlock
from cardiobench.errors import DataError

# Lines from the top and from the bottom of a page that can be its head or foot.
EDGE_LINES = 3
# A line on so many pages, digits apart, is furniture.
MIN_PAGES = 3
# A shorter paragraph is a line of its own, which needs no full stop.
SHORTEST_BROKEN = 60
HEAD, NUMBER = "running head", "page number"
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(r"(page\s+)?[\W_]*(\d{1,4}|[ivxlc]{1,6})[\W_]*(of\s+\d+)?", re.IGNORECASE)
_ENDS = re.compile(r"[.!?:;][\"')\]\u201d]*$")


def pdf_blocks(document: Mapping[str, Any] | None, pages: int) -> Iterator[RawBlock]:
    """The blocks of a converted PDF.

    Furniture is not left out but marked, as blocks of kind ``paragraph`` whose ``label`` is
    :data:`HEAD` or :data:`NUMBER`, for cleaning to count.

    Args:
        document: kreuzberg's structure of the document.
        pages: how many pages it has.

    Raises:
        DataError: no page has text.
    """
    blocks = [_raw(node) for node in (document or {}).get("nodes", ())]
    found = [block for block in blocks if block is not None and block.text.strip()]
    if not found:
        raise DataError(
            f"no text layer ({pages} {'page' if pages == 1 else 'pages'}); run OCR first"
        )
    furniture = _furniture(found)
    waiting: RawBlock | None = None
    for block in found:
        kept: list[str] = []
        for line in block.text.split("\n"):
            label = furniture.get((block.page, line.strip()))
            if label is None:
                kept.append(line)
            else:
                yield RawBlock(kind="paragraph", text=line.strip(), label=label, page=block.page)
        if not any(line.strip() for line in kept):
            continue
        block = replace(block, text="\n".join(kept).strip())
        if waiting is not None and _goes_on(waiting, block):
            waiting = replace(waiting, text=f"{waiting.text}\n{block.text}", page=block.page)
            continue
        if waiting is not None:
            yield waiting
        waiting = block
    if waiting is not None:
        yield waiting


def _raw(node: Mapping[str, Any]) -> RawBlock | None:
    content, page = node["content"], int(node.get("page") or 0)
    kind, text = content["node_type"], str(content.get("text") or "")
    if kind == "heading":
        return RawBlock(kind="heading", text=text, level=int(content["level"]), page=page)
    if kind == "list_item":
        return RawBlock(kind="list", text=text, page=page)
    if kind == "table":
        cells = content.get("grid", {}).get("cells", ())
        return RawBlock(kind="table", text=" | ".join(str(c["content"]) for c in cells), page=page)
    if kind in ("paragraph", "code", "quote", "footnote"):
        return as_caption(text, page) or RawBlock(kind="paragraph", text=text, page=page)
    return None


def _furniture(blocks: list[RawBlock]) -> dict[tuple[int, str], str]:
    """(page, line) to what it is, of lines at the edges that other pages have there too."""
    lines: dict[int, list[str]] = defaultdict(list)
    for block in blocks:
        lines[block.page] += [line.strip() for line in block.text.split("\n") if line.strip()]
    edges = {page: {*ls[:EDGE_LINES], *ls[-EDGE_LINES:]} for page, ls in lines.items()}
    on_pages = Counter(_shape(line) for edge in edges.values() for line in edge)
    found: dict[tuple[int, str], str] = {}
    for page, edge in edges.items():
        for line in edge:
            if _PAGE_NUMBER.fullmatch(line):
                if on_pages[_shape(line)] >= MIN_PAGES or line == str(page):
                    found[page, line] = NUMBER
            elif on_pages[_shape(line)] >= MIN_PAGES:
                found[page, line] = HEAD
    return found


def _shape(line: str) -> str:
    return _DIGITS.sub("#", line.casefold())


def _goes_on(before: RawBlock, block: RawBlock) -> bool:
    """Whether a paragraph that breaks off goes on in the next block, on this page or the next."""
    return (
        before.kind == "paragraph"
        and block.kind in ("paragraph", "list")
        and block.page - before.page in (0, 1)
        and len(before.text) >= SHORTEST_BROKEN
        and not _ENDS.search(before.text)
        and block.text[:1].islower()
    )
