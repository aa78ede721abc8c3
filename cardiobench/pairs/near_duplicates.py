"""How many texts of the test tasks also stand, nearly, among the training texts.

Exact: the same characters. Normalised: the same words
(:func:`cardiobench.foundation.text.normalise`). Near: Jaccard similarity of shingles of at least
the threshold; MinHash finds the candidates, and each is then checked by its true Jaccard
similarity, so a reported text is never an accident of hashing.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from cardiobench.foundation.text import normalise

Shingles = Literal["characters", "words"]
KINDS = ("exact", "normalised", "near")

_PERMUTATIONS = 128
_SEED = 1
# Candidates are looked for from this much below the threshold, so that hashing misses next to none.
_SLACK = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class NearDuplicates:
    """What the audit of one training set found.

    Attributes:
        counts: task to kind (:data:`KINDS`) to the number of the task's items whose text is among
            the training texts in that way; an item counts once, under its strictest kind.
        items: task to the number of its items.
        examples: task to kind to the first few (item id, training id).
        threshold: Jaccard similarity from which two texts are near.
        shingles: what the similarity is over.
    """

    counts: dict[str, dict[str, int]]
    items: dict[str, int]
    examples: dict[str, dict[str, list[tuple[str, str]]]]
    threshold: float
    shingles: str

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def near_duplicates(
    training: Mapping[str, str] | Iterable[tuple[str, str]],
    tasks: Mapping[str, Mapping[str, str]],
    *,
    threshold: float = 0.8,
    shingles: Shingles = "characters",
    max_examples: int = 5,
) -> NearDuplicates:
    """Compare training texts with the texts of every test task.

    Args:
        training: (identifier, text) of the training texts; one identifier may have several.
        tasks: task name to item identifier to text.
        threshold: Jaccard similarity in (0, 1] from which two texts are near.
        shingles: ``characters`` (5 in a row, of the normal form) or ``words`` (3 in a row; a
            shorter text is one shingle).
        max_examples: examples to keep for each task and kind.

    Returns:
        Counts and examples; the same for the same input, whatever its order of training texts.
    """
    exact, by_words = _smallest_identifiers(training)
    wanted = {normalise(text) for items in tasks.values() for text in items.values()}
    unmatched = sorted(wanted - by_words.keys())
    near = _near(unmatched, by_words, threshold, _SHINGLERS[shingles])
    counts: dict[str, dict[str, int]] = {}
    examples: dict[str, dict[str, list[tuple[str, str]]]] = {}
    for task, items in tasks.items():
        matches: dict[str, list[tuple[str, str]]] = {kind: [] for kind in KINDS}
        for item, text in sorted(items.items()):
            words = normalise(text)
            for kind, owner in (
                ("exact", exact.get(text)),
                ("normalised", by_words.get(words)),
                ("near", near.get(words)),
            ):
                if owner is not None:
                    matches[kind].append((item, owner))
                    break
        counts[task] = {kind: len(rows) for kind, rows in matches.items()}
        examples[task] = {kind: rows[:max_examples] for kind, rows in matches.items()}
    return NearDuplicates(
        counts=counts,
        items={task: len(items) for task, items in tasks.items()},
        examples=examples,
        threshold=threshold,
        shingles=shingles,
    )


def jaccard(first: frozenset[str], second: frozenset[str]) -> float:
    """Shared shingles over all shingles, in [0, 1]; 0 for two empty sets."""
    union = len(first | second)
    return len(first & second) / union if union else 0.0


def character_shingles(normal_text: str) -> frozenset[str]:
    """Every 5 characters in a row of a normalised text, spaces at its ends among them."""
    padded = f" {normal_text} "
    return frozenset(padded[i : i + 5] for i in range(max(1, len(padded) - 4)))


def word_shingles(normal_text: str) -> frozenset[str]:
    """Every 3 words in a row of a normalised text; all words together where there are fewer."""
    words = normal_text.split()
    return frozenset(" ".join(words[i : i + 3]) for i in range(max(1, len(words) - 2)))


_SHINGLERS: dict[Shingles, Callable[[str], frozenset[str]]] = {
    "characters": character_shingles,
    "words": word_shingles,
}


def _smallest_identifiers(
    training: Mapping[str, str] | Iterable[tuple[str, str]],
) -> tuple[dict[str, str], dict[str, str]]:
    """Training text, and its normal form, to the smallest identifier that has it."""
    exact: dict[str, str] = {}
    by_words: dict[str, str] = {}
    for identifier, text in training.items() if isinstance(training, Mapping) else training:
        words = normalise(text)
        if words:
            exact[text] = min(identifier, exact.get(text, identifier))
            by_words[words] = min(identifier, by_words.get(words, identifier))
    return exact, by_words


def _near(
    tested: list[str],
    training: Mapping[str, str],
    threshold: float,
    shingler: Callable[[str], frozenset[str]],
) -> dict[str, str]:
    """Tested text to the training identifier of its most similar text, where that is near."""
    from datasketch import MinHash, MinHashLSH

    sets = {text: shingler(text) for text in tested if text}
    if not sets:
        return {}
    # False positives are checked below and cost time only, so they weigh less.
    index = MinHashLSH(
        threshold=max(0.05, threshold - _SLACK), num_perm=_PERMUTATIONS, weights=(0.1, 0.9)
    )
    blank = MinHash(num_perm=_PERMUTATIONS, seed=_SEED)

    def sketch(shingles: frozenset[str]) -> Any:
        made = blank.copy()
        made.update_batch([shingle.encode() for shingle in sorted(shingles)])
        return made

    for text, shingles in sets.items():
        index.insert(text, sketch(shingles), check_duplication=False)
    best: dict[str, tuple[float, str]] = {}
    for text, shingles in _possible(sets, training, threshold, shingler):
        for candidate in index.query(sketch(shingles)):
            similarity = jaccard(shingles, sets[candidate])
            if similarity >= threshold:
                # Ties go to the smallest identifier.
                rank = (-similarity, training[text])
                best[candidate] = min(rank, best.get(candidate, rank))
    return {text: identifier for text, (_, identifier) in best.items()}


def _possible(
    tested: Mapping[str, frozenset[str]],
    training: Iterable[str],
    threshold: float,
    shingler: Callable[[str], frozenset[str]],
) -> Iterator[tuple[str, frozenset[str]]]:
    """The training texts that could be near a tested one, without comparing them.

    Jaccard similarity t or more needs at least the share t of a text's shingles in the other, so a
    text with fewer of its shingles anywhere in the tested texts is near none. This drops no match.
    """
    known = frozenset[str]().union(*tested.values())
    for text in training:
        shingles = shingler(text)
        if len(shingles & known) >= threshold * len(shingles):
            yield text, shingles
