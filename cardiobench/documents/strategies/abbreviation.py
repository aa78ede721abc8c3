"""Abbreviations and their long forms, found by the algorithm of Schwartz and Hearst (2003)."""

import re
from collections.abc import Iterator

from cardiobench.plugins.passage import Passage, fits

# Sentences kept for each abbreviation, on either side, and abbreviations of one document.
MAX_SENTENCES = 5
MAX_ABBREVIATIONS = 500
_SHORT = re.compile(r"\b[A-Za-z][A-Za-z0-9/-]*[A-Z][A-Za-z0-9/-]*\b|\b[A-Z]{2,}\b")


def long_forms(text: str) -> dict[str, str]:
    """Abbreviation to long form, of those that a text spells out."""
    from abbreviations import schwartz_hearst

    if "(" not in text:
        return {}
    found = schwartz_hearst.extract_abbreviation_definition_pairs(doc_text=text)
    return {
        short: long
        for short, long in found.items()
        if _SHORT.fullmatch(short) and len(long) > len(short)
    }


class AbbreviationReader:
    """Abbreviation -> long form, once a document."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {}

    def read(self, passage: Passage) -> Iterator[tuple[str, str]]:
        """Abbreviations that this passage spells out for the first time."""
        for block in passage.blocks:
            for short, long in long_forms(block.text).items():
                if short not in self._seen and len(self._seen) < MAX_ABBREVIATIONS:
                    self._seen[short] = long
                    yield short, long

    def finish(self) -> tuple[()]:
        """Nothing is left."""
        return ()


class AbbreviationUseReader:
    """A sentence with the abbreviation alone -> one with the long form alone."""

    def __init__(self) -> None:
        self._long: dict[str, str] = {}
        self._with_short: dict[str, list[str]] = {}
        self._with_long: dict[str, list[str]] = {}

    def read(self, passage: Passage) -> tuple[()]:
        """Remember the first sentences of each; pairs come at the end."""
        for block in passage.blocks:
            for short, long in long_forms(block.text).items():
                if len(self._long) < MAX_ABBREVIATIONS:
                    self._long.setdefault(short, long)
            for sentence in filter(fits, block.sentences):
                self._keep(sentence)
        return ()

    def _keep(self, sentence: str) -> None:
        shorts = set(_SHORT.findall(sentence)) & self._long.keys()
        for short in sorted(shorts):
            if self._long[short].casefold() not in sentence.casefold():
                _add(self._with_short, short, sentence)
        lower = sentence.casefold()
        for short, long in self._long.items():
            if short not in shorts and long.casefold() in lower:
                _add(self._with_long, short, sentence)

    def finish(self) -> Iterator[tuple[str, str]]:
        """The sentences of each abbreviation, paired in order."""
        for short in sorted(self._with_short):
            yield from zip(self._with_short[short], self._with_long.get(short, ()), strict=False)


def _add(kept: dict[str, list[str]], short: str, sentence: str) -> None:
    sentences = kept.setdefault(short, [])
    if len(sentences) < MAX_SENTENCES and sentence not in sentences:
        sentences.append(sentence)
