"""One run at a time for each model of an output folder; others wait and find it done."""

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path


@contextlib.contextmanager
def only_one(output: Path, label: str, say: Callable[[str], None]) -> Iterator[None]:
    """Hold the lock of a model while the block runs; the system frees it if the process dies.

    Args:
        output: folder of the results.
        label: the model.
        say: told once if another process holds the lock.
    """
    from filelock import FileLock, Timeout

    folder = output / ".locks"
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / f"{label.replace('/', '__')}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout:
        say(f"Waiting for another run of {label} in {output}.")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()
