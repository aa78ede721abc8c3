"""Names and other texts that a board shows: none of them is markup or looks like another."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

_ACTIVE = re.compile(r"<|javascript:|vbscript:|data:", re.IGNORECASE)
# Letters that many fonts draw alike; case and separators are not seen either.
_ALIKE = str.maketrans("il1|0o5s2z8b", "lllloosszzbb")
_SEED = re.compile(r"seed\d+$")
_NEAR = 2
_LONG_ENOUGH = 6
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


def near_name(name: str, known: Iterable[str]) -> str | None:
    """A known name that is one or two letters from this one, or the same under another owner.

    Seeds of one recipe (``...-seed0``, ``...-seed1``) are no near names of each other.
    """
    own, model = _plain(name), name.partition("/")[2]
    stem = _SEED.sub("", name)
    others = [
        other
        for other in sorted(known)
        if other != name and not (stem != name and _SEED.sub("", other) == stem)
    ]
    for other in others:
        if model.lower() == other.partition("/")[2].lower() and len(model) >= _LONG_ENOUGH:
            return other
    for limit in range(1, _NEAR + 1):
        for other in others:
            if _is_within(own, _plain(other), limit):
                return other
    return None


def _plain(name: str) -> str:
    return re.sub(r"[._-]+", "", name.lower())


def _is_within(one: str, two: str, limit: int) -> bool:
    """Whether two texts are at most so many insertions, deletions, changes or swaps apart."""
    if abs(len(one) - len(two)) > limit:
        return False
    spare = Counter(one)
    spare.subtract(two)
    if sum(map(abs, spare.values())) > 2 * limit:
        return False  # each edit changes two counts at most
    older: list[int] = []
    before = list(range(len(two) + 1))
    for row, letter in enumerate(one, start=1):
        now = [row]
        for column, other in enumerate(two, start=1):
            cost = min(before[column] + 1, now[-1] + 1, before[column - 1] + (letter != other))
            swapped = row > 1 and column > 1 and (one[row - 2], letter) == (other, two[column - 2])
            now.append(min(cost, older[column - 2] + 1) if swapped else cost)
        if min(now) > limit:
            return False
        older, before = before, now
    return before[-1] <= limit


def registry_names() -> frozenset[str]:
    """Names of the models that mteb knows without a network."""
    from mteb.models.model_implementations import MODEL_REGISTRY

    return frozenset(MODEL_REGISTRY)
