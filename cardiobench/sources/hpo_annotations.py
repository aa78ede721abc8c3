"""HPO annotations: which diseases show which phenotypes (``phenotype.hpoa``)."""

import csv
import functools
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from cardiobench.errors import DataError
from cardiobench.foundation.text import squeeze
from cardiobench.sources.hpo import carried_file
from cardiobench.sources.releases import named_release

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


def annotations_file() -> Path:
    """The release file in use: a named one, else the carried ``phenotype.hpoa``."""
    return named_release("hpo-annotations") or carried_file("phenotype.hpoa")


def read_annotations(path: Path | None = None) -> tuple[Annotation, ...]:
    """Every annotation that is not negated, in the file's order.

    Args:
        path: a ``phenotype.hpoa`` file; by default the one in use.

    Raises:
        DataError: the file is missing, lacks the expected columns or holds an unknown frequency.
    """
    return read_annotations_file(path or annotations_file())


@functools.lru_cache(maxsize=2)
def read_annotations_file(source: Path) -> tuple[Annotation, ...]:
    """As :func:`read_annotations`; kept in memory by path."""
    try:
        return tuple(
            Annotation(
                disease_id=row["database_id"],
                disease_name=squeeze(row["disease_name"]),
                phenotype_id=row["hpo_id"],
                frequency=parse_frequency(row["frequency"]),
            )
            for row in _rows(source)
            if row["qualifier"] != "NOT"
        )
    except (OSError, TypeError, ValueError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"Cannot read the HPO annotations {source}: {reason}.") from error


def annotations_version(file: Path) -> str:
    """The release that an annotation file states in its head."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("#"):
                break
            if line.startswith("#version:"):
                return line.partition(":")[2].strip()
    return "unknown"


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
    shown_in: dict[str, set[str]] = defaultdict(set)
    for annotation in read_annotations(path):
        shown_in[annotation.phenotype_id].add(annotation.disease_id)
    return {phenotype: frozenset(diseases) for phenotype, diseases in shown_in.items()}


def _rows(source: Path) -> list[dict[str, str]]:
    """Every row of an annotation file, by column name."""
    with source.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader((line for line in stream if not line.startswith("#")), delimiter="\t")
        missing = _COLUMNS - set(rows.fieldnames or ())
        if missing:
            raise DataError(f"{source} lacks the columns {', '.join(sorted(missing))}.")
        return list(rows)
