"""Fixed parts of the training pairs: a share of them, and a validation part by concept."""

from collections import Counter
from dataclasses import replace

from cardiobench.foundation.files import sha256_text
from cardiobench.foundation.text import normalise
from cardiobench.pairs.pair import Pair, TrainingPairs
from cardiobench.pairs.relations import source_of

SHARE_VERSION = "cardiobench-share-v1"
VALIDATION_VERSION = "cardiobench-validation-v1"


def share_of(pairs: TrainingPairs, fraction: float) -> TrainingPairs:
    """About this share of the pairs; a smaller share is part of every larger one.

    A hash of the two texts decides, so a pair keeps its place when sources gain or lose others.

    Args:
        pairs: the pairs, checked.
        fraction: more than 0, at most 1.

    Returns:
        The pairs in their order; the audit counts what is left.
    """
    if fraction >= 1:
        return pairs
    kept = tuple(
        pair
        for pair in pairs.pairs
        if _place(SHARE_VERSION, f"{pair.anchor}\n{pair.positive}") < fraction
    )
    made = [pair for pair in kept if pair.has_concept]
    audit = replace(
        pairs.audit,
        kept=len(kept),
        by_relation=dict(sorted(Counter(pair.relation for pair in kept).items())),
        by_source=dict(sorted(Counter(source_of(pair.concept) for pair in kept).items())),
        train_concepts=len({i for pair in made for i in (pair.concept, pair.other) if i}),
    )
    return replace(pairs, pairs=kept, audit=audit)


def validation_split(
    pairs: TrainingPairs, fraction: float
) -> tuple[tuple[Pair, ...], tuple[Pair, ...]]:
    """Training and validation pairs that share no concept and no text.

    A hash of the identifier puts about this share of the concepts on the validation side. A pair of
    two concepts on different sides is in neither part, nor is a validation pair with a text that
    is trained on.

    Args:
        pairs: the training pairs; test concepts are not among them.
        fraction: share of the concepts, at least 0, less than 1.
    """
    if not fraction:
        return pairs.pairs, ()
    train: list[Pair] = []
    held_out: list[Pair] = []
    for pair in pairs.pairs:
        concepts = [i for i in (pair.concept, pair.other) if i]
        inside = {_place(VALIDATION_VERSION, i) < fraction for i in concepts}
        if len(inside) == 1:
            (held_out if inside.pop() else train).append(pair)
    trained = {normalise(t) for p in train for t in (p.anchor, p.positive, p.negative)}
    unseen = (
        pair
        for pair in held_out
        if trained.isdisjoint((normalise(pair.anchor), normalise(pair.positive)))
    )
    return tuple(train), tuple(unseen)


def _place(version: str, key: str) -> float:
    """A number in [0, 1) that the key alone decides."""
    return int(sha256_text(f"{version}:{key}")[:8], 16) / 2**32
