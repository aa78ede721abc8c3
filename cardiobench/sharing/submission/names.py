"""Names and other texts that a board shows: none of them is markup or looks like another."""

import re
from collections.abc import Iterable, Iterator
from typing import Any

_ACTIVE = re.compile(r"<|javascript:|vbscript:|data:", re.IGNORECASE)
# Letters that many fonts draw alike; case and separators are not seen either.
_ALIKE = str.maketrans("il1|0o5s2z8b", "lllloosszzbb")
_PAIRS = (("rn", "m"), ("vv", "w"), ("cl", "d"))


def wrong_with_prose(text: str) -> str | None:
    """What is wrong with a text that no board shows, such as a citation."""
    if any(not c.isprintable() and c not in "\n\t\r" for c in text):
        return "a text with control characters"
    return "HTML or a script address in a text" if _ACTIVE.search(text) else None


def texts_in(value: Any) -> Iterator[str]:
    """Every string of a JSON value, keys included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from texts_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts_in(part)


def skeleton(name: str) -> str:
    """What is left of a name for the eye: equal skeletons look alike.

    The idea of Unicode Technical Standard 39 (skeletons), for the ASCII that names may hold.
    """
    folded = re.sub(r"[._-]+", "-", name.lower())
    for pair, single in _PAIRS:
        folded = folded.replace(pair, single)
    return folded.translate(_ALIKE)


def look_alike(name: str, known: Iterable[str]) -> str | None:
    """A known name, other than this one, that looks like it."""
    own = skeleton(name)
    return next(
        (other for other in sorted(known) if other != name and skeleton(other) == own), None
    )
