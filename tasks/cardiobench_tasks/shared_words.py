"""Which concepts share a word, or the root of one, that says more than how much or which side."""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from cardiobench.foundation.text import normalise

# Two words with this many letters in a row in common have a root in common: "pancarditis" and
# "pyopericarditis", "thrombosis" and "thrombophlebitis".
ROOT_LETTERS = 6

# Words that tie nothing together: they stand with any disease and at any place in the body.
_GENERIC = (
    # Grammar.
    "a after an and as at both by due during following for from in into is no non not of on or "
    "per s than that the to via with within without "
    # Side, place and direction.
    "anterior apical bilateral central deep distal extreme inferior inner internal lateral left "
    "lower medial middle midline outer peripheral posterior proximal right sided superficial "
    "superior unilateral upper "
    # Degree, amount and direction of change.
    "absence absent complete decreased diminished elevated elevation enlarged great greater high "
    "higher incomplete increase increased large level long low lower mild mildly moderate "
    "moderately partial partially prolonged reduced reduction severe severely short shortened "
    "small substantially thick thickened thin total very "
    # Course, time and origin.
    "abrupt acquired acute adult age childhood chronic congenital current early episodic fetal "
    "idiopathic infantile initial intermittent juvenile late maternal neonatal old onset "
    "paroxysmal permanent persistent postprocedural primary progressive recurrent secondary "
    "sporadic subacute subsequent sudden transient "
    # Count, shape and type.
    "abnormal abnormality abnormally anomalous anomaly common diffuse double doubly first focal "
    "form forms generalized i ii iii irregular isolated iv localized multifocal multiple one "
    "regional second segmental single solitary specified symmetric third three total triple two "
    "type types variant "
    # Words for any disease or finding.
    "appearance complication complications condition conditions disease diseases disorder "
    "disorders event finding findings function history lesion lesions morphology pattern "
    "physiology present sign site structure syndrome system test"
)
GENERIC_WORDS = frozenset(_GENERIC.split())


def word_roots(names: Iterable[str]) -> frozenset[str]:
    """What the names of one concept must not share with those of an unrelated one.

    Words of up to six letters stand for themselves, in the singular; longer ones for every run of
    six letters in them. Generic words are left out.
    """
    words = {word for name in names for word in normalise(name).split()} - GENERIC_WORDS
    return frozenset(root for word in words for root in _roots(word))


def _roots(word: str) -> Iterable[str]:
    if word.endswith("s") and not word.endswith(("ss", "us", "is")) and len(word) > 3:
        word = word[:-1]
    if len(word) <= ROOT_LETTERS:
        return (word,)
    return (word[k : k + ROOT_LETTERS] for k in range(len(word) - ROOT_LETTERS + 1))


def shared_roots(roots: Sequence[frozenset[str]]) -> NDArray[np.bool_]:
    """Which two of n concepts have a root in common, shape (n, n)."""
    from scipy.sparse import csr_array

    column = {root: k for k, root in enumerate(sorted(frozenset().union(*roots)))}
    rows = np.repeat(np.arange(len(roots)), [len(own) for own in roots])
    columns = np.array([column[root] for own in roots for root in sorted(own)], dtype=np.int64)
    has = csr_array(
        (np.ones(len(rows), dtype=np.float32), (rows, columns)), shape=(len(roots), len(column))
    )
    return np.asarray((has @ has.T).toarray() > 0)
