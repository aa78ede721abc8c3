"""Training pairs from concepts, split by concept, and the audit that shows they leak nothing."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

from cardiobench.errors import UnknownNameError
from cardiobench.foundation.files import canonical_json, sha256_text
from cardiobench.foundation.text import normalise
from cardiobench.pairs.relations import DEFAULT_RELATIONS, Terms, links, source_of
from cardiobench.pairs.relations import RELATIONS as ALL_RELATIONS
from cardiobench.sources.concept import Concept
from cardiobench.sources.split import split_of

# The relations that recipes train on by default; ALL_RELATIONS holds every one.
RELATIONS = DEFAULT_RELATIONS
# The relation of pairs that users bring.
OWN = "own"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two texts that belong together.

    Attributes:
        anchor: the first text.
        positive: a text that means, or describes, the same concept.
        concept: identifier of the concept; ``FILE:ROW`` for users' own pairs.
        relation: a name of :data:`cardiobench.pairs.relations.RELATIONS`, or :data:`OWN`.
        other: identifier of the positive's concept where the relation joins two; else ``""``.
        negative: a text that the anchor must stay away from, or ``""``.
    """

    anchor: str
    positive: str
    concept: str
    relation: str
    other: str = ""
    negative: str = ""

    def to_json(self) -> dict[str, str]:
        """Field name to text, empty fields left out."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: value for name, value in values.items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What the leak checks counted.

    Attributes:
        built: pairs of training concepts before the checks, users' own among them.
        removed_test_text: pairs dropped because a text of theirs is also a text of a test concept,
            of any loaded source, or of a task that we wrote.
        removed_separation: pairs dropped because their texts join the two concepts of a test pair.
        removed_repeated: pairs dropped because the same two texts, in either order, were already
            there, or because both texts are one.
        kept: pairs that remain.
        by_relation: kept pairs by relation.
        train_concepts: concepts with at least one kept pair; users' rows are no concepts.
        removed_test_concept: pairs dropped because the second of their concepts is a test concept.
        by_source: kept pairs by the source of their (first) concept, or by the user's file.
        negatives: pairs by where their negative comes from; empty where pairs have none.
    """

    built: int
    removed_test_text: int
    removed_separation: int
    removed_repeated: int
    kept: int
    by_relation: dict[str, int]
    train_concepts: int
    removed_test_concept: int = 0
    by_source: dict[str, int] = field(default_factory=dict)
    negatives: dict[str, int] = field(default_factory=dict)

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
        return sha256_text(canonical_json([pair.to_json() for pair in self.pairs]))


class LeakChecks:
    """What no training text may be, and which texts no training pair may join.

    Args:
        concepts: every concept of every loaded source; the texts of those on the test side are
            held out, whatever the source that a pair comes from.
        separation: concept pairs of separation test items.
        held_out_texts: further test texts, as they stand in the tasks.
    """

    def __init__(
        self,
        concepts: Mapping[str, Concept],
        separation: Collection[tuple[str, str]] = (),
        held_out_texts: Iterable[str] = (),
    ) -> None:
        self._held_out = {normalise(text) for text in held_out_texts}
        self._owners: dict[str, set[str]] = defaultdict(set)
        self._joined = {frozenset(pair) for pair in separation}
        tested = frozenset[str]().union(*self._joined)
        for concept in concepts.values():
            if split_of(concept.id) == "test":
                self._held_out.update(map(normalise, texts_of(concept)))
        for concept_id in tested & concepts.keys():
            for text in texts_of(concepts[concept_id]):
                self._owners[normalise(text)].add(concept_id)

    def held_out(self, normal_text: str) -> bool:
        """Whether a normalised text belongs to the test side."""
        return normal_text in self._held_out

    def joins(self, first: str, second: str) -> bool:
        """Whether two normalised texts belong to the two concepts of a separation test pair."""
        owners = self._owners.get(first, set()), self._owners.get(second, set())
        return any(frozenset(both) in self._joined for both in itertools.product(*owners))

    def reason(self, pair: Pair) -> str | None:
        """Why a pair must go, as the key of its count, or None."""
        if pair.other and split_of(pair.other) == "test":
            return "test_concept"
        anchor, *others = (normalise(t) for t in (pair.anchor, pair.positive, pair.negative) if t)
        if any(self.held_out(text) for text in (anchor, *others)):
            return "test_text"
        joined = frozenset((pair.concept, pair.other)) in self._joined
        if joined or any(self.joins(anchor, text) for text in others):
            return "separation"
        return None


def concept_pairs(
    concept: Concept, relations: Collection[str], terms: Terms | None = None
) -> Iterator[Pair]:
    """The pairs of one concept, for the relations asked for.

    Args:
        concept: the concept.
        relations: relations to build.
        terms: where relations between concepts find the second one; without it they give nothing.
    """
    known = terms or Terms(concepts={})
    for relation in ALL_RELATIONS:
        if relation in relations:
            for anchor, positive, other in links(concept, relation, known):
                yield Pair(
                    anchor=anchor,
                    positive=positive,
                    concept=concept.id,
                    relation=relation,
                    other=other,
                )


def training_pairs(
    concepts: Mapping[str, Concept],
    wanted: Iterable[str],
    *,
    relations: Collection[str] = RELATIONS,
    separation: Collection[tuple[str, str]] = (),
    findings: Mapping[str, Collection[str]] | None = None,
    held_out_texts: Iterable[str] = (),
    own: Iterable[Pair] = (),
) -> TrainingPairs:
    """Pairs of the training concepts that share no text with a test concept.

    Args:
        concepts: every concept of every loaded source by identifier.
        wanted: identifiers of the specialty's concepts, both sides of the split.
        relations: relations to build.
        separation: concept pairs of separation test items; no pair may join the two.
        findings: disease identifier to the phenotypes to pair it with.
        held_out_texts: further test texts, as they stand in the tasks.
        own: users' own pairs; they are checked as the others are.

    Returns:
        Pairs by concept identifier and relation, then users' own, and what was removed.

    Raises:
        UnknownNameError: there is no such relation.
    """
    for relation in relations:
        if relation not in ALL_RELATIONS:
            raise UnknownNameError("relation", relation, ALL_RELATIONS)
    terms = Terms(concepts=concepts, findings=findings or {})
    train = [i for i in sorted(set(wanted)) if split_of(i) == "train"]
    built = (pair for i in train for pair in concept_pairs(concepts[i], relations, terms))
    checks = LeakChecks(concepts, separation, held_out_texts)
    kept: dict[frozenset[str], Pair] = {}
    counts: Counter[str] = Counter()
    for pair in itertools.chain(built, own):
        counts["built"] += 1
        texts = frozenset((normalise(pair.anchor), normalise(pair.positive)))
        reason = checks.reason(pair)
        if reason is None and (texts in kept or len(texts) == 1):
            reason = "repeated"
        if reason is None:
            kept[texts] = pair
        else:
            counts[reason] += 1
    pairs = tuple(kept.values())
    return TrainingPairs(pairs=pairs, audit=_audit(pairs, counts))


def _audit(pairs: Collection[Pair], counts: Mapping[str, int]) -> Audit:
    made = [pair for pair in pairs if pair.relation != OWN]
    return Audit(
        built=counts["built"],
        removed_test_concept=counts["test_concept"],
        removed_test_text=counts["test_text"],
        removed_separation=counts["separation"],
        removed_repeated=counts["repeated"],
        kept=len(pairs),
        by_relation=dict(sorted(Counter(pair.relation for pair in pairs).items())),
        by_source=dict(sorted(Counter(source_of(pair.concept) for pair in pairs).items())),
        train_concepts=len({i for pair in made for i in (pair.concept, pair.other) if i}),
    )


def texts_of(concept: Concept) -> list[str]:
    """Every text of a concept, of any scope: a test concept's related synonyms are held out too."""
    texts = [concept.name, concept.definition, concept.comment]
    return [t for t in [*texts, *(s.text for s in concept.synonyms)] if t]
