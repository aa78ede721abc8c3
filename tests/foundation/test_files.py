"""Files are written whole or not at all, JSON is strict, and damage is seen on reading."""

import errno
import json
import math
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cardiobench.errors import CardioBenchError
from cardiobench.foundation.files import (
    cache_dir,
    canonical_json,
    parse_toml,
    read_checked,
    read_json,
    sha256_file,
    sha256_text,
    whole_file,
    write_checked,
    write_json,
    write_text,
)

# Writes half of a file, says so, and waits to be killed.
HALF_WRITER = """
import sys, time
from pathlib import Path
from cardiobench.foundation.files import whole_file
with whole_file(Path(sys.argv[1])) as temporary, temporary.open("w") as stream:
    stream.write("half of the new te")
    stream.flush()
    print("half-way", flush=True)
    time.sleep(600)
"""

# Writes 40 kB where the system allows files of 1 kB, as a quota or a full disk would.
LIMITED_WRITER = """
import resource, signal, sys
from pathlib import Path
from cardiobench.errors import CardioBenchError
from cardiobench.foundation.files import write_json
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_FSIZE, (1024, 1024))
if sys.argv[2] == "killed":
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
try:
    write_json(Path(sys.argv[1]), list(range(10000)))
except CardioBenchError as error:
    print(error)
    raise SystemExit(error.exit_code)
"""


def run_limited(path: Path, how: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LIMITED_WRITER, str(path), how],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_new_file_appears_with_its_folders_and_is_readable_by_others(tmp_path):
    """Results are meant to be shared: the private mode of a temporary file is not kept."""
    path = tmp_path / "results" / "org__model" / "board.md"
    write_text(path, "# Naïve bøard\r\nsecond\n")
    assert path.read_bytes() == "# Naïve bøard\r\nsecond\n".encode()
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [p.name for p in path.parent.iterdir()] == ["board.md"]


def test_a_process_killed_half_way_leaves_the_old_file_whole(tmp_path):
    """SIGKILL in the middle of a write: the old text stays, and the next write goes through."""
    path = tmp_path / "board.md"
    write_text(path, "the old text\n")
    with subprocess.Popen(
        [sys.executable, "-c", HALF_WRITER, str(path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        assert writer.stdout.readline() == "half-way\n"
        assert path.read_text() == "the old text\n"
        writer.kill()
    assert writer.returncode == -signal.SIGKILL
    assert path.read_text() == "the old text\n"
    write_text(path, "the new text\n")
    assert path.read_text() == "the new text\n"


def test_a_process_killed_half_way_leaves_no_file_where_there_was_none(tmp_path):
    """A killed first write leaves nothing that could be taken for a result."""
    path = tmp_path / "Task.json"
    with subprocess.Popen(
        [sys.executable, "-c", HALF_WRITER, str(path)], stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout is not None
        writer.stdout.readline()
        writer.kill()
    assert not path.exists()
    assert list(tmp_path.glob("*.json")) == []


def test_a_kill_inside_write_json_leaves_the_old_file_whole(tmp_path):
    """The kernel kills the writer inside write_json itself (SIGXFSZ at the file size limit)."""
    path = tmp_path / "manifest.json"
    write_json(path, {"old": True})
    assert run_limited(path, "killed").returncode == -signal.SIGXFSZ
    assert read_json(path) == {"old": True}


def test_a_write_that_the_system_cuts_off_is_one_line_and_leaves_the_old_file(tmp_path):
    """A real failing write: one line that names file and cause, exit code 2, nothing left over."""
    path = tmp_path / "manifest.json"
    write_json(path, {"old": True})
    done = run_limited(path, "refused")
    assert done.returncode == 2
    assert done.stdout.splitlines() == [done.stdout.strip()]
    assert done.stdout.startswith(f"Cannot write {path}: File too large.")
    assert done.stderr == ""
    assert read_json(path) == {"old": True}
    assert [p.name for p in tmp_path.iterdir()] == ["manifest.json"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_said_in_one_line_and_leaves_the_old_file(tmp_path):
    """/dev/full gives the error that a full disk gives."""
    path = tmp_path / "speed.json"
    write_text(path, "old")

    def fill() -> None:
        with whole_file(path) as temporary:
            temporary.write_text("new")
            Path("/dev/full").write_text("new")

    with pytest.raises(CardioBenchError, match="No space left on device") as caught:
        fill()
    assert "\n" not in str(caught.value)
    assert isinstance(caught.value.__cause__, OSError)
    assert caught.value.__cause__.errno == errno.ENOSPC
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["speed.json"]


def test_an_error_of_the_writer_passes_through_and_leaves_the_old_file(tmp_path):
    """An error that is not about files keeps its type; the file is untouched."""
    path = tmp_path / "a.txt"
    write_text(path, "old")

    def fail() -> None:
        with whole_file(path) as temporary:
            temporary.write_text("new")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_text_that_is_not_unicode_leaves_the_old_file(tmp_path):
    """A lone surrogate cannot be written as UTF-8; the failing write leaves nothing half-done."""
    path = tmp_path / "a.txt"
    write_text(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_text(path, "new " * 10_000 + "\ud800")
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("where", ["in-the-way/board.md", "in-the-way/deeper/board.md"])
def test_a_file_where_a_folder_is_wanted_is_said_in_one_line(tmp_path, where):
    """The message names the path, the cause and what to do."""
    (tmp_path / "in-the-way").write_text("I am a file")
    with pytest.raises(CardioBenchError, match=r"Cannot write .*board\.md: .*--output") as caught:
        write_text(tmp_path / where, "new")
    assert "\n" not in str(caught.value)
    assert (tmp_path / "in-the-way").read_text() == "I am a file"


def test_a_folder_that_cannot_be_made_is_said_in_one_line():
    """/proc takes no new folders, not even from root."""
    with pytest.raises(CardioBenchError, match=r"Cannot write /proc/nope/board\.md: ") as caught:
        write_json(Path("/proc/nope/board.md"), {})
    assert "\n" not in str(caught.value)


def test_a_folder_in_the_place_of_the_file_is_said_in_one_line(tmp_path):
    """The folder, with what it holds, stays."""
    path = tmp_path / "board.md"
    path.mkdir()
    (path / "mine.txt").write_text("mine")
    with pytest.raises(CardioBenchError, match=r"Cannot write .*board\.md: Is a directory"):
        write_text(path, "new")
    assert [p.name for p in tmp_path.rglob("*")] == ["board.md", "mine.txt"]


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_numbers_that_json_does_not_have_are_refused(tmp_path, value):
    """A NaN score never reaches a file; the old file stays."""
    path = tmp_path / "scores.json"
    write_json(path, {"score": 0.5})
    with pytest.raises(ValueError, match="Out of range float"):
        write_json(path, {"score": value})
    with pytest.raises(ValueError, match="Out of range float"):
        canonical_json([value])
    assert read_json(path) == {"score": 0.5}


def test_json_written_is_read_back_equal_and_is_stable(tmp_path):
    """Equal values give equal bytes, whatever the order of their keys."""
    first, second = tmp_path / "1.json", tmp_path / "2.json"
    write_json(first, {"b": [1, 2.5, None, True], "a": "µ ≥ 3\r\n"})
    write_json(second, {"a": "µ ≥ 3\r\n", "b": [1, 2.5, None, True]})
    assert first.read_bytes() == second.read_bytes()
    assert first.read_bytes().endswith(b"\n")
    assert read_json(first) == {"b": [1, 2.5, None, True], "a": "µ ≥ 3\r\n"}
    assert canonical_json({"b": 1, "a": "é"}) == '{"a":"é","b":1}'


def test_reading_json_that_is_not_there_names_the_file(tmp_path):
    """One line, no traceback type of Python's own."""
    with pytest.raises(CardioBenchError, match=r"Cannot read .*absent\.json") as caught:
        read_json(tmp_path / "absent.json")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b'{\n "a": 1,\n "b": \n', r"damaged\.json:4: not JSON"),
        (b"", r"damaged\.json:1: not JSON"),
        (b"\xff\xfe{}", r"Cannot read .*damaged\.json"),
        (b"[" * 200_000 + b"]" * 200_000, r"damaged\.json is nested too deeply"),
    ],
    ids=["cut off", "empty", "not UTF-8", "deep"],
)
def test_reading_damaged_json_names_file_and_line(tmp_path, content, message):
    """The line at which the file stops making sense is given."""
    path = tmp_path / "damaged.json"
    path.write_bytes(content)
    with pytest.raises(CardioBenchError, match=message) as caught:
        read_json(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "one\ntwo\n", "\n\nµ", "a\r\nb\rc\n", "\u2028\x85 x"])
def test_a_cached_text_is_read_back_as_it_was(tmp_path, text):
    """Line ends of any system survive, the empty text too."""
    path = tmp_path / "cache" / "text"
    write_checked(path, text)
    assert read_checked(path) == text


def test_a_damaged_cached_text_counts_as_absent(tmp_path):
    """Any cut or changed byte is seen; nothing is raised."""
    path = tmp_path / "text"
    assert read_checked(path) is None
    write_checked(path, json.dumps({"name": "Aortic valve stenosis"}))
    whole = path.read_bytes()
    for cut in range(len(whole)):
        path.write_bytes(whole[:cut])
        assert read_checked(path) is None, f"cut at byte {cut}"
    for place in (0, 40, 64, 70, len(whole) - 1):
        changed = bytearray(whole)
        changed[place] ^= 1
        path.write_bytes(changed)
        assert read_checked(path) is None, f"changed at byte {place}"
    path.write_bytes(b"\xff" + whole)
    assert read_checked(path) is None
    path.write_bytes(whole)
    assert read_checked(path) == json.dumps({"name": "Aortic valve stenosis"})


def test_hashes_are_the_published_sha256(tmp_path):
    """The FIPS 180-2 test vector for "abc", from a text and from a file."""
    published = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    path = tmp_path / "abc"
    path.write_bytes(b"abc")
    assert sha256_text("abc") == published
    assert sha256_file(path) == published


def test_the_cache_folder_can_be_chosen(monkeypatch, tmp_path):
    """CARDIOBENCH_CACHE wins over the platform's cache folder; empty counts as unset."""
    monkeypatch.setenv("CARDIOBENCH_CACHE", str(tmp_path))
    assert cache_dir() == tmp_path
    monkeypatch.setenv("CARDIOBENCH_CACHE", "")
    assert cache_dir().name == "cardiobench"


def test_a_byte_order_mark_is_read_over(tmp_path):
    """Some editors write one."""
    path = tmp_path / "marked.json"
    path.write_bytes(b'\xef\xbb\xbf{"a": 1}')
    assert read_json(path) == {"a": 1}


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "a = " + "9" * 5_000, "a ="])
def test_toml_that_cannot_be_read_is_one_line(text):
    """Cut off, too deep, or a number of more digits than Python reads."""
    with pytest.raises(CardioBenchError, match=r"^mine\.toml is ") as caught:
        parse_toml(text, "mine.toml")
    assert "\n" not in str(caught.value)
