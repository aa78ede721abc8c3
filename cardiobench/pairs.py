"""Training pairs from concepts, split by concept, and the audit that shows they leak nothing."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from cardiobench.files import canonical_json, sha256_text
from cardiobench.sources.concept import Concept
from cardiobench.split import Split, split_of
from cardiobench.text import normalise

RELATIONS: tuple[str, ...] = (
    "name-definition",
    "synonym-name",
    "synonym-definition",
    "definition-comment",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two texts of one concept.

    Attributes:
        anchor: the first text.
        positive: a text that means, or describes, the same concept.
        concept: identifier of the concept.
        relation: one of :data:`RELATIONS`.
    """

    anchor: str
    positive: str
    concept: str
    relation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What the leak checks counted.

    Attributes:
        built: pairs of training concepts before the checks.
        removed_test_text: pairs dropped because a text of theirs is also a text of a test concept.
        removed_separation: pairs dropped because their texts join the two concepts of a test pair.
        removed_repeated: pairs dropped because the same two texts, in either order, were already
            there, or because both texts are one.
        kept: pairs that remain.
        by_relation: kept pairs by relation.
        train_concepts: concepts with at least one kept pair.
    """

    built: int
    removed_test_text: int
    removed_separation: int
    removed_repeated: int
    kept: int
    by_relation: dict[str, int]
    train_concepts: int

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPairs:
    """Checked pairs in a fixed order, with their audit."""

    pairs: tuple[Pair, ...]
    audit: Audit

    @property
    def sha256(self) -> str:
        """Content hash of the pairs (64 hexadecimal digits)."""
        return sha256_text(canonical_json([asdict(pair) for pair in self.pairs]))


def concept_pairs(concept: Concept, relations: Collection[str]) -> Iterator[Pair]:
    """The pairs of one concept, for the relations asked for."""
    name, *synonyms = concept.exact_names()
    candidates = [
        ("name-definition", name, concept.definition),
        *(("synonym-name", synonym, name) for synonym in synonyms),
        *(("synonym-definition", synonym, concept.definition) for synonym in synonyms),
        ("definition-comment", concept.definition, concept.comment),
    ]
    for relation, anchor, positive in candidates:
        if relation in relations and anchor and positive:
            yield Pair(anchor=anchor, positive=positive, concept=concept.id, relation=relation)


def training_pairs(
    concepts: Mapping[str, Concept],
    wanted: Iterable[str],
    *,
    relations: Collection[str] = RELATIONS,
    separation: Collection[tuple[str, str]] = (),
) -> TrainingPairs:
    """Pairs of the training concepts that share no text with a test concept.

    Args:
        concepts: every concept by identifier.
        wanted: identifiers of the specialty's concepts, both sides of the split.
        relations: relations to build.
        separation: concept pairs of separation test items; no pair may join the two.

    Returns:
        Pairs by concept identifier and relation, and what was removed.
    """
    sides: dict[Split, list[Concept]] = {"train": [], "test": []}
    for concept_id in sorted(set(wanted)):
        sides[split_of(concept_id)].append(concepts[concept_id])
    held_out = {normalise(text) for concept in sides["test"] for text in _texts(concept)}
    owners: dict[str, set[str]] = defaultdict(set)
    for concept in itertools.chain.from_iterable(sides.values()):
        for text in _texts(concept):
            owners[normalise(text)].add(concept.id)
    joined = {frozenset(pair) for pair in separation}
    kept: dict[frozenset[str], Pair] = {}
    counts: Counter[str] = Counter()
    for concept in sides["train"]:
        for pair in concept_pairs(concept, relations):
            counts["built"] += 1
            key = (normalise(pair.anchor), normalise(pair.positive))
            texts = frozenset(key)
            if held_out & texts:
                counts["test_text"] += 1
            elif any(
                frozenset(both) in joined
                for both in itertools.product(owners[key[0]], owners[key[1]])
            ):
                counts["separation"] += 1
            elif texts in kept or len(texts) == 1:
                counts["repeated"] += 1
            else:
                kept[texts] = pair
    pairs = tuple(kept.values())
    audit = Audit(
        built=counts["built"],
        removed_test_text=counts["test_text"],
        removed_separation=counts["separation"],
        removed_repeated=counts["repeated"],
        kept=len(pairs),
        by_relation=dict(sorted(Counter(pair.relation for pair in pairs).items())),
        train_concepts=len({pair.concept for pair in pairs}),
    )
    return TrainingPairs(pairs=pairs, audit=audit)


def _texts(concept: Concept) -> list[str]:
    """Every text of a concept, of any scope: a test concept's related synonyms are held out too."""
    texts = [concept.name, concept.definition, concept.comment]
    return [t for t in [*texts, *(s.text for s in concept.synonyms)] if t]
