"""Ancestors, descendants and similarity of concepts in an is-a hierarchy."""

import graphlib
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from cardiobench.errors import DataError
from cardiobench.sources.concept import Concept

# Concepts of a circle that a message names.
_SHOWN = 8


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
            below = _reached(concept_id, lambda one: self._children.get(one, ()))
            self._descendants[concept_id] = below
        return self._descendants[concept_id]

    def ancestors(self, concept_id: str) -> frozenset[str]:
        """The concept itself and everything above it."""
        if concept_id not in self._ancestors:
            above = _reached(concept_id, lambda one: self.concepts[one].parents)
            self._ancestors[concept_id] = above
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


def _reached(start: str, following: Callable[[str], Iterable[str]]) -> frozenset[str]:
    """All that a walk comes to, its start included; hierarchies may be deeper than the stack."""
    found, ahead = {start}, [start]
    while ahead:
        for one in following(ahead.pop()):
            if one not in found:
                found.add(one)
                ahead.append(one)
    return frozenset(found)


def check_hierarchy(parents: Mapping[str, Iterable[str]], file: Path) -> None:
    """Refuse a release in which a concept stands below itself, as broken merges leave it.

    Args:
        parents: identifier to the identifiers directly above it.
        file: the release, for the message.

    Raises:
        DataError: there is a circle; names its concepts.
    """
    try:
        graphlib.TopologicalSorter(parents).prepare()
    except graphlib.CycleError as error:
        circle = list(error.args[1])
        shown = " -> ".join(circle if len(circle) <= _SHOWN else [*circle[:_SHOWN], "..."])
        raise DataError(
            f"{file} is circular, {shown}: no concept can stand below itself. "
            "Give the file as published."
        ) from error
