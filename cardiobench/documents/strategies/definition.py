"""Defined terms: sentences of the form "X is a ...", and glossaries."""

import re
from collections.abc import Iterator

from cardiobench.plugins.passage import Passage, fits

MAX_TERM_WORDS = 6
MIN_MEANING_WORDS = 4
_IS = re.compile(
    r"^(?P<term>[^,;:.?!]{2,80}?)(?:,\s+(?:or|also (?:called|known as))\s+[^,]{2,60},)?\s+"
    r"(?:(?:is|are)\s+(?=(?:an?|the|any|one of)\s)|(?:means|refers to|is defined as)\s+)"
    r"(?P<meaning>.+)$",
    re.DOTALL,
)
_ARE = re.compile(r"^(?P<term>[^,;:.?!]{2,60}?)\s+are\s+(?P<meaning>\S+.*\b(?:that|which)\b.+)$")
# What points back at the sentence before, or begins a sentence that defines nothing.
_POINTS = re.compile(
    r"(this|that|these|those|it|its|there|here|he|she|they|we|you|i|one|another|other|some|many|"
    r"most|all|each|every|both|such|who|what|which|when|where|why|how|if|although|because|while|"
    r"since|as|for|in|on|at|by|with|to|your|our|their|his|her|my|not|also|usually|often|however|"
    r"sometimes|so|then|thus|and|but|or|among|after|before|during)\b",
    re.IGNORECASE,
)
# "The most common cause is a ..." ranks or relates; it does not define.
_RELATES = re.compile(
    r"\b(most|main|major|first|second|last|next|best|only|common|leading|goal|aim|purpose|cause|"
    r"reason|result|sign|symptom|risk|factor|example|type|way|part|treatment|outlook|answer|"
    r"question|difference|problem|was|were|has|have|had|can|may|will|is|are)s?\b",
    re.IGNORECASE,
)
_GLOSSARY = re.compile(r"\b(glossary|key terms|definitions|abbreviations)\b", re.IGNORECASE)
_ENTRY = re.compile(
    r"^(?P<term>[^:\n]{2,60})(?::\s+|\s+[\u2013\u2014]\s+|\n)(?P<meaning>.+)$", re.DOTALL
)
_QUOTES = "\"'\u201c\u201d\u2018\u2019"


def defined(sentence: str) -> tuple[str, str] | None:
    """Term and meaning of a sentence that defines something, or None."""
    match = _IS.match(sentence) or _ARE.match(sentence)
    if match is None:
        return None
    term, meaning = match["term"].strip(f"{_QUOTES} "), match["meaning"].strip()
    if len(term.split()) > MAX_TERM_WORDS or len(meaning.split()) < MIN_MEANING_WORDS:
        return None
    if _POINTS.match(term) or _RELATES.search(term) or not term[:1].isalnum():
        return None
    return term, meaning


class DefinitionReader:
    """Defined term -> definition."""

    def read(self, passage: Passage) -> Iterator[tuple[str, str]]:
        """From definition lists, from entries below a heading "Glossary", and from sentences."""
        glossary = bool(passage.heading and _GLOSSARY.search(passage.heading[-1]))
        for block in passage.blocks:
            if block.kind == "definition":
                yield block.label, block.text
                continue
            entry = _ENTRY.match(block.text) if glossary else None
            if entry and block.kind in ("paragraph", "list"):
                yield entry["term"].strip(), entry["meaning"].strip()
                continue
            for sentence in filter(fits, block.sentences):
                pair = defined(sentence)
                if pair is not None:
                    yield pair

    def finish(self) -> tuple[()]:
        """Nothing is left."""
        return ()
