"""Which release of each source is read: the one a pip package carries, or a file that is named."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from types import MappingProxyType

# Name on the command line and in recipes, to the name in listings and data cards.
TITLES: Mapping[str, str] = MappingProxyType(
    {"hpo": "HPO", "icd10cm": "ICD-10-CM", "hpo-annotations": "HPO annotations"}
)

_CARRIED: Mapping[str, Path] = MappingProxyType({})
_named: ContextVar[Mapping[str, Path]] = ContextVar("named_releases", default=_CARRIED)


@contextmanager
def releases(files: Mapping[str, Path]) -> Iterator[None]:
    """Read these files instead of the carried ones until the block ends.

    Args:
        files: names out of :data:`TITLES` to release files; sources not named stay carried.
    """
    before = _named.set(dict(files))
    try:
        yield
    finally:
        _named.reset(before)


def named_release(source: str) -> Path | None:
    """The file to read for a source (a name out of :data:`TITLES`); None: the carried one."""
    return _named.get().get(source)


def named_titles() -> frozenset[str]:
    """The sources, by their names in listings, that are not read from the carried file."""
    return frozenset(TITLES[source] for source in _named.get())
