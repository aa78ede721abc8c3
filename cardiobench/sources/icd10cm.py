"""ICD-10-CM, read from the tabular list that the package ``simple-icd-10-cm`` carries."""

import functools
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from cardiobench.errors import DataError
from cardiobench.foundation.text import squeeze
from cardiobench.sources.concept import Concept, Synonym
from cardiobench.sources.packaged import package_file, parsed_once
from cardiobench.sources.releases import named_release

# A work of the United States Government, which US law keeps in the public domain. It is the
# clinical modification of the World Health Organization's ICD-10, made with its authorisation.
LICENCE = "https://www.cdc.gov/other/agencymaterials.html"
ATTRIBUTION = (
    "ICD-10-CM tabular list, National Center for Health Statistics (NCHS), Centers for Disease "
    "Control and Prevention (CDC), public domain in the United States, "
    "https://www.cdc.gov/nchs/icd/icd-10-cm/; adapted from the ICD-10 of the World Health "
    "Organization"
)
CARRIED_NAME = "icd10c-tabular-April-1-2026.xml"
# Raise when the reading below changes, so that old cached files are not read.
_READER = "r2"
_HEAD_BYTES = 4096
_CODE = re.compile(r"[A-Z][0-9A-Z]{2}(\.[0-9A-Z]{1,4})?")
# Titles of chapters and blocks end with their range: "Ischemic heart diseases (I20-I25)".
_RANGE = re.compile(r" *\([A-Z][0-9A-Z]+(-[A-Z][0-9A-Z]+)?\)$")
# Two releases a year; only the file's name tells them apart.
_MONTH = re.compile(r"(April|October)\W(?:\d+\W)?(\d{4})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Icd10cm:
    """One release of the tabular list.

    Attributes:
        version: month and year as the file's name states them, ``April 2026``; else the year that
            the file states.
        sha256: hash of the source file.
        concepts: every chapter (``chapter 9``), block (``I20-I25``; a block of one category is
            ``B20-B20``) and code (``I21.4``) by identifier, in identifier order. Seventh
            characters that the list spells out only as a table are no codes of their own.
    """

    version: str
    sha256: str
    concepts: dict[str, Concept]


def is_code(concept_id: str) -> bool:
    """Whether an identifier is a code (``I21``, ``I21.4``), not a chapter or a block."""
    return _CODE.fullmatch(concept_id) is not None


def icd10cm_file() -> Path:
    """The release file in use: a named one, else the carried tabular list."""
    carried = "simple_icd_10_cm"
    return named_release("icd10cm") or package_file(carried, CARRIED_NAME, source="ICD-10-CM")


def read_icd10cm(path: Path | None = None) -> Icd10cm:
    """Read a release, from ``path`` or the one in use; parsed once, then cached on disk.

    Raises:
        DataError: the file is missing or is no tabular list.
    """
    return read_icd10cm_file(path or icd10cm_file())


@functools.lru_cache(maxsize=2)
def read_icd10cm_file(file: Path) -> Icd10cm:
    """As :func:`read_icd10cm`; kept in memory by path."""
    digest, record = parsed_once(file, _parse, source="ICD-10-CM", reader=_READER)
    named = _MONTH.search(file.name)
    return Icd10cm(
        version=f"{named[1]} {named[2]}" if named else record["version"],
        sha256=digest,
        concepts={c["id"]: Concept.from_json(c) for c in record["concepts"]},
    )


def _parse(file: Path) -> dict[str, Any]:
    """Parse a tabular list into JSON values: the year and the concepts."""
    try:
        root = _root(file)
        concepts = [c for chapter in root.findall("chapter") for c in _chapter(chapter)]
    except RecursionError as error:
        raise DataError(f"{file} is not an ICD-10-CM tabular list: nested too deeply.") from error
    # An encoding that nobody knows is a LookupError, one that expat lacks a ValueError.
    except (ElementTree.ParseError, expat.ExpatError, LookupError, ValueError) as error:
        reason = squeeze(str(error))
        raise DataError(f"{file} is not an ICD-10-CM tabular list: {reason}.") from error
    if not concepts:
        raise DataError(f"{file} is not an ICD-10-CM tabular list: it has no chapters.")
    concepts.sort(key=lambda concept: concept.id)
    twice = next((a.id for a, b in itertools.pairwise(concepts) if a.id == b.id), None)
    if twice is not None:
        raise DataError(f"{file} lists {twice!r} more than once. Give the file as published.")
    version = squeeze(root.findtext("version") or "unknown")
    return {"version": version, "concepts": [concept.to_json() for concept in concepts]}


def _root(file: Path) -> ElementTree.Element:
    """The root of a tabular list.

    Raises:
        ValueError: it has a document type, which alone can define entities: they may expand
            without end or name other files, and no tabular list needs one.
    """
    head = expat.ParserCreate()
    head.StartDoctypeDeclHandler = _refuse_doctype
    with file.open("rb") as stream:
        # A document type stands before the first element.
        began: list[str] = []
        head.StartElementHandler = lambda name, attributes: began.append(name)
        while not began and (part := stream.read(_HEAD_BYTES)):
            head.Parse(part, False)
    return ElementTree.parse(file).getroot()  # noqa: S314  # it defines no entities


def _refuse_doctype(*declared: object) -> None:
    raise ValueError("it has a document type (<!DOCTYPE ...>), which no tabular list needs")


def _chapter(chapter: ElementTree.Element) -> Iterator[Concept]:
    """A chapter, its blocks and its codes."""
    chapter_id = f"chapter {_text(chapter, 'name')}"
    yield Concept(id=chapter_id, name=_RANGE.sub("", _text(chapter, "desc")))
    sections = chapter.findall("section")
    # Blocks are listed flat, wide ones first; one that holds others has no categories of its own.
    holders = [_range_of(section) for section in sections if section.find("diag") is None]
    for section in sections:
        first, last = _range_of(section)
        around = [
            f"{low}-{high}"
            for low, high in holders
            if low <= first and last <= high and (low, high) != (first, last)
        ]
        block_id = f"{first}-{last}"
        yield Concept(
            id=block_id,
            name=_RANGE.sub("", _text(section, "desc")),
            parents=(around[-1] if around else chapter_id,),
        )
        for category in section.findall("diag"):
            yield from _codes(category, block_id)


def _range_of(section: ElementTree.Element) -> tuple[str, str]:
    """First and last category of a block; they are the same in a block of one."""
    first, _, last = section.get("id", "").partition("-")
    return first, last or first


def _codes(entry: ElementTree.Element, parent: str) -> Iterator[Concept]:
    """A code and every code below it."""
    code = _text(entry, "name")
    # Inclusion notes of a few blocks are advice to the coder, not names, and are left out.
    terms = sorted({squeeze(note.text or "") for note in entry.findall("inclusionTerm/note")})
    yield Concept(
        id=code,
        name=_text(entry, "desc"),
        synonyms=tuple(Synonym(text=t, scope="EXACT", kind="inclusion") for t in terms if t),
        parents=(parent,),
    )
    for below in entry.findall("diag"):
        yield from _codes(below, code)


def _text(element: ElementTree.Element, tag: str) -> str:
    return squeeze(element.findtext(tag) or "")
