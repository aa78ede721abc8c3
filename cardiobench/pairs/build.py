"""Training pairs from concepts, split by concept and checked for leaks."""

import itertools
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping

from cardiobench.errors import UnknownNameError
from cardiobench.foundation.text import normalise
from cardiobench.pairs.leaks import LeakChecks
from cardiobench.pairs.pair import Audit, Pair, TrainingPairs
from cardiobench.pairs.relations import DEFAULT_RELATIONS, Terms, links, source_of
from cardiobench.pairs.relations import RELATIONS as ALL_RELATIONS
from cardiobench.sources.concept import Concept
from cardiobench.sources.split import split_of

# The relations that recipes train on by default; ALL_RELATIONS holds every one.
RELATIONS = DEFAULT_RELATIONS


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
    made = [pair for pair in pairs if pair.has_concept]
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
