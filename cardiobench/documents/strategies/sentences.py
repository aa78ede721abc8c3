"""Sentences of one paragraph: with the rest of it, and with the next one."""

from collections.abc import Iterator
from itertools import pairwise

from cardiobench.foundation.files import sha256_text
from cardiobench.plugins.passage import Passage, fits


def _paragraphs(passage: Passage) -> Iterator[tuple[str, ...]]:
    return (block.sentences for block in passage.blocks if block.kind == "paragraph")


class ClozeReader:
    """A sentence -> the other sentences of its paragraph (Lee et al., 2019)."""

    def read(self, passage: Passage) -> Iterator[tuple[str, str]]:
        """One pair for each paragraph of three sentences or more; a hash chooses the sentence."""
        for sentences in _paragraphs(passage):
            usable = [i for i, sentence in enumerate(sentences) if fits(sentence)]
            if len(sentences) < 3 or not usable:
                continue
            chosen = min(usable, key=lambda i: sha256_text(sentences[i]))
            rest = [s for i, s in enumerate(sentences) if i != chosen]
            yield sentences[chosen], " ".join(rest)

    def finish(self) -> tuple[()]:
        """Nothing is left."""
        return ()


class NeighbourReader:
    """A sentence -> the one after it, in the same paragraph."""

    def read(self, passage: Passage) -> Iterator[tuple[str, str]]:
        """Both must be long enough; paragraphs are not joined."""
        for sentences in _paragraphs(passage):
            for first, second in pairwise(sentences):
                if fits(first) and fits(second):
                    yield first, second

    def finish(self) -> tuple[()]:
        """Nothing is left."""
        return ()


class SentenceReader:
    """Sentences to be said in other words; a plugin gives the positive later."""

    def read(self, passage: Passage) -> Iterator[tuple[str, str]]:
        """Each sentence, with itself as placeholder."""
        for sentences in _paragraphs(passage):
            for sentence in filter(fits, sentences):
                yield sentence, sentence

    def finish(self) -> tuple[()]:
        """Nothing is left."""
        return ()
