"""Related and unrelated concept pairs from an ontology, matched on lexical overlap.

*Similar*: two concepts of one area that are close in the hierarchy (Lin >= 0.7): one a kind of the
other, or both kinds of one. *Different*: two concepts of different areas, far apart (Lin <= 0.45),
whose names share no root of a word but generic ones ("left", "chronic"), no anatomical site and no
topic, and that annotated diseases do not tie together more than chance. The texts of both sides are
the same: each similar pair exchanges its second concept with another's.
"""

import functools
import hashlib
import heapq
import itertools
import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cardiobench.foundation.files import sha256_text
from cardiobench.foundation.text import normalise
from cardiobench.sources.concept import Concept
from cardiobench.sources.ontology import Ontology
from cardiobench_tasks.kinship import lin_matrix, tied_by_disease
from cardiobench_tasks.lexical import LexicalViews
from cardiobench_tasks.matching import Pairing, exchange_partners
from cardiobench_tasks.residual import is_residual
from cardiobench_tasks.shared_words import shared_roots, word_roots
from cardiobench_tasks.specialty import Specialty

SIMILAR_LIN = 0.7
DIFFERENT_LIN = 0.45
# Grouping terms say little by themselves and are no clinical statement.
MAX_DESCENDANTS = 20
_GROUPING = re.compile(
    r"(abnormal|abnormality|anomaly|anomalous|morphological|diseases|disorders)\b|.*\bprocedure\b",
    re.IGNORECASE,
)
# What lies in such a class has no more in common than that nothing else fitted.
_GRAB_BAG = re.compile(r"\b(specified|unspecified|elsewhere|ill-defined)\b", re.IGNORECASE)
MIN_NAME_CHARACTERS = 5

# A specialty larger than this is sampled by a hash of the identifier: enough pairs, bounded memory.
MAX_CONCEPTS = 1500
# No concept may stand for too much of a side.
MAX_USES = 8
# Similar pairs with more in common (summed over eight views) find no unrelated pair like them.
MAX_OVERLAP = 3.0
# Bounds memory and time; a hash chooses.
MAX_SIMILAR = 1200
MAX_UNMATCHED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class ConceptPair:
    """Two concepts under the texts that stand for them in the task."""

    concept1: str
    concept2: str
    text1: str
    text2: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SeparationPairs:
    """Both sides of the matched stratum (same length, pair by pair) and of the unmatched one."""

    similar: list[ConceptPair]
    different: list[ConceptPair]
    unmatched_similar: list[ConceptPair]
    unmatched_different: list[ConceptPair]


class ConceptPairs:
    """The usable concepts of a specialty, and which two of them are similar or different.

    Args:
        ontology: the whole hierarchy.
        specialty: says which sites and areas tie concepts together.
        area_of: the specialty's concepts and the area of each.
        diseases_of: diseases annotated with each concept.
    """

    def __init__(
        self,
        ontology: Ontology,
        specialty: Specialty,
        area_of: Mapping[str, str],
        diseases_of: Mapping[str, frozenset[str]],
    ) -> None:
        self._ontology = ontology
        self._specialty = specialty
        self._area_of = area_of
        usable = [i for i in area_of if self._usable(ontology.concepts[i])]
        self.ids = sorted(sorted(usable, key=sha256_text)[:MAX_CONCEPTS])
        self._lin = lin_matrix(ontology, self.ids)
        self._tied = tied_by_disease(ontology, self.ids, diseases_of)

    def _usable(self, concept: Concept) -> bool:
        small = len(self._ontology.descendants(concept.id)) <= MAX_DESCENDANTS
        named = not _GROUPING.match(concept.name) and not is_residual(concept.name)
        return small and named and bool(self.names(concept.id))

    def names(self, concept_id: str) -> tuple[str, ...]:
        """The names a concept may appear under: exact, no code, no residual class."""
        names = self._ontology.concepts[concept_id].exact_names()
        return tuple(n for n in names if len(n) >= MIN_NAME_CHARACTERS and not is_residual(n))

    def similar(self) -> list[tuple[str, str]]:
        """Concepts of one area of which one is a kind of the other, or both of one thing."""
        return list(self._similar)

    @functools.cached_property
    def _similar(self) -> list[tuple[str, str]]:
        concepts = self._ontology.concepts
        parents = {
            i: {p for p in concepts[i].parents if not _GRAB_BAG.search(concepts[p].name)}
            for i in self.ids
        }
        ancestors = self._ontology.ancestors
        return [
            (first, second)
            for first, second in self._where(self._lin >= SIMILAR_LIN)
            if self._area_of[first] == self._area_of[second]
            and (
                first in parents[second]
                or second in parents[first]
                or (
                    parents[first] & parents[second]
                    and first not in ancestors(second)
                    and second not in ancestors(first)
                )
            )
        ]

    def different(self) -> list[tuple[str, str]]:
        """Unrelated concepts, in identifier order."""
        return self._where(self.unrelated())

    def unrelated(self) -> NDArray[np.bool_]:
        """Which two concepts are unrelated, by their places in ``ids``, shape (n, n)."""
        return self._unrelated

    @functools.cached_property
    def _unrelated(self) -> NDArray[np.bool_]:
        names = [self._ontology.concepts[i].exact_names() for i in self.ids]
        shared = shared_roots([word_roots(synonyms) for synonyms in names])
        shared |= shared_roots([self._sites(synonyms) for synonyms in names])
        areas = np.array([self._area_of[i] for i in self.ids])
        apart = areas[:, None] != areas[None, :]
        for one, other in map(sorted, self._specialty.tied_areas):
            tied = (areas == one)[:, None] & (areas == other)[None, :]
            apart &= ~(tied | tied.T)
        return np.asarray((self._lin <= DIFFERENT_LIN) & apart & ~self._tied & ~shared)

    def unmatched(self) -> tuple[list[ConceptPair], list[ConceptPair]]:
        """As many similar as different pairs under their preferred names, chosen by a hash."""
        similar = heapq.nsmallest(MAX_UNMATCHED, self._similar, key=_pair_hash)
        different = heapq.nsmallest(len(similar), self.different(), key=_pair_hash)
        return [self._plain(*p) for p in sorted(similar)], [self._plain(*p) for p in different]

    def _plain(self, first: str, second: str) -> ConceptPair:
        return ConceptPair(
            concept1=first,
            concept2=second,
            text1=self.names(first)[0],
            text2=self.names(second)[0],
        )

    def _where(self, mask: NDArray[np.bool_]) -> list[tuple[str, str]]:
        rows, columns = np.nonzero(np.triu(mask, k=1))
        ids = self.ids
        return [(ids[r], ids[c]) for r, c in zip(rows.tolist(), columns.tolist(), strict=True)]

    def _sites(self, names: tuple[str, ...]) -> frozenset[str]:
        words = {word for name in names for word in normalise(name).split()}
        sites = self._specialty.site_words
        return frozenset(sites[word] for word in words if word in sites)


class _Wording:
    """The names of some concepts as rows of the lexical views."""

    def __init__(
        self, pairs: ConceptPairs, ids: list[str], names: list[str], prose: list[str]
    ) -> None:
        self.texts = [name for i in ids for name in pairs.names(i)]
        ends = list(itertools.accumulate(len(pairs.names(i)) for i in ids))
        starts = [0, *ends[:-1]]
        self.rows = {i: range(a, b) for i, a, b in zip(ids, starts, ends, strict=True)}
        self.views = LexicalViews(self.texts, names, prose)

    def least(self, pairs: list[tuple[str, str]]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """The two names of each of n pairs of concepts that share the least wording.

        Returns:
            Their rows, int64, shape (n, 2), and their cosines summed over the views, float32 in
            [0, 8], shape (n,).
        """
        choices = [list(itertools.product(self.rows[a], self.rows[b])) for a, b in pairs]
        rows = np.array(list(itertools.chain(*choices)), dtype=np.int64).reshape(-1, 2)
        totals = self.views.pairs(rows[:, 0], rows[:, 1]).sum(axis=-1)
        ends = list(itertools.accumulate(map(len, choices)))
        starts = [0, *ends[:-1]]
        least = [a + int(np.argmin(totals[a:b])) for a, b in zip(starts, ends, strict=bool(ends))]
        return rows[least], totals[least]


def _pair_hash(pair: tuple[str, str]) -> bytes:
    return hashlib.sha256("|".join(pair).encode()).digest()


def _bounded(candidates: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Pairs in hashed order and direction, none of a concept beyond its share."""
    uses: Counter[str] = Counter()
    kept: list[tuple[str, str]] = []
    for pair in sorted(candidates, key=_pair_hash):
        if max(uses[pair[0]], uses[pair[1]]) < MAX_USES:
            uses.update(pair)
            kept.append(pair if _pair_hash(pair)[-1] % 2 else pair[::-1])
    return kept


def _exchanged(
    places: NDArray[np.int64], shared_wording: NDArray[np.float32], unrelated: NDArray[np.bool_]
) -> Pairing:
    """Which similar pairs, shape (p, 2) of rows of ``unrelated``, exchange their second concepts.

    The wording that a first and a second concept share has the shape (p, p, v).
    """
    x, y = places[:, :1], places[:, 1][None, :]
    names = np.minimum(x, y) * len(unrelated) + np.maximum(x, y)
    return exchange_partners(shared_wording, unrelated[x, y], names)


def build_separation(
    concepts: Mapping[str, Concept],
    specialty: Specialty,
    area_of: Mapping[str, str],
    diseases_of: Mapping[str, frozenset[str]],
    prose: list[str],
) -> SeparationPairs:
    """Build both strata for one specialty in one vocabulary.

    Similar pairs take the two names that share the least wording; different pairs are made of the
    same texts with as much wording in common (:func:`exchange_partners`).

    Args:
        concepts: every concept of the vocabulary by identifier.
        specialty: says which sites and areas tie concepts together.
        area_of: the specialty's concepts and the area of each.
        diseases_of: diseases annotated with each concept.
        prose: medical running text, for its word frequencies.

    Returns:
        Pairs in an order fixed by the concepts' identifiers.
    """
    pairs = ConceptPairs(Ontology(concepts), specialty, area_of, diseases_of)
    candidates, unrelated = pairs.similar(), pairs.unrelated()
    ids = sorted({i for pair in candidates for i in pair})
    wording = _Wording(pairs, ids, [c.name for c in concepts.values()], prose)
    bounded = _bounded(candidates)
    least, totals = wording.least(bounded)
    kept = np.flatnonzero(totals <= MAX_OVERLAP)[:MAX_SIMILAR].tolist()
    kept.sort(key=bounded.__getitem__)
    similar, rows = [bounded[k] for k in kept], least[kept]
    place = {i: k for k, i in enumerate(pairs.ids)}
    places = np.array([[place[a], place[b]] for a, b in similar], dtype=np.int64)
    pairing = _exchanged(places, wording.views.table(rows[:, 0], rows[:, 1]), unrelated)

    def pair(one: int, other: int) -> ConceptPair:
        return ConceptPair(
            concept1=similar[one][0],
            concept2=similar[other][1],
            text1=wording.texts[rows[one, 0]],
            text2=wording.texts[rows[other, 1]],
        )

    unmatched_similar, unmatched_different = pairs.unmatched()
    return SeparationPairs(
        similar=[pair(i, i) for i, _ in pairing],
        different=[pair(i, j) for i, j in pairing],
        unmatched_similar=unmatched_similar,
        unmatched_different=unmatched_different,
    )
