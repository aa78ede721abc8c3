"""Openly licensed vocabularies as concepts, and their split; for plugin authors too.

A source's module reads one release into :class:`Concept` objects; ``releases`` says which release
is in use, ``attribution`` its licence and hash, ``hpo_cardiology`` and ``icd10cm_cardiology`` what
counts as cardiology.
"""

from cardiobench.sources.concept import Concept
from cardiobench.sources.hpo import read_hpo
from cardiobench.sources.hpo_annotations import read_annotations
from cardiobench.sources.icd10cm import read_icd10cm
from cardiobench.sources.split import split_of

__all__ = ["Concept", "read_annotations", "read_hpo", "read_icd10cm", "split_of"]
