"""Ancestors, descendants and similarity of concepts in an is-a hierarchy."""

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping

from cardiobench.sources.concept import Concept


class Ontology:
    """An is-a hierarchy over concepts (a directed graph without cycles)."""

    def __init__(self, concepts: Mapping[str, Concept]) -> None:
        self.concepts = concepts
        self._children: dict[str, list[str]] = defaultdict(list)
        for concept in concepts.values():
            for parent in concept.parents:
                self._children[parent].append(concept.id)
        self._descendants: dict[str, frozenset[str]] = {}
        self._ancestors: dict[str, frozenset[str]] = {}

    def descendants(self, concept_id: str) -> frozenset[str]:
        """The concept itself and everything below it."""
        if concept_id not in self._descendants:
            below = {concept_id}
            for child in self._children.get(concept_id, ()):
                below |= self.descendants(child)
            self._descendants[concept_id] = frozenset(below)
        return self._descendants[concept_id]

    def ancestors(self, concept_id: str) -> frozenset[str]:
        """The concept itself and everything above it."""
        if concept_id not in self._ancestors:
            above = {concept_id}
            for parent in self.concepts[concept_id].parents:
                above |= self.ancestors(parent)
            self._ancestors[concept_id] = frozenset(above)
        return self._ancestors[concept_id]

    def below(self, roots: Iterable[str]) -> frozenset[str]:
        """The union of the roots' descendants; roots that a release lacks are passed over."""
        known = [self.descendants(root) for root in roots if root in self.concepts]
        return frozenset().union(*known)

    def information_content(self, concept_id: str) -> float:
        """Intrinsic information content in [0, 1]: 0 at the root, 1 at a leaf.

        ``1 - ln|descendants| / ln|concepts|`` (Seco, Veale and Hayes, ECAI 2004). It needs no
        corpus, so anyone rebuilds the same value from the ontology file alone.
        """
        return 1.0 - math.log(len(self.descendants(concept_id))) / math.log(len(self.concepts))

    def lin(self, first: str, second: str) -> float:
        """Lin similarity in [0, 1] from intrinsic information content (Lin, ICML 1998)."""
        shared = self.ancestors(first) & self.ancestors(second)
        common = max((self.information_content(c) for c in shared), default=0.0)
        total = self.information_content(first) + self.information_content(second)
        return 2.0 * common / total if total else 0.0
