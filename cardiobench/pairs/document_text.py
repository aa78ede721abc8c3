"""Whether a text quotes the documents that a model was trained on: by hashes, not by their text."""

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.errors import DataError
from cardiobench.foundation.files import whole_file
from cardiobench.foundation.text import normalise

if TYPE_CHECKING:
    import numpy as np

# Words in a row that no two texts share by chance.
WORDS = 8
# Each so many words one run of them is kept, so that 11 copied words always hold one.
STRIDE = 4


def write_fingerprint(texts: Iterable[str], path: Path) -> None:
    """Keep the hashes of runs of eight words of texts, whole or not at all.

    Args:
        texts: what a model was trained on.
        path: a file that ends in ``.npy``: sorted 64-bit hashes.
    """
    import numpy as np

    hashes = {value for text in texts for value in _hashes(text, STRIDE)}
    with whole_file(path) as temporary, temporary.open("wb") as stream:
        np.save(stream, np.sort(np.fromiter(hashes, dtype="<u8", count=len(hashes))))


def read_fingerprint(path: Path) -> "np.ndarray[Any, Any]":
    """What :func:`write_fingerprint` kept.

    Raises:
        DataError: it cannot be read.
    """
    import numpy as np

    try:
        values: np.ndarray[Any, Any] = np.load(path, allow_pickle=False)
    except (OSError, ValueError) as error:
        raise DataError(f"Cannot read {path}: {error}. Train again.") from error
    return values


def quotes(text: str, fingerprint: "np.ndarray[Any, Any]") -> bool:
    """Whether a text has eight words in a row that were kept; 11 copied words always do."""
    import numpy as np

    hashes = np.fromiter(_hashes(text, 1), dtype="<u8")
    return bool(np.isin(hashes, fingerprint).any())


def _hashes(text: str, stride: int) -> Iterator[int]:
    words = normalise(text).split()
    last = len(words) - WORDS
    # The last run too: a short sentence has no other.
    for i in sorted({*range(0, last + 1, stride), *([last] if last >= 0 else [])}):
        run = " ".join(words[i : i + WORDS]).encode()
        yield int.from_bytes(hashlib.blake2b(run, digest_size=8).digest(), "little")
