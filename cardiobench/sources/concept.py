"""One entry of a source."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Synonym:
    """Another name of a concept.

    Attributes:
        text: the name.
        scope: ``EXACT``, ``BROAD``, ``NARROW`` or ``RELATED`` (OBO 1.2 synonym scopes).
        kind: the source's own type of synonym (``layperson``, ``abbreviation``, ...) or ``""``.
    """

    text: str
    scope: str
    kind: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concept:
    """One entry of a source: identifier, names, texts and parents.

    Attributes:
        id: the source's identifier, for example ``HP:0001645``.
        name: the preferred name.
        synonyms: other names, in the source's order made stable by sorting.
        definition: the definition's text, or ``""``.
        comment: the editors' comment, or ``""``.
        parents: identifiers of the direct is-a parents, sorted.
    """

    id: str
    name: str
    synonyms: tuple[Synonym, ...] = ()
    definition: str = ""
    comment: str = ""
    parents: tuple[str, ...] = ()

    def exact_names(self) -> tuple[str, ...]:
        """The preferred name, then exact synonyms that are neither codes nor outdated forms."""
        unwanted = {"abbreviation", "obsolete_synonym", "plural_form", "uk_spelling"}
        names = [self.name]
        names += [s.text for s in self.synonyms if s.scope == "EXACT" and s.kind not in unwanted]
        return tuple(dict.fromkeys(names))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values; :meth:`from_json` is the inverse."""
        # By hand: dataclasses.asdict takes seconds for the concepts of a release.
        return {
            "id": self.id,
            "name": self.name,
            "synonyms": [{"text": s.text, "scope": s.scope, "kind": s.kind} for s in self.synonyms],
            "definition": self.definition,
            "comment": self.comment,
            "parents": list(self.parents),
        }

    @classmethod
    def from_json(cls, record: dict[str, Any]) -> "Concept":
        """Rebuild a concept written by :meth:`to_json`."""
        synonyms = tuple(Synonym(**s) for s in record["synonyms"])
        return cls(**{**record, "synonyms": synonyms, "parents": tuple(record["parents"])})
