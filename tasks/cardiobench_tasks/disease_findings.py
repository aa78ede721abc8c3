"""Findings of diseases, right and wrong ones, so that popularity says nothing."""

import functools
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cardiobench.foundation.files import sha256_text
from cardiobench.foundation.text import normalise
from cardiobench.sources.concept import Concept
from cardiobench.sources.hpo_annotations import Annotation
from cardiobench.sources.ontology import Ontology
from cardiobench.sources.split import split_of
from cardiobench_tasks.matching import exchange_nearest
from cardiobench_tasks.shared_words import word_roots

# A disease with fewer findings of either kind says too little about a ranking.
MIN_FINDINGS = 2
# A wrong finding is looked for among this many that are as common as the right one.
NEAREST = 40
_GROUPING = re.compile(r"abnormal(ity)?\b", re.IGNORECASE)
# What tells diseases of one family apart: number, letter, inheritance.
_MEMBER = re.compile(
    r"\d+\w*|[a-z]|[ivx]+|type|form|autosomal|dominant|recessive|linked|familial|susceptibility|"
    r"due|to|with|without|or|and|of"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """A disease with its right findings and as many wrong ones.

    Attributes:
        disease: identifier, the first of the diseases that bear the name.
        name: as its database writes it.
        right: identifiers of annotated findings.
        wrong: identifiers of findings that it is not annotated with, nor with one above or below.
    """

    disease: str
    name: str
    right: tuple[str, ...]
    wrong: tuple[str, ...]


class DiseaseFindings:
    """What annotations say of diseases; diseases of one name are one.

    Args:
        concepts: every HPO concept by identifier.
        wanted: the findings that may be asked for, in identifier order.
        annotations: of all diseases.
    """

    def __init__(
        self,
        concepts: Mapping[str, Concept],
        wanted: Iterable[str],
        annotations: Sequence[Annotation],
    ) -> None:
        self._ontology = Ontology(concepts)
        self._wanted = [i for i in wanted if not _GROUPING.match(concepts[i].name)]
        self.roots = {i: word_roots(concepts[i].exact_names()) for i in self._wanted}
        self.names: dict[str, str] = {}
        self.ids: dict[str, set[str]] = defaultdict(set)
        self._annotated: dict[str, set[str]] = defaultdict(set)
        self._family: dict[str, set[str]] = defaultdict(set)
        # A disease has many rows, each with its name.
        key_of, family_of = functools.cache(normalise), functools.cache(_family)
        for row in annotations:
            key = key_of(row.disease_name)
            self.names.setdefault(key, row.disease_name)
            self.ids[key].add(row.disease_id)
            # Also what no patient showed was looked for, so it is no wrong finding either.
            self._family[family_of(key)].add(row.phenotype_id)
            if row.frequency is None or row.frequency > 0:
                self._annotated[key].add(row.phenotype_id)

    def on(self, side: str) -> list[str]:
        """Keys of the diseases all of whose identifiers lie on one side of the split."""
        return [k for k in sorted(self.names) if all(split_of(i) == side for i in self.ids[k])]

    def frequency(self) -> Counter[str]:
        """How many training diseases are annotated with each finding."""
        return Counter(i for key in self.on("train") for i in self._annotated[key])

    def right(self, disease: str) -> list[str]:
        """The most specific annotated findings that share no word with the disease's name."""
        annotated = self._annotated[disease]
        above = {a for i in annotated for a in self._ontology.ancestors(i) if a != i}
        own = word_roots([self.names[disease]])
        specific = (annotated - above) & self.roots.keys()
        return sorted(i for i in specific if not own & self.roots[i])

    def never_wrong(self, disease: str) -> set[str]:
        """What the disease or one of its family has, with all above (true-path rule) and below."""
        annotated = self._family[_family(disease)]
        known = [i for i in annotated if i in self._ontology.concepts]
        above = {a for i in known for a in self._ontology.ancestors(i)}
        below = {b for i in known if i in self.roots for b in self._ontology.descendants(i)}
        own = word_roots([self.names[disease]])
        return above | below | {i for i in self._wanted if own & self.roots[i]}


def _family(key: str) -> str:
    """The words of a disease's normalised name that its family shares."""
    return " ".join(w for w in key.split() if not _MEMBER.fullmatch(w)) or key


def choose_findings(findings: DiseaseFindings) -> list[Candidates]:
    """Right and wrong findings of every test disease that has enough, in the order of names.

    The wrong findings are the right ones of the other diseases, exchanged so that each comes as
    often as before and is about as common among training diseases as the one it stands against.
    """
    chosen = {disease: findings.right(disease) for disease in findings.on("test")}
    chosen = {disease: right for disease, right in chosen.items() if len(right) >= MIN_FINDINGS}
    frequency = findings.frequency()
    excluded = {disease: findings.never_wrong(disease) for disease in chosen}
    while True:
        edges = [(disease, finding) for disease, right in chosen.items() for finding in right]
        exchanged = _exchange(edges, frequency, excluded)
        right: dict[str, list[str]] = defaultdict(list)
        for i, _ in exchanged:
            right[edges[i][0]].append(edges[i][1])
        if len(right) == len(chosen) and all(len(r) >= MIN_FINDINGS for r in right.values()):
            break
        # Whoever is left with too few goes, and the exchange is made anew.
        chosen = {d: chosen[d] for d, kept in right.items() if len(kept) >= MIN_FINDINGS}
    wrong: dict[str, list[str]] = defaultdict(list)
    for i, j in exchanged:
        wrong[edges[i][0]].append(edges[j][1])
    return [
        Candidates(
            disease=min(findings.ids[disease]),
            name=findings.names[disease],
            right=tuple(sorted(right[disease])),
            wrong=tuple(sorted(wrong[disease])),
        )
        for disease in sorted(right)
    ]


def _exchange(
    edges: list[tuple[str, str]], frequency: Mapping[str, int], excluded: Mapping[str, set[str]]
) -> list[tuple[int, int]]:
    """Positions (i, j): the finding of edge j is wrong for the disease of edge i."""
    common = np.array([round(math.log1p(frequency.get(finding, 0)), 6) for _, finding in edges])
    digests = [sha256_text("|".join(edge)) for edge in edges]
    order = np.array([int(digest[:8], 16) for digest in digests])
    number = {finding: k for k, finding in enumerate(sorted({finding for _, finding in edges}))}
    of_edge = np.array([number[finding] for _, finding in edges], dtype=np.int64)
    open_to: dict[str, NDArray[np.intp]] = {}
    options: list[list[int]] = []
    costs: list[list[float]] = []
    for place, (disease, _) in enumerate(edges):
        if disease not in open_to:
            allowed = np.array([finding not in excluded[disease] for finding in number])
            open_to[disease] = np.flatnonzero(allowed[of_edge])
        free = open_to[disease]
        away = np.abs(common[free] - common[place])
        if len(free) > NEAREST:
            # What is further away than so many others comes after them in any order.
            near = away <= np.partition(away, NEAREST - 1)[NEAREST - 1]
            free, away = free[near], away[near]
        chosen = np.lexsort((order[free] ^ int(digests[place][8:16], 16), away))[:NEAREST]
        options.append(free[chosen].tolist())
        costs.append(away[chosen].tolist())
    return exchange_nearest(options, costs, edges)
