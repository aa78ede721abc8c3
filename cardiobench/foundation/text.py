"""When two texts count as the same."""

import re
import unicodedata

_SEPARATORS = re.compile(r"[\W_]+")


def normalise(text: str) -> str:
    """Lower-case, compatibility-folded words joined by single spaces.

    Two texts with the same normal form are one text for leak checks: ``"T-wave inversion."`` and
    ``"t wave  inversion"`` both give ``"t wave inversion"``.
    """
    return _SEPARATORS.sub(" ", unicodedata.normalize("NFKC", text).casefold()).strip()


def squeeze(text: str) -> str:
    """The text with runs of white space made one space."""
    return " ".join(text.split())
