"""Captions of figures and tables, with the paragraphs that cite them."""

import re
from collections.abc import Iterator

from cardiobench.plugins.passage import Passage

# What is remembered of one document until the other half turns up.
MAX_WAITING = 2_000
MIN_WORDS = 3
_CITES = re.compile(r"\b(fig(?:ure)?s?|tables?)\.?\s*(\d+(?:[.-]\d+)*[a-z]?)\b", re.IGNORECASE)


def key_of(label: str) -> str:
    """``"Fig. 3a"`` and ``"Figure 3A"`` are one: ``"figure 3a"``; ``""`` if it is no label."""
    match = _CITES.search(label)
    if match is None:
        return ""
    kind = "table" if match[1].lower().startswith("table") else "figure"
    return f"{kind} {match[2].lower()}"


class CaptionReader:
    """Caption -> the first paragraph of the document that cites it."""

    def __init__(self) -> None:
        self._captions: dict[str, str] = {}
        self._citing: dict[str, str] = {}
        self._done: set[str] = set()

    def read(self, passage: Passage) -> Iterator[tuple[str, str]]:
        """Pairs whose second half stands in this passage."""
        for block in passage.blocks:
            if block.kind == "caption" and len(block.text.split()) >= MIN_WORDS:
                key = key_of(block.label)
                if key and len(self._captions) < MAX_WAITING:
                    self._captions.setdefault(key, block.text)
                    yield from self._pair(key)
            elif block.kind == "paragraph":
                for match in _CITES.finditer(block.text):
                    key = key_of(match[0])
                    if len(self._citing) < MAX_WAITING:
                        self._citing.setdefault(key, block.text)
                        yield from self._pair(key)

    def _pair(self, key: str) -> Iterator[tuple[str, str]]:
        if key in self._captions and key in self._citing and key not in self._done:
            self._done.add(key)
            yield self._captions[key], self._citing[key]

    def finish(self) -> tuple[()]:
        """Nothing is left: what no paragraph cites has no pair."""
        return ()
