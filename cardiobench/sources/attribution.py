"""What the sources are: release, size, hash, licence and attribution of each."""

import functools
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

from cardiobench.foundation.files import sha256_text
from cardiobench.sources import hpo, icd10cm
from cardiobench.sources.hpo_annotations import (
    annotations_file,
    annotations_version,
    read_annotations,
)
from cardiobench.sources.packaged import parsed_once

WRITTEN = "written for CardioBench"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """One source as listings and data cards show it.

    Attributes:
        name: as in ``TaskSpec.sources``.
        version: the release, as the source states it.
        count: number of entries.
        unit: what is counted.
        sha256: hash of the source file.
        licence: address or identifier of the licence.
        attribution: the words with which to credit the source.
    """

    name: str
    version: str
    count: int
    unit: str
    sha256: str
    licence: str
    attribution: str


def source_facts() -> dict[str, SourceFacts]:
    """Every source by name, of the releases in use.

    Raises:
        DataError: a source's file is missing or cannot be read.
    """
    annotations = f"HPO annotations (phenotype.hpoa) of the {hpo.ATTRIBUTION}"
    listed = (
        _facts("HPO", hpo.hpo_file(), "concepts", hpo.LICENCE, hpo.ATTRIBUTION),
        _facts("HPO annotations", annotations_file(), "diseases", hpo.LICENCE, annotations),
        _facts(
            "ICD-10-CM", icd10cm.icd10cm_file(), "concepts", icd10cm.LICENCE, icd10cm.ATTRIBUTION
        ),
        _written(),
    )
    return {facts.name: facts for facts in listed}


def written_sections() -> dict[str, str]:
    """Heading to text of the sections of the README beside the text that we wrote."""
    readme = resources.files("cardiobench_tasks") / "data" / "README.md"
    _, *sections = readme.read_text(encoding="utf-8").split("\n## ")
    parts = (section.partition("\n") for section in sections)
    return {heading.strip(): text.strip() for heading, _, text in parts}


@functools.cache
def _facts(name: str, file: Path, unit: str, licence: str, attribution: str) -> SourceFacts:
    """Version and count of a release file; kept on disk, so a listing need not read it again."""
    # The name is part of the key: only it tells two releases of a year's ICD-10-CM apart.
    reader = f"facts-{sha256_text(file.name)[:8]}-r1"
    digest, stated = parsed_once(file, _STATED[name], source=name, reader=reader)
    return SourceFacts(
        name=name, sha256=digest, unit=unit, licence=licence, attribution=attribution, **stated
    )


def _concepts(release: hpo.Hpo | icd10cm.Icd10cm) -> dict[str, Any]:
    return {"version": release.version, "count": len(release.concepts)}


def _diseases(file: Path) -> dict[str, Any]:
    diseases = {row.disease_id for row in read_annotations(file)}
    return {"version": annotations_version(file), "count": len(diseases)}


_STATED: Mapping[str, Callable[[Path], dict[str, Any]]] = {
    "HPO": lambda file: _concepts(hpo.read_hpo(file)),
    "HPO annotations": _diseases,
    "ICD-10-CM": lambda file: _concepts(icd10cm.read_icd10cm(file)),
}


def _written() -> SourceFacts:
    folder = resources.files("cardiobench_tasks") / "data"
    files = [file for file in folder.iterdir() if file.name.endswith(".jsonl")]
    texts = [file.read_bytes() for file in sorted(files, key=lambda file: file.name)]
    return SourceFacts(
        name=WRITTEN,
        version="v1",
        count=sum(len(text.splitlines()) for text in texts),
        unit="items",
        sha256=hashlib.sha256(b"".join(texts)).hexdigest(),
        licence="https://creativecommons.org/licenses/by/4.0/",
        attribution="The CardioBench developers",
    )
