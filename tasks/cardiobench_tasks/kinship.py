"""Which concepts of a vocabulary are close, by their place in it and by diseases that show them."""

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from cardiobench.sources.ontology import Ontology

# Diseases may show both concepts of a different pair this many times as often as by chance.
MAX_DISEASE_LIFT = 2.0


def tied_by_disease(
    ontology: Ontology, ids: list[str], diseases_of: Mapping[str, frozenset[str]]
) -> NDArray[np.bool_]:
    """Whether diseases show two concepts together more often than chance allows, shape (n, n)."""
    from scipy.sparse import csr_array

    none: frozenset[str] = frozenset()
    column = {d: k for k, d in enumerate(sorted(none.union(*diseases_of.values())))}
    shown = [
        none.union(*(diseases_of.get(d, none) for d in ontology.descendants(concept_id)))
        for concept_id in ids
    ]
    rows = np.repeat(np.arange(len(ids)), [len(diseases) for diseases in shown])
    columns = np.array([column[d] for diseases in shown for d in diseases], dtype=np.int64)
    # Counts stay far below 2**24, so float32 sums are exact on any machine.
    has = csr_array(
        (np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=(len(ids), len(column))
    )
    counts = np.array([len(diseases) for diseases in shown], dtype=np.float32)
    chance = np.outer(counts, counts) / max(len(column), 1)
    return np.asarray((has @ has.T).toarray() > MAX_DISEASE_LIFT * chance)


def lin_matrix(ontology: Ontology, ids: list[str]) -> NDArray[np.float64]:
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
