"""Ways to tell pairs apart, or triplets, without knowing what the texts mean."""

import re
from collections.abc import Callable

import numpy as np

from cardiobench.audit.claims import DEFINITION_LSA
from cardiobench.audit.held_out import held_out_scores
from cardiobench.audit.latent import definition_lsa, own_lsa
from cardiobench.audit.likeness import (
    Bm25,
    Fit,
    Floats,
    SharedWords,
    character_tfidf,
    lengths,
    random_vectors,
    word_tfidf,
)
from cardiobench.audit.pair_items import PairItems

RANDOM_SEEDS = 20
_NEGATION = re.compile(
    r"\b(no|not|never|none|nor|neither|without|absent|absence|denies|denied|deny|negative|free of|"
    r"ruled out|rules out|excluded|excludes|lacks|lack|lacking|cannot|unlikely|\w+n't)\b",
    re.IGNORECASE,
)

# Several rankings of one shortcut, whose scores are averaged; each of shape (n,).
Rankings = list[Floats]
PairShortcut = Callable[[PairItems], Rankings]


def _by(fit: Fit, sign: int = 1) -> PairShortcut:
    return lambda items: [sign * fit(items.first, items.second).pairs()]


def _bm25(items: PairItems) -> Rankings:
    """Either text asks for the other."""
    there = Bm25(items.first, items.second).pairs()
    return [there + Bm25(items.second, items.first).pairs()]


def _total_length(sign: int) -> PairShortcut:
    return lambda items: [sign * (lengths(items.first) + lengths(items.second))]


def _length_difference(sign: int) -> PairShortcut:
    return lambda items: [sign * np.abs(lengths(items.first) - lengths(items.second))]


def _random(items: PairItems) -> Rankings:
    return [random_vectors(seed)(items.first, items.second).pairs() for seed in range(RANDOM_SEEDS)]


def _first_alone(items: PairItems) -> Rankings:
    return [held_out_scores([items.first], items.labels, items.clusters)]


def _second_alone(items: PairItems) -> Rankings:
    return [held_out_scores([items.second], items.labels, items.clusters)]


def _both_apart(items: PairItems) -> Rankings:
    return [held_out_scores([items.first, items.second], items.labels, items.clusters)]


def _same_negation(items: PairItems) -> Rankings:
    """Whether both texts, or neither, hold a word of negation."""
    negated = [
        np.array([bool(_NEGATION.search(text)) for text in side])
        for side in (items.first, items.second)
    ]
    return [(negated[0] == negated[1]).astype(np.float64)]


_OF_BOTH: dict[str, PairShortcut] = {
    "most shared words": _by(SharedWords),
    "fewest shared words": _by(SharedWords, -1),
    "longest": _total_length(1),
    "shortest": _total_length(-1),
    "lengths alike": _length_difference(-1),
    "lengths unlike": _length_difference(1),
    "TF-IDF of words": _by(word_tfidf),
    "TF-IDF of words, least": _by(word_tfidf, -1),
    "TF-IDF of characters": _by(character_tfidf),
    "TF-IDF of characters, least": _by(character_tfidf, -1),
    "BM25": _bm25,
    "LSA of the task's texts": _by(own_lsa),
    DEFINITION_LSA: _by(definition_lsa),
    "random vectors": _random,
}
PAIR_SHORTCUTS: dict[str, PairShortcut] = {
    **_OF_BOTH,
    "first text alone": _first_alone,
    "second text alone": _second_alone,
    "both texts, not compared": _both_apart,
}
# The first text of a triplet is the same in both of its rows.
TRIPLET_SHORTCUTS: dict[str, PairShortcut] = {
    **_OF_BOTH,
    "candidate alone": _second_alone,
    "same negation": _same_negation,
}


def pair_shortcuts(items: PairItems) -> dict[str, PairShortcut]:
    """The shortcuts of pairs or of triplets, by name."""
    return TRIPLET_SHORTCUTS if items.is_triplets else PAIR_SHORTCUTS
