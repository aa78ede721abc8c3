"""What cleaning left out: counts by reason, and the first few of each to look at."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

# Examples kept for each reason of one document, and the most of one that is kept.
EXAMPLES = 20
EXAMPLE_LENGTH = 200

REASONS = {
    "running head": "line at the edge of three or more pages",
    "page number": "number at the edge of a page",
    "reference": "entry of a list of references",
    "contents": "line of a table of contents",
    "table of numbers": "table whose cells are mostly numbers",
    "link or source": "line that only says where the text is from",
    "boilerplate": "text that stands in three or more documents or places",
    "repeated": "the same text as an earlier one",
    "near repeated": "nearly the same text as an earlier one (MinHash)",
    "too short": "sentence of fewer than 5 words",
    "too long": "sentence of more than 100 words",
    "hyphenation joined": "word that was broken at a line end; nothing is left out",
}


@dataclass(slots=True)
class Dropped:
    """Counts by reason, and examples that never leave the machine."""

    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    def add(self, reason: str, text: str) -> None:
        """Count one, and keep it if it is among the first."""
        self.counts[reason] += 1
        kept = self.examples[reason]
        if len(kept) < EXAMPLES:
            kept.append(" ".join(text.split())[:EXAMPLE_LENGTH])

    def merge(self, other: "Dropped") -> None:
        """Add those of another document."""
        self.counts.update(other.counts)
        for reason, texts in other.examples.items():
            kept = self.examples[reason]
            kept += texts[: EXAMPLES - len(kept)]

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return {"counts": dict(self.counts), "examples": dict(self.examples)}

    @classmethod
    def from_json(cls, value: dict[str, Any]) -> "Dropped":
        """What :meth:`to_json` gave."""
        examples: dict[str, list[str]] = defaultdict(list)
        examples.update(value["examples"])
        return cls(Counter(value["counts"]), examples)
