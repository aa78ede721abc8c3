"""All documents of a user, read one after the other: pairs, and a summary without their text."""

import inspect
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from cardiobench.documents.best import Best, DocumentPair
from cardiobench.documents.dropped import Dropped
from cardiobench.documents.duplicates import Seen
from cardiobench.documents.extraction import (
    Extraction,
    extract,
    read_extraction,
    write_extraction,
)
from cardiobench.documents.paths import document_files
from cardiobench.documents.unit import Unit, units_of
from cardiobench.errors import DataError
from cardiobench.foundation.files import canonical_json, sha256_file, sha256_text
from cardiobench.foundation.machine import own_version
from cardiobench.plugins.passage import PairStrategy

# Whose versions change what is read.
LIBRARIES = ("abbreviations", "datasketch", "kreuzberg", "markdown-it-py", "sentencex")
# Share of a document's prose that is not English from which it is named.
FOREIGN = 0.2

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What documents gave.

    Attributes:
        pairs: by strategy, then in reading order; at most the limit of each.
        found: pairs by strategy, before the limit.
        sha256: hash of each document that was read, sorted.
        failed: (file name, reason) of those that were not.
        foreign: (file name, share of its prose that is not English), where that is much.
        dropped: what cleaning left out.
        resumed: documents, or parts, that an earlier run had read.
    """

    pairs: tuple[DocumentPair, ...]
    found: Counter[str]
    sha256: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]
    foreign: tuple[tuple[str, float], ...]
    dropped: Dropped
    resumed: int

    def facts(self) -> dict[str, Any]:
        """What the manifest of an entry says: hashes and counts, no name, no path, no text."""
        return {
            "sha256": list(self.sha256),
            "failed": len(self.failed),
            "found": dict(sorted(self.found.items())),
            "dropped": dict(sorted(self.dropped.counts.items())),
        }


def read_library(
    origins: Iterable[str],
    strategies: Sequence[PairStrategy],
    *,
    limit: int,
    progress: Progress = lambda done, total: None,
) -> Library:
    """Read documents; what an earlier, killed run finished is not read again.

    Args:
        origins: files, folders and globs.
        strategies: how pairs are made.
        limit: most pairs of one strategy; a hash of the two texts chooses.
        progress: called with (bytes done, bytes in all).

    Raises:
        DataError: an origin matches nothing, or no document can be read.
        CardioBenchError: the extra ``documents`` is not installed.
    """
    check_installed()
    files = document_files(origins)
    reading = _Reading(strategies, limit, progress, sum(f.stat().st_size for f in files))
    for number, file in enumerate(files):
        reading.document(file, number)
    if len(reading.failed) == len(files):
        shown = "; ".join(f"{name}: {reason}" for name, reason in reading.failed[:5])
        raise DataError(f"No document can be read. {shown}.")
    return Library(
        pairs=reading.best.pairs(),
        found=reading.best.found,
        sha256=tuple(sorted(reading.sha256)),
        failed=tuple(reading.failed),
        foreign=tuple(reading.foreign),
        dropped=reading.dropped,
        resumed=reading.resumed,
    )


def check_installed() -> None:
    """Say in one line what to install.

    Raises:
        DataError: a library of the extra ``documents`` is missing.
    """
    for library in (*LIBRARIES, "defusedxml"):
        try:
            version(library)
        except PackageNotFoundError as error:
            raise DataError(
                f"Reading documents needs {library}. Type: pip install 'cardiobench[documents]'"
            ) from error


def _code(strategy: PairStrategy) -> str:
    """Hash of the file that a strategy is written in: a changed one reads anew."""
    try:
        file = inspect.getsourcefile(strategy.start)
    except TypeError:  # a partial, or what was built in a terminal
        return ""
    return sha256_file(Path(file)) if file and Path(file).is_file() else ""


class _Reading:
    """Documents in order, each compared with those before it."""

    def __init__(
        self, strategies: Sequence[PairStrategy], limit: int, progress: Progress, total: int
    ) -> None:
        self._strategies, self._limit = strategies, limit
        self._progress, self._total, self._done = progress, total, 0
        self._seen = Seen()
        names = [[strategy.name, _code(strategy)] for strategy in strategies]
        libraries = [version(library) for library in LIBRARIES]
        self._key = sha256_text(canonical_json([own_version(), names, limit, libraries]))
        self.best = Best(limit)
        self.sha256: list[str] = []
        self.failed: list[tuple[str, str]] = []
        self.foreign: list[tuple[str, float]] = []
        self.dropped = Dropped()
        self.resumed = 0

    def document(self, path: Path, number: int) -> None:
        """Read a document whole, or note why not and go on with the next."""
        size = path.stat().st_size
        start = self._done
        try:
            sha256 = sha256_file(path)
            parts = [self._part(unit, sha256, number) for unit in units_of(path)]
        except (DataError, OSError) as error:
            if str(error).startswith("The pair strategy"):
                raise
            self.failed.append((path.name, str(error)))
        else:
            self.sha256.append(sha256)
            self._take(path.name, parts)
        self._done = start + size
        self._progress(self._done, self._total)

    def _part(self, unit: Unit, sha256: str, number: int) -> Extraction:
        key = sha256_text(canonical_json([self._key, sha256, unit.kind, unit.start]))
        made = read_extraction(key, number)
        if made is None:
            made = extract(unit, self._strategies, self._seen, document=number, limit=self._limit)
            write_extraction(made, key)
        else:
            self._seen.replay(made.marks)
            self.resumed += 1
        # Later documents are compared with this one, so what they give depends on it.
        self._key = key
        self._done += unit.size
        self._progress(self._done, self._total)
        return made

    def _take(self, name: str, parts: Sequence[Extraction]) -> None:
        told = foreign = first = 0
        for part in parts:
            # Passages are numbered through the parts of a document.
            shifted = (
                DocumentPair(
                    strategy=p.strategy,
                    anchor=p.anchor,
                    positive=p.positive,
                    document=p.document,
                    passage=p.passage + first,
                )
                for p in part.pairs
            )
            self.best.merge(shifted, part.found)
            self.dropped.merge(part.dropped)
            first += part.passages + 1
            told += part.language.told
            foreign += part.language.foreign
        if told and foreign / told >= FOREIGN:
            self.foreign.append((name, foreign / told))
