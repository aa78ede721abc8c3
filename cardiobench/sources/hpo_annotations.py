"""HPO annotations: which diseases show which phenotypes (``phenotype.hpoa``)."""

import csv
import functools
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cardiobench.errors import DataError
from cardiobench.foundation.text import squeeze
from cardiobench.sources.hpo import carried_file
from cardiobench.sources.releases import named_release

_COLUMNS = {"database_id", "disease_name", "qualifier", "hpo_id", "frequency"}
# Middle of each frequency class of HPO (https://hpo.jax.org, "Frequency").
_CLASS = "HP:"
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
        DataError: the file is missing, lacks the expected columns or has a damaged row, which is
            named with its line.
    """
    return read_annotations_file(path or annotations_file())


def read_annotations_file(source: Path) -> tuple[Annotation, ...]:
    """As :func:`read_annotations`; kept in memory by path."""
    return _read(source)[0]


def impossible_frequencies(source: Path) -> int:
    """Rows whose frequency is outside [0, 1] ("9/7", "250%"); they count as not stated."""
    return _read(source)[1]


@functools.lru_cache(maxsize=2)
def _read(source: Path) -> tuple[tuple[Annotation, ...], int]:
    annotations, impossible = [], 0
    for line, row in _rows(source):
        if row["qualifier"] == "NOT":
            continue
        stated = row["frequency"]
        try:
            frequency = parse_frequency(stated)
        except ValueError as error:
            raise DataError(f"{source}:{line}: frequency {stated[:40]!r} is none.") from error
        impossible += frequency is None and bool(stated) and not stated.startswith(_CLASS)
        annotations.append(
            Annotation(
                disease_id=row["database_id"],
                disease_name=squeeze(row["disease_name"]),
                phenotype_id=row["hpo_id"],
                frequency=frequency,
            )
        )
    return tuple(annotations), impossible


def annotations_version(file: Path) -> str:
    """The release that an annotation file states in its head."""
    for _, line in _lines(file):
        if not line.startswith("#"):
            break
        if line.startswith("#version:"):
            return line.partition(":")[2].strip()
    return "unknown"


def parse_frequency(text: str) -> float | None:
    """A share in [0, 1] from ``"3/7"``, ``"45%"`` or a frequency class.

    Returns:
        None if it is not stated, or no share: ``"9/7"`` and ``"250%"`` stood in releases.

    Raises:
        ValueError: the text is of another form.
    """
    if not text or text.startswith(_CLASS):
        return _FREQUENCY_CLASSES.get(text)
    if text.endswith("%"):
        share = float(text[:-1]) / 100
        return share if 0 <= share <= 1 else None
    shown, _, patients = (int(part) if part != "/" else 0 for part in text.partition("/"))
    return shown / patients if 0 <= shown <= patients and patients else None


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


def _rows(source: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Every row of an annotation file by column name, with the line that it begins on."""
    lines = [(number, line) for number, line in _lines(source) if not line.startswith("#")]
    rows = csv.reader((line for _, line in lines), delimiter="\t")
    try:
        header = next(rows, [])
        missing = _COLUMNS - set(header)
        if missing:
            raise DataError(f"{source} lacks the columns {', '.join(sorted(missing))}.")
        begun = rows.line_num
        for row in rows:
            number, begun = lines[begun][0], rows.line_num
            if not row:
                continue
            if len(row) != len(header):
                message = f"{len(row)} columns, where the header has {len(header)}"
                raise DataError(f"{source}:{number}: {message}. Is the file whole?")
            columns = dict(zip(header, row, strict=True))
            if not columns["database_id"] or not columns["hpo_id"]:
                raise DataError(f"{source}:{number}: database_id or hpo_id is empty.")
            yield number, columns
    except csv.Error as error:
        number = lines[min(rows.line_num, len(lines)) - 1][0]
        raise DataError(f"{source}:{number}: not a table ({error}).") from error


def _lines(source: Path) -> list[tuple[int, str]]:
    """The lines of a UTF-8 file, numbered from 1, with or without a byte order mark."""
    try:
        content = source.read_bytes()
    except OSError as error:
        raise DataError(f"Cannot read the HPO annotations {source}: {error.strerror}.") from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise DataError(f"{source}:{line}: not UTF-8 text.") from error
    return list(enumerate(text.split("\n"), start=1))
