"""What keeps test texts and test pairs out of the training pairs."""

import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from cardiobench.foundation.text import normalise, split_sentences
from cardiobench.pairs.pair import Pair, texts_of
from cardiobench.sources.concept import Concept
from cardiobench.sources.split import split_of


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
        if pair.from_documents and self._holds_test_sentence(pair):
            return "test_text"
        joined = frozenset((pair.concept, pair.other)) in self._joined
        if joined or any(self.joins(anchor, text) for text in others):
            return "separation"
        return None

    def _holds_test_sentence(self, pair: Pair) -> bool:
        """Whether a sentence of a paragraph is a test text: prose may quote one."""
        return any(
            self.held_out(normalise(sentence))
            for text in (pair.anchor, pair.positive)
            for sentence in split_sentences(text)
        )
