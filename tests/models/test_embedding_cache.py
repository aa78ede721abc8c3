"""The embedding cache may lose rows, but never gives a wrong one and never stops a run."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from cardiobench.errors import CardioBenchError
from cardiobench.models.embedding_cache import SIZE_VARIABLE, EmbeddingStore, Row, size_limit

DIMENSION = 96


def rows_of(name: str, count: int) -> dict[bytes, Row]:
    """Made-up rows that follow from their keys alone."""
    keys = [f"{name}-{number}".encode() for number in range(count)]
    return {
        key: np.random.default_rng(list(key)).random(DIMENSION, dtype=np.float32) for key in keys
    }


def assert_only_right_rows(store: EmbeddingStore, rows: dict[bytes, Row]) -> int:
    """Every row found is the one that was stored; how many were found."""
    found = store.read(list(rows))
    for key, row in found.items():
        np.testing.assert_array_equal(row, rows[key])
    return len(found)


def test_rows_are_there_for_the_next_process(tmp_path: Path) -> None:
    """What one store writes, another on the same file reads; other keys are missing."""
    rows = rows_of("a", 5)
    EmbeddingStore(tmp_path / "x.sqlite").write(rows)
    again = EmbeddingStore(tmp_path / "x.sqlite")
    assert assert_only_right_rows(again, rows) == 5
    assert again.read([b"other"]) == {}


def test_a_private_store_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a path rows are found again in the process, and no file is seen."""
    monkeypatch.chdir(tmp_path)
    store, rows = EmbeddingStore(), rows_of("a", 5)
    store.write(rows)
    assert assert_only_right_rows(store, rows) == 5
    assert list(tmp_path.iterdir()) == []


def test_no_damaged_byte_is_ever_believed(tmp_path: Path) -> None:
    """Bytes changed all over the file: a row is right or missing, and the store goes on."""
    rows = rows_of("a", 40)
    path = tmp_path / "x.sqlite"
    EmbeddingStore(path).write(rows)
    whole = path.read_bytes()
    found = []
    for place in range(0, len(whole), 509):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        store = EmbeddingStore(path)
        found.append(assert_only_right_rows(store, rows))
        store.write(rows)
        again = assert_only_right_rows(store, rows)
        if again < len(rows):
            # Damage that only writing met: the file was made anew, so the next write is kept.
            store.write(rows)
            again = assert_only_right_rows(store, rows)
        assert again == len(rows), place
    assert min(found) < len(rows), "some damage was met"


@pytest.mark.parametrize("kept", [0, 1, 100, 5000, -1])
def test_a_truncated_file_is_made_anew(tmp_path: Path, kept: int) -> None:
    """Cut anywhere, nothing wrong is read and the file serves again."""
    rows = rows_of("a", 40)
    path = tmp_path / "x.sqlite"
    EmbeddingStore(path).write(rows)
    path.write_bytes(path.read_bytes()[:kept])
    store = EmbeddingStore(path)
    assert_only_right_rows(store, rows)
    for _ in range(2):
        store.write(rows)
    assert assert_only_right_rows(EmbeddingStore(path), rows) == len(rows)


def test_a_folder_that_cannot_be_used_stops_no_run(tmp_path: Path) -> None:
    """A file where the folder should be: the store is private instead."""
    (tmp_path / "taken").write_text("")
    store, rows = EmbeddingStore(tmp_path / "taken" / "x.sqlite"), rows_of("a", 3)
    store.write(rows)
    store.write(rows)
    assert assert_only_right_rows(store, rows) == 3


WRITER = """
import sys
sys.path.insert(0, sys.argv[3])
from pathlib import Path
from test_embedding_cache import rows_of
from cardiobench.models.embedding_cache import EmbeddingStore
store = EmbeddingStore(Path(sys.argv[1]))
rows = rows_of(sys.argv[2], 400)
print("ready", flush=True)
sys.stdin.readline()
for number in range(0, 400, 10):
    store.write(dict(list(rows.items())[number:number + 10]))
"""


def start_writer(path: Path, name: str) -> "subprocess.Popen[str]":
    """A process that writes 400 rows in blocks of 10 once it is told to."""
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path), name, str(Path(__file__).parent)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    assert process.stdout.readline() == "ready\n"
    return process


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    """Nothing of either is lost."""
    path = tmp_path / "x.sqlite"
    writers = {name: start_writer(path, name) for name in ("a", "b")}
    for writer in writers.values():
        assert writer.stdin
        writer.stdin.write("\n")
        writer.stdin.flush()
    for name, writer in writers.items():
        writer.communicate()
        assert writer.returncode == 0
        assert assert_only_right_rows(EmbeddingStore(path), rows_of(name, 400)) == 400


def test_a_killed_writer_loses_nothing_that_was_there(tmp_path: Path) -> None:
    """Killed at several moments, the file keeps what it had and only whole blocks come to it."""
    path = tmp_path / "x.sqlite"
    before = rows_of("before", 30)
    EmbeddingStore(path).write(before)
    for number, delay in enumerate((0.0, 0.005, 0.02, 0.05)):
        writer = start_writer(path, f"w{number}")
        assert writer.stdin
        writer.stdin.write("\n")
        writer.stdin.flush()
        time.sleep(delay)
        os.kill(writer.pid, signal.SIGKILL)
        writer.communicate()
        store = EmbeddingStore(path)
        assert assert_only_right_rows(store, before) == 30
        assert assert_only_right_rows(store, rows_of(f"w{number}", 400)) % 10 == 0


def test_the_longest_unused_files_go_first(tmp_path: Path) -> None:
    """Whole files of other models go until the folder keeps to its limit, never one's own."""
    rows = rows_of("a", 100)
    for age, name in enumerate(("new", "middle", "old")):
        EmbeddingStore(tmp_path / f"{name}.sqlite").write(rows)
        os.utime(tmp_path / f"{name}.sqlite", (1e9 - age, 1e9 - age))
    size = (tmp_path / "old.sqlite").stat().st_size
    store = EmbeddingStore(tmp_path / "mine.sqlite", int(3.5 * size))
    store.write(rows)
    assert {path.stem for path in tmp_path.iterdir()} == {"new", "middle", "mine"}
    for number in range(20):
        store.write(rows_of(f"more-{number}", 100))
    assert {path.stem for path in tmp_path.iterdir()} == {"mine"}
    assert (tmp_path / "mine.sqlite").stat().st_size <= 3.5 * size
    assert assert_only_right_rows(store, rows) == 100, "what was there stays"


def test_the_size_is_the_users_choice(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment variable in GiB; anything else is refused in one line."""
    monkeypatch.setenv(SIZE_VARIABLE, "0.5")
    assert size_limit() == 2**29
    for wrong in ("much", "-1", "0", "inf", "nan"):
        monkeypatch.setenv(SIZE_VARIABLE, wrong)
        with pytest.raises(CardioBenchError, match=f"{SIZE_VARIABLE}='{wrong}' is not a size"):
            size_limit()


def test_a_probe_is_known_up_to_float_noise(tmp_path: Path) -> None:
    """Equal models give the same bytes in every process; another model gives others."""
    store = EmbeddingStore(tmp_path / "x.sqlite")
    probe = np.linspace(-1, 1, 50, dtype=np.float32)
    first = store.known_probe(probe)
    again = EmbeddingStore(tmp_path / "x.sqlite")
    assert again.known_probe(probe + np.float32(1e-7)) == first
    assert again.known_probe(probe * np.float32(1.001)) != first
    assert again.known_probe(probe[:40]) != first
    nothing = np.full(50, np.nan, dtype=np.float32)
    assert again.known_probe(nothing) == again.known_probe(nothing) != first
