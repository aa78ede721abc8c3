"""Paragraphs that stood before, word for word or nearly; by hashes, so memory stays small."""

import functools
import hashlib
from typing import TYPE_CHECKING, Any

from cardiobench.foundation.text import normalise

if TYPE_CHECKING:
    import numpy as np

PERMUTATIONS = 64
# Estimated Jaccard similarity of word triples from which two paragraphs are one.
THRESHOLD = 0.85
SEED = 1
# Shorter texts are compared whole: a few shared words make no copy.
MIN_WORDS = 20
BOILERPLATE = 3


class Seen:
    """What was read so far, over all documents."""

    def __init__(self) -> None:
        self._counts: dict[bytes, int] = {}
        self._sketches: list[np.ndarray[Any, Any]] = []
        self._index: Any = None

    def reason(self, text: str, new: "Marks") -> str:
        """Why a text goes, or ``""``; then it counts as seen, and is noted in ``new``."""
        words = normalise(text)
        key = hashlib.blake2b(words.encode(), digest_size=8).digest()
        count = self._counts.get(key, 0)
        self._count(key)
        new.keys.append(key)
        if count:
            return "boilerplate" if count + 1 >= BOILERPLATE else "repeated"
        listed = words.split()
        if len(listed) < MIN_WORDS:
            return ""
        sketch = self._sketch(listed)
        if self._near(sketch):
            return "near repeated"
        self._add(sketch)
        new.sketches.append(sketch)
        return ""

    def replay(self, marks: "Marks") -> None:
        """Take what an earlier run noted of a document as seen."""
        for key in marks.keys:
            self._count(key)
        for sketch in marks.sketches:
            self._add(sketch)

    def _count(self, key: bytes) -> None:
        self._counts[key] = min(BOILERPLATE, self._counts.get(key, 0) + 1)

    def _sketch(self, words: list[str]) -> "np.ndarray[Any, Any]":
        made = _blank().copy()
        shingles = {" ".join(words[i : i + 3]) for i in range(len(words) - 2)}
        made.update_batch([shingle.encode() for shingle in sorted(shingles)])
        return made.hashvalues.astype("uint32")  # type: ignore[no-any-return]

    def _near(self, sketch: "np.ndarray[Any, Any]") -> bool:
        if self._index is None:
            return False
        return any(
            (self._sketches[place] == sketch).mean() >= THRESHOLD
            for place in self._index.query(_minhash(sketch))
        )

    def _add(self, sketch: "np.ndarray[Any, Any]") -> None:
        from datasketch import MinHashLSH

        if self._index is None:
            self._index = MinHashLSH(threshold=THRESHOLD - 0.1, num_perm=PERMUTATIONS)
        self._index.insert(len(self._sketches), _minhash(sketch), check_duplication=False)
        self._sketches.append(sketch)


class Marks:
    """What one document adds to :class:`Seen`: hashes of its texts, and sketches of long ones."""

    def __init__(self) -> None:
        self.keys: list[bytes] = []
        self.sketches: list[np.ndarray[Any, Any]] = []

    def to_bytes(self) -> tuple[bytes, bytes]:
        """Keys of 8 bytes each, and sketches of 4 bytes a permutation."""
        return b"".join(self.keys), b"".join(s.astype("<u4").tobytes() for s in self.sketches)

    @classmethod
    def from_bytes(cls, keys: bytes, sketches: bytes) -> "Marks":
        """What :meth:`to_bytes` gave."""
        import numpy as np

        marks = cls()
        marks.keys = [keys[i : i + 8] for i in range(0, len(keys), 8)]
        marks.sketches = list(np.frombuffer(sketches, dtype="<u4").reshape(-1, PERMUTATIONS))
        return marks


@functools.cache
def _blank() -> Any:
    from datasketch import MinHash

    return MinHash(num_perm=PERMUTATIONS, seed=SEED)


def _minhash(sketch: "np.ndarray[Any, Any]") -> Any:
    made = _blank().copy()
    made.hashvalues = sketch.astype(made.hashvalues.dtype)
    return made
