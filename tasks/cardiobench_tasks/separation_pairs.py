"""Related and unrelated concept pairs from an ontology, matched on lexical overlap.

*Similar*: two concepts that share a parent and are close in the hierarchy (Lin >= 0.75), neither
above the other. *Different*: two concepts of different areas, far apart (Lin <= 0.45), that share
neither an anatomical site nor a topic word and that annotated diseases do not tie together more
than chance. Each side is written with the concepts' names or exact synonyms.
"""

import itertools
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cardiobench.foundation.files import sha256_text
from cardiobench.foundation.text import normalise
from cardiobench.sources.concept import Concept
from cardiobench.sources.ontology import Ontology
from cardiobench_tasks.lexical import LexicalViews
from cardiobench_tasks.matching import match_pairs
from cardiobench_tasks.specialty import Specialty

SIMILAR_LIN = 0.75
DIFFERENT_LIN = 0.45
# Diseases may show both concepts of a different pair this many times as often as by chance.
MAX_DISEASE_LIFT = 2.0
# Grouping terms say little by themselves and are no clinical statement.
MAX_DESCENDANTS = 20
_GROUPING = re.compile(r"(abnormal|abnormality|anomaly|anomalous|morphological)\b", re.IGNORECASE)
MIN_NAME_CHARACTERS = 5
# Residual classes of ICD-10-CM: what they leave out defines them, not what they say.
_RESIDUAL = re.compile(
    r"\b(other|others|unspecified|elsewhere|nos|certain|without mention|procedure)\b", re.IGNORECASE
)

# A specialty larger than this is sampled by a hash of the identifier: enough pairs, bounded memory.
MAX_CONCEPTS = 1500
# Large specialties have more candidates than anyone needs; a hash chooses.
MAX_SIMILAR = 1000
MAX_DIFFERENT = 200_000
# Controls that share next to no wording are interchangeable; this many are enough.
MAX_PLAIN_CONTROLS = 4000
PLAIN_OVERLAP = 0.05


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
        self._lin = _lin_matrix(ontology, self.ids)
        self._tied = _tied_by_disease(ontology, self.ids, diseases_of)

    def _usable(self, concept: Concept) -> bool:
        small = len(self._ontology.descendants(concept.id)) <= MAX_DESCENDANTS
        return small and not _GROUPING.match(concept.name) and bool(self.names(concept.id))

    def names(self, concept_id: str) -> tuple[str, ...]:
        """The names a concept may appear under: exact, no code, no residual class."""
        names = self._ontology.concepts[concept_id].exact_names()
        return tuple(n for n in names if len(n) >= MIN_NAME_CHARACTERS and not _RESIDUAL.search(n))

    def similar(self) -> list[tuple[str, str]]:
        """Close siblings, in identifier order."""
        concepts, ancestors = self._ontology.concepts, self._ontology.ancestors
        return [
            (first, second)
            for first, second in self._where(self._lin >= SIMILAR_LIN)
            if set(concepts[first].parents) & set(concepts[second].parents)
            and first not in ancestors(second)
            and second not in ancestors(first)
        ]

    def different(self) -> list[tuple[str, str]]:
        """Unrelated concepts, in identifier order."""
        sites = {i: self._sites(i) for i in self.ids}
        tied = self._specialty.tied_areas
        return [
            (first, second)
            for first, second in self._where((self._lin <= DIFFERENT_LIN) & ~self._tied)
            if self._area_of[first] != self._area_of[second]
            and frozenset((self._area_of[first], self._area_of[second])) not in tied
            and not sites[first] & sites[second]
        ]

    def _where(self, mask: NDArray[np.bool_]) -> list[tuple[str, str]]:
        rows = np.argwhere(np.triu(mask, k=1))
        return [(self.ids[row], self.ids[column]) for row, column in rows]

    def _sites(self, concept_id: str) -> frozenset[str]:
        names = self._ontology.concepts[concept_id].exact_names()
        words = {word for name in names for word in normalise(name).split()}
        sites = self._specialty.site_words
        return frozenset(sites[word] for word in words if word in sites)


def _tied_by_disease(
    ontology: Ontology, ids: list[str], diseases_of: Mapping[str, frozenset[str]]
) -> NDArray[np.bool_]:
    """Whether diseases show two concepts together more often than chance allows, shape (n, n)."""
    none: frozenset[str] = frozenset()
    column = {d: k for k, d in enumerate(sorted(none.union(*diseases_of.values())))}
    shown = np.zeros((len(ids), len(column)), dtype=np.float32)
    for row, concept_id in enumerate(ids):
        diseases = none.union(*(diseases_of.get(d, none) for d in ontology.descendants(concept_id)))
        shown[row, [column[d] for d in diseases]] = 1.0
    counts = shown.sum(axis=1)
    chance = np.outer(counts, counts) / max(len(column), 1)
    # Counts stay far below 2**24, so float32 sums are exact on any machine.
    return np.asarray(shown @ shown.T > MAX_DISEASE_LIFT * chance)


def _lin_matrix(ontology: Ontology, ids: list[str]) -> NDArray[np.float64]:
    """Lin similarity of all pairs (see :meth:`Ontology.lin`), shape (n, n), float64 in [0, 1]."""
    below: dict[str, list[int]] = defaultdict(list)
    for row, concept_id in enumerate(ids):
        for ancestor in ontology.ancestors(concept_id):
            below[ancestor].append(row)
    content = {ancestor: ontology.information_content(ancestor) for ancestor in below}
    common = np.zeros((len(ids), len(ids)))
    # The most specific common ancestor is written last and stays.
    for ancestor in sorted(below, key=content.__getitem__):
        common[np.ix_(below[ancestor], below[ancestor])] = content[ancestor]
    own = np.array([content[i] for i in ids])
    return np.asarray(np.round(2.0 * common / (own[:, None] + own[None, :]), 6))


class _Wording:
    """The names of the concepts as rows of the lexical views."""

    def __init__(self, pairs: ConceptPairs, names: list[str], prose: list[str]) -> None:
        self.texts = [name for i in pairs.ids for name in pairs.names(i)]
        ends = list(itertools.accumulate(len(pairs.names(i)) for i in pairs.ids))
        starts = [0, *ends[:-1]]
        self.rows = {i: range(a, b) for i, a, b in zip(pairs.ids, starts, ends, strict=True)}
        self.views = LexicalViews(self.texts, names, prose)
        self.total = self.views.total()

    def pick(self, pair: tuple[str, str], *, most: bool) -> tuple[int, int]:
        """Rows of the two names with the most, or the least, shared wording."""
        first, second = self.rows[pair[0]], self.rows[pair[1]]
        if len(first) == len(second) == 1:
            return first.start, second.start
        block = self.total[first.start : first.stop, second.start : second.stop]
        flat = int(np.argmax(block) if most else np.argmin(block))
        row, column = divmod(flat, len(second))
        return first.start + row, second.start + column

    def by_first_name(self, pair: tuple[str, str]) -> ConceptPair:
        """The pair under its preferred names."""
        return self.pair(pair, (self.rows[pair[0]].start, self.rows[pair[1]].start))

    def pair(self, concepts: tuple[str, str], rows: tuple[int, int]) -> ConceptPair:
        return ConceptPair(
            concept1=concepts[0],
            concept2=concepts[1],
            text1=self.texts[rows[0]],
            text2=self.texts[rows[1]],
        )


def _pair_hash(pair: tuple[str, str]) -> str:
    return sha256_text("|".join(pair))


def build_separation(
    concepts: Mapping[str, Concept],
    specialty: Specialty,
    area_of: Mapping[str, str],
    diseases_of: Mapping[str, frozenset[str]],
    prose: list[str],
) -> SeparationPairs:
    """Build both strata for one specialty in one vocabulary.

    Similar pairs take the two names that share the least wording and different pairs the two that
    share the most, then each similar pair gets a different pair with the same overlap.

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
    wording = _Wording(pairs, [c.name for c in concepts.values()], prose)
    similar = sorted(sorted(pairs.similar(), key=_pair_hash)[:MAX_SIMILAR])
    different = sorted(pairs.different(), key=_pair_hash)[:MAX_DIFFERENT]
    cases = [wording.pick(pair, most=False) for pair in similar]
    options = [(pair, wording.pick(pair, most=True)) for pair in different]
    plain = [o for o in options if wording.total[o[1]] <= PLAIN_OVERLAP][:MAX_PLAIN_CONTROLS]
    controls = [o for o in options if wording.total[o[1]] > PLAIN_OVERLAP] + plain

    def covariates(rows: list[tuple[int, int]]) -> NDArray[np.float64]:
        first, second = np.array(rows, dtype=np.int64).T
        return wording.views.between(first, second)

    matched = match_pairs(
        covariates(cases), covariates([rows for _, rows in controls]), [c for c, _ in controls]
    )
    return SeparationPairs(
        similar=[wording.pair(similar[case], cases[case]) for case, _ in matched],
        different=[wording.pair(*controls[control]) for _, control in matched],
        unmatched_similar=[wording.by_first_name(pair) for pair in similar],
        unmatched_different=[wording.by_first_name(pair) for pair in different[: len(similar)]],
    )
