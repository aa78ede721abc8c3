"""What the sources are: release, size, hash, licence and attribution of each."""

import functools
import hashlib
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from cardiobench.files import sha256_file

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


@functools.cache
def source_facts() -> dict[str, SourceFacts]:
    """Every source by name.

    Raises:
        DataError: a source's file is missing or cannot be read.
    """
    found = (_hpo(), _annotations(), _icd10cm(), _written())
    return {facts.name: facts for facts in found}


def written_sections() -> dict[str, str]:
    """Heading to text of the sections of the README beside the text that we wrote."""
    readme = resources.files("cardiobench_tasks") / "data" / "README.md"
    _, *sections = readme.read_text(encoding="utf-8").split("\n## ")
    parts = (section.partition("\n") for section in sections)
    return {heading.strip(): text.strip() for heading, _, text in parts}


def _hpo() -> SourceFacts:
    from cardiobench.sources import hpo

    release = hpo.read_hpo()
    return SourceFacts(
        name="HPO",
        version=release.version,
        count=len(release.concepts),
        unit="concepts",
        sha256=release.sha256,
        licence=hpo.LICENCE,
        attribution=hpo.ATTRIBUTION,
    )


def _annotations() -> SourceFacts:
    from cardiobench.sources import hpo
    from cardiobench.sources.hpo_annotations import read_annotations

    file = hpo.carried_file("phenotype.hpoa")
    return SourceFacts(
        name="HPO annotations",
        version=_stated_version(file),
        count=len({row.disease_id for row in read_annotations()}),
        unit="diseases",
        sha256=sha256_file(file),
        licence=hpo.LICENCE,
        attribution=f"HPO annotations (phenotype.hpoa) of the {hpo.ATTRIBUTION}",
    )


def _stated_version(file: Path) -> str:
    """The release that an annotation file states in its head."""
    with file.open(encoding="utf-8") as lines:
        for line in lines:
            if not line.startswith("#"):
                break
            if line.startswith("#version:"):
                return line.partition(":")[2].strip()
    return "unknown"


def _icd10cm() -> SourceFacts:
    from cardiobench.sources import icd10cm

    release = icd10cm.read_icd10cm()
    return SourceFacts(
        name="ICD-10-CM",
        version=release.version,
        count=len(release.concepts),
        unit="concepts",
        sha256=release.sha256,
        licence=icd10cm.LICENCE,
        attribution=icd10cm.ATTRIBUTION,
    )


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
