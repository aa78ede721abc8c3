"""When two texts count as the same."""

import re
import unicodedata

_SEPARATORS = re.compile(r"[\W_]+")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+|\s*\n\s*")
# A shorter sentence is a phrase that any text may hold.
SHORTEST_SENTENCE = 6


def normalise(text: str) -> str:
    """Lower-case, compatibility-folded words joined by single spaces.

    Two texts with the same normal form are one text for leak checks: ``"T-wave inversion."`` and
    ``"t wave  inversion"`` both give ``"t wave inversion"``.
    """
    return _SEPARATORS.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def squeeze(text: str) -> str:
    """The text with runs of white space made one space."""
    return " ".join(text.split())


def split_sentences(text: str) -> list[str]:
    """The sentences of a text, six words or more each, for leak checks: ends are taken roughly."""
    sentences = _SENTENCE_END.split(text)
    return [sentence for sentence in sentences if len(sentence.split()) >= SHORTEST_SENTENCE]
