"""The pairs that are kept of a strategy that gives more than wanted: a hash chooses them."""

import hashlib
import heapq
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

# Longer texts are cut: no model reads on.
MAX_WORDS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentPair:
    """A pair as a strategy gave it.

    Attributes:
        strategy: name of the strategy.
        anchor: the first text.
        positive: the second text.
        document: number of the document, in the order of reading.
        passage: number of the passage in it; one past the last for what needed the whole document.
    """

    strategy: str
    anchor: str
    positive: str
    document: int
    passage: int


class Best:
    """At most so many pairs of each strategy; which they are does not depend on the order."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._heaps: dict[str, list[tuple[int, int, DocumentPair]]] = {}
        self._ranks: dict[str, set[int]] = {}
        self._added = 0
        self.found: Counter[str] = Counter()

    def add(self, pair: DocumentPair) -> None:
        """Count a pair, and keep it if its hash is among the smallest; no pair counts twice."""
        heap = self._heaps.setdefault(pair.strategy, [])
        ranks = self._ranks.setdefault(pair.strategy, set())
        text = f"{pair.anchor}\n{pair.positive}".encode()
        rank = int.from_bytes(hashlib.blake2b(text, digest_size=8).digest())
        if rank in ranks:
            return
        self.found[pair.strategy] += 1
        self._added += 1
        item = (-rank, -self._added, pair)
        if len(heap) < self._limit:
            heapq.heappush(heap, item)
        elif item > heap[0]:
            ranks.discard(-heapq.heapreplace(heap, item)[0])
        else:
            return
        ranks.add(rank)

    def pairs(self) -> tuple[DocumentPair, ...]:
        """What is kept, by strategy, then in reading order."""
        return tuple(
            pair
            for strategy in sorted(self._heaps)
            for _, _, pair in sorted(self._heaps[strategy], key=lambda item: -item[1])
        )

    def merge(self, pairs: Iterable[DocumentPair], found: Counter[str]) -> None:
        """Add what another one kept, of the pairs that it found."""
        before = self.found.copy()
        for pair in pairs:
            self.add(pair)
        self.found = before + found


def shortened(text: str) -> str:
    """A text's first 200 words."""
    words = text.split()
    return text if len(words) <= MAX_WORDS else " ".join(words[:MAX_WORDS])
