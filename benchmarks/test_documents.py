"""Reading a large text: time, peak memory, going on after a kill, and the same pairs every time.

The text is made up of made-up words, in paragraphs of 6.7 KB as in 1 GB of 150,000 paragraphs.
``CARDIOBENCH_BENCH_MB`` sets its size (50 MB, a twentieth, by default).
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

MEGABYTES = int(os.environ.get("CARDIOBENCH_BENCH_MB", "50"))
PARAGRAPH = 6_700
PEAK_MB = 1_500
# Reads a file in a process of its own, and tells what it took.
_READ = """
import json, resource, sys, time
from cardiobench.documents.library import read_library
from cardiobench.foundation.files import sha256_text
from cardiobench.pairs.documents import chosen_strategies
started = time.monotonic()
library = read_library([sys.argv[1]], chosen_strategies(()), limit=20_000)
print(json.dumps({
    "seconds": round(time.monotonic() - started, 1),
    "cpu_seconds": round(time.process_time(), 1),
    "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    "pairs": len(library.pairs),
    "found": sum(library.found.values()),
    "resumed": library.resumed,
    "sha256": sha256_text(repr(library.pairs)),
}))
"""


def write_book(path: Path, megabytes: int) -> int:
    """Write a text of made-up words; gives the number of its paragraphs."""
    chance = random.Random(0)  # noqa: S311  # no secret
    syllables = ["car", "di", "o", "my", "path", "ven", "tri", "cle", "ar", "te", "ry", "lo", "sis"]
    words = sorted({"".join(chance.choices(syllables, k=3)) for _ in range(20_000)})
    count = 0
    with path.open("w", encoding="utf-8") as stream:
        while stream.tell() < megabytes << 20:
            sentences: list[str] = []
            while sum(map(len, sentences)) < PARAGRAPH:
                some = " ".join(chance.choices(words, k=chance.randint(8, 25)))
                sentences.append(f"The {some} is of them all.")
            stream.write("\n".join(sentences) + "\n\n")
            count += 1
    return count


def read(path: Path, cache: Path, *, kill_after: float | None = None) -> dict[str, Any]:
    """Read a book; ``{}`` if it was killed after so many seconds."""
    with subprocess.Popen(
        [sys.executable, "-c", _READ, str(path)],
        env={**os.environ, "CARDIOBENCH_CACHE": str(cache)},
        stdout=subprocess.PIPE,
    ) as process:
        try:
            output, _ = process.communicate(timeout=kill_after)
        except subprocess.TimeoutExpired:
            process.kill()
            return {}
    assert process.returncode == 0
    return dict(json.loads(output))


def test_a_large_text(benchmark: Any, show: Callable[..., None], tmp_path: Path) -> None:
    """Read once whole, and once killed half-way and begun again: the pairs are the same."""
    book = tmp_path / "book.txt"
    paragraphs = write_book(book, MEGABYTES)
    started = time.monotonic()
    whole = benchmark.pedantic(read, args=(book, tmp_path / "whole"), rounds=1)
    seconds = time.monotonic() - started
    assert read(book, tmp_path / "killed", kill_after=seconds * 0.6) == {}
    resumed = read(book, tmp_path / "killed")
    show({"paragraphs": paragraphs, "whole": whole, "resumed": resumed})
    assert resumed["resumed"] > 0
    assert resumed["sha256"] == whole["sha256"]
    assert whole["peak_mb"] < PEAK_MB
