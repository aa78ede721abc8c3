"""Embeddings kept on disk: a cache in which every row is checked before it is believed."""

import contextlib
import hashlib
import logging
import os
import sqlite3
import weakref
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cardiobench.errors import CardioBenchError

SIZE_VARIABLE = "CARDIOBENCH_EMBEDDING_CACHE_GIB"
DEFAULT_GIB = 4.0
# Seconds to wait for another process that writes.
PATIENCE = 60
# Largest difference, as a share of the largest number, that float noise makes.
NOISE = 1e-5

_SCHEMA = """
CREATE TABLE IF NOT EXISTS rows (key BLOB PRIMARY KEY, row BLOB, checksum BLOB);
CREATE TABLE IF NOT EXISTS probes (vector BLOB UNIQUE);
"""
# Errors of the surroundings, not of the file.
_ELSEWHERE = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_READONLY,
}
_T = TypeVar("_T")
Row = NDArray[np.float32]


class EmbeddingStore:
    """Embeddings by key, in one SQLite file.

    SQLite writes whole or not at all, takes turns between processes and holds no more in memory
    than a few pages. The store is only a cache: what cannot be read is missing, what cannot be
    written is not kept, a damaged file is made anew, a private one serves where the folder cannot
    be used, and no run fails because of it.

    Args:
        path: the file, or None for a private one that is gone with the process.
        limit: bytes that the files of the folder may take together; the longest unused go first.
    """

    def __init__(self, path: Path | None = None, limit: int | None = None) -> None:
        self._path = path
        self._limit = limit
        self._connection: sqlite3.Connection | None = None

    def read(self, keys: Sequence[bytes]) -> dict[bytes, Row]:
        """The rows, each shape (embedding dimension,), of those keys that are stored and whole."""

        def look(connection: sqlite3.Connection) -> dict[bytes, Row]:
            rows = {}
            for key in keys:
                stored = connection.execute(
                    "SELECT row, checksum FROM rows WHERE key = ?", (key,)
                ).fetchone()
                if stored and stored[1] == _checksum(key, stored[0]):
                    rows[key] = np.frombuffer(stored[0], dtype="<f4")
            return rows

        return self._attempt(look) or {}

    def write(self, rows: Mapping[bytes, Row]) -> None:
        """Keep rows by their keys, all or none."""

        def keep(connection: sqlite3.Connection) -> None:
            with connection:
                connection.executemany(
                    "INSERT OR REPLACE INTO rows VALUES (?, ?, ?)",
                    ((k, v, _checksum(k, v)) for k, v in ((k, _bytes(r)) for k, r in rows.items())),
                )

        self._attempt(keep)
        self._evict()

    def known_probe(self, probe: Row) -> bytes:
        """The bytes of the stored vector that equals ``probe`` up to float noise.

        Returns:
            The bytes of ``probe`` itself, stored from now on, if there is no such vector.
        """

        def look(connection: sqlite3.Connection) -> bytes:
            with connection:
                connection.execute("BEGIN IMMEDIATE")
                for (stored,) in connection.execute("SELECT vector FROM probes ORDER BY rowid"):
                    if len(stored) == probe.nbytes and _equal(
                        np.frombuffer(stored, dtype="<f4"), probe
                    ):
                        return bytes(stored)
                connection.execute("INSERT OR IGNORE INTO probes VALUES (?)", (_bytes(probe),))
            return _bytes(probe)

        return self._attempt(look) or _bytes(probe)

    def _attempt(self, action: Callable[[sqlite3.Connection], _T]) -> _T | None:
        """The action's answer, or None where the file does not serve."""
        try:
            if self._connection is None:
                self._connection = self._connect()
            return action(self._connection)
        # UnicodeDecodeError, a ValueError, is what a damaged schema may give.
        except (sqlite3.Error, OSError, ValueError) as error:
            logging.getLogger(__name__).debug("embedding cache: %s", error)
            # The low byte is the kind of error; the others say more about it.
            kind = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
            if not isinstance(error, OSError) and kind not in _ELSEWHERE:
                self._discard()
            elif self._connection is None:
                self._path = None
            return None

    def _connect(self) -> sqlite3.Connection:
        if self._path is not None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.touch()
        # SQLite keeps a nameless database in a temporary file that it removes at once.
        connection = sqlite3.connect(self._path or "", timeout=PATIENCE, check_same_thread=False)
        weakref.finalize(self, connection.close)
        if self._limit is not None:
            (page,) = connection.execute("PRAGMA page_size").fetchone()
            connection.execute(f"PRAGMA max_page_count = {max(1, self._limit // page)}")
        connection.executescript(_SCHEMA)
        return connection

    def _discard(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        if self._path is not None:
            _remove(self._path)

    def _evict(self) -> None:
        """Remove whole files, the longest unused first, until the folder keeps to its limit."""
        if self._path is None or self._limit is None:
            return
        with contextlib.suppress(OSError):
            sizes = {path: path.stat() for path in self._path.parent.glob("*.sqlite")}
            total = sum(stat.st_size for stat in sizes.values())
            for path, stat in sorted(sizes.items(), key=lambda item: item[1].st_mtime):
                if total > self._limit and path != self._path:
                    _remove(path)
                    total -= stat.st_size


def size_limit() -> int:
    """Bytes that the cache may take: ``CARDIOBENCH_EMBEDDING_CACHE_GIB``, or 4 GiB.

    Raises:
        CardioBenchError: the variable is not a positive number.
    """
    text = os.environ.get(SIZE_VARIABLE, str(DEFAULT_GIB))
    with contextlib.suppress(ValueError):
        if 0 < float(text) < float("inf"):
            return int(float(text) * 2**30)
    raise CardioBenchError(f"{SIZE_VARIABLE}={text!r} is not a size in GiB, such as 4 or 0.5.")


def _remove(path: Path) -> None:
    for file in (path, path.with_name(f"{path.name}-journal")):
        with contextlib.suppress(OSError):
            file.unlink()


def _bytes(row: Row) -> bytes:
    return row.astype("<f4").tobytes()


def _equal(first: Row, second: Row) -> bool:
    return bool(np.abs(first - second).max() <= NOISE * np.abs(second).max())


def _checksum(key: bytes, row: object) -> bytes:
    data = row if isinstance(row, bytes) else b""
    return hashlib.blake2b(key + data, digest_size=16).digest()
