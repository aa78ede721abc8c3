"""A training pair, and a checked set of them with its audit."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any

from cardiobench.foundation.files import canonical_json, sha256_text
from cardiobench.sources.concept import Concept

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
        hub_commits: commit at which each hub data set of the user's was read.
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
    hub_commits: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; ``hub_commits`` only where there are any."""
        values = asdict(self)
        if not self.hub_commits:
            del values["hub_commits"]
        return values


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainingPairs:
    """Checked pairs in a fixed order, with their audit."""

    pairs: tuple[Pair, ...]
    audit: Audit

    @property
    def sha256(self) -> str:
        """Content hash of the pairs (64 hexadecimal digits)."""
        return sha256_text(canonical_json([pair.to_json() for pair in self.pairs]))


def texts_of(concept: Concept) -> list[str]:
    """Every text of a concept, of any scope: a test concept's related synonyms are held out too."""
    texts = [concept.name, concept.definition, concept.comment]
    return [t for t in [*texts, *(s.text for s in concept.synonyms)] if t]
