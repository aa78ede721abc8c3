"""What training pairs are made of: the sources, a scope within them, and users' own files."""

import dataclasses
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol

from cardiobench.errors import CardioBenchError
from cardiobench.pairs.build import training_pairs
from cardiobench.pairs.files import read_pairs_at, supplied_pairs
from cardiobench.pairs.leaks import LeakChecks
from cardiobench.pairs.negatives import Negatives
from cardiobench.pairs.pair import Pair, TrainingPairs
from cardiobench.pairs.relations import Terms, source_of
from cardiobench.pairs.subsets import share_of
from cardiobench.plugins.registry import load_plugins
from cardiobench.sources.concept import Concept
from cardiobench.sources.hpo import read_hpo
from cardiobench.sources.hpo_annotations import read_annotations
from cardiobench.sources.hpo_cardiology import cardiology_areas
from cardiobench.sources.icd10cm import read_icd10cm
from cardiobench.sources.icd10cm_cardiology import cardiology_codes
from cardiobench.sources.ontology import Ontology
from cardiobench.sources.releases import TITLES
from cardiobench.sources.split import split_of

SOURCES: tuple[str, ...] = tuple(TITLES)
NEGATIVES: tuple[str, ...] = ("none", "siblings")
CARDIOLOGY = "cardiology"
MEDICINE = "medicine"
# A disease with this many findings in scope is of the specialty: all its findings become pairs.
MIN_FINDINGS = 3
# Findings are below it; beside it stand inheritance, onset and course of a disease.
PHENOTYPE_ROOT = "HP:0000118"

_HPO_ID = re.compile(r"HP:\d{7}")
_ICD_ID = re.compile(r"chapter \d{1,2}|[A-Z]\d[0-9A-Z](\.[0-9A-Z]{1,4}|-[A-Z]\d[0-9A-Z])?")


class PairChoice(Protocol):
    """Which pairs to train on; a :class:`cardiobench.training.recipe.Recipe` is one."""

    @property
    def relations(self) -> tuple[str, ...]:
        """Relations out of :data:`cardiobench.pairs.relations.RELATIONS`."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Names out of :func:`source_names`."""

    @property
    def scope(self) -> str:
        """As :func:`gather` takes it."""

    @property
    def pairs_files(self) -> tuple[str, ...]:
        """Pairs of the user's own, as :func:`cardiobench.pairs.files.read_pairs` takes them."""

    @property
    def negatives(self) -> str:
        """One of :data:`NEGATIVES`."""

    @property
    def fraction(self) -> float:
        """Share of the pairs that is used, above 0 to 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Material:
    """What pairs are built from.

    Attributes:
        terms: every concept of the loaded sources, and the findings of the diseases in scope.
        wanted: identifiers of the concepts in scope, both sides of the split.
    """

    terms: Terms
    wanted: frozenset[str]


def scope_ids(scope: str) -> tuple[str, ...]:
    """The identifiers of a scope that is a list; empty for ``cardiology`` and ``medicine``.

    Raises:
        CardioBenchError: the scope is none of what is allowed.
    """
    if scope in (CARDIOLOGY, MEDICINE):
        return ()
    ids = tuple(part.strip() for part in scope.split(","))
    for part in ids:
        if not _HPO_ID.fullmatch(part) and not _ICD_ID.fullmatch(part):
            raise CardioBenchError(
                f"scope = {scope!r}: {part!r} is none of cardiology, medicine, an HPO term such as "
                "HP:0002086, an ICD-10-CM chapter, block or code such as 'chapter 10', J00-J06, "
                "J45; several HPO and ICD identifiers stand with commas between."
            )
    return ids


def source_names() -> tuple[str, ...]:
    """Every source that a recipe can select: ours, and those of plugins."""

    return (*SOURCES, *(source.name for source, _ in load_plugins().pair_sources()))


def gather(sources: Collection[str], scope: str) -> Material:
    """Read the sources and find the concepts in scope.

    Args:
        sources: names out of :func:`source_names` to take pairs from; the others of
            :data:`SOURCES` only hold their test texts out. Plugins' sources have no concepts.
        scope: ``cardiology``, ``medicine``, or HPO and ICD identifiers with commas between.

    Raises:
        CardioBenchError: a scope's identifier is unknown, or the scope leaves a source empty.
        DataError: a source cannot be read.
    """
    ids = scope_ids(scope)
    hpo, icd = read_hpo().concepts, read_icd10cm().concepts
    in_hpo = _in_scope(scope, ids, hpo, cardiology_areas, _HPO_ID)
    in_icd = _in_scope(scope, ids, icd, cardiology_codes, _ICD_ID)
    phenotypes = Ontology(hpo).below([PHENOTYPE_ROOT]) - {PHENOTYPE_ROOT}
    diseases, findings = _diseases(phenotypes, in_hpo)
    wanted = {"hpo": in_hpo, "icd10cm": in_icd, "hpo-annotations": frozenset(findings)}
    ours = [source for source in sources if source in SOURCES]
    for source in ours:
        if not wanted[source]:
            raise CardioBenchError(
                f"scope = {scope!r} names nothing of the source {source}; add to the scope, or "
                "leave the source out."
            )
    return Material(
        terms=Terms(concepts={**hpo, **icd, **diseases}, findings=findings),
        wanted=frozenset().union(*(wanted[source] for source in ours)),
    )


def recipe_pairs(
    choice: PairChoice,
    *,
    separation: Collection[tuple[str, str]] = (),
    held_out_texts: Iterable[str] = (),
    mine: str | None = None,
) -> TrainingPairs:
    """The pairs that a recipe trains on, checked and audited.

    Args:
        choice: which pairs.
        separation: concept pairs of separation test items; no pair may join the two.
        held_out_texts: test texts of tasks that we wrote.
        mine: name of an architecture that mines negatives; they come before siblings.

    Raises:
        CardioBenchError: as :func:`gather` and :func:`cardiobench.pairs.files.read_pairs`; or the
            recipe gives no pair.
        UnknownNameError: no architecture is called ``mine``.
    """

    material = gather(choice.sources, choice.scope)
    own, commits = _own(choice)
    held_out = list(held_out_texts)
    pairs = training_pairs(
        material.terms.concepts,
        material.wanted,
        relations=choice.relations,
        separation=separation,
        findings=material.terms.findings,
        held_out_texts=held_out,
        own=own,
    )
    audit = dataclasses.replace(pairs.audit, hub_commits=commits)
    pairs = share_of(dataclasses.replace(pairs, audit=audit), choice.fraction)
    if not pairs.pairs:
        raise CardioBenchError(
            f"relations: {', '.join(choice.relations)} give no pair from the sources "
            f"{', '.join(choice.sources)}; name others, or more sources."
        )
    has_own = any(pair.negative for pair in pairs.pairs)
    if mine is None and choice.negatives == "none" and not has_own:
        return pairs

    checks = LeakChecks(material.terms.concepts, separation, held_out)
    negatives = Negatives(material.terms, checks, pairs.pairs)
    mined = negatives.mine(mine) if mine is not None else {}
    return negatives.add(pairs, siblings=choice.negatives == "siblings", mined=mined)


def _own(choice: PairChoice) -> tuple[list[Pair], dict[str, str]]:
    """Pairs of plugins and of the user, and the commit of each hub data set among their origins."""
    pairs, commits = _supplied(choice.sources), {}
    for origin in choice.pairs_files:
        from_origin, commit = read_pairs_at(origin)
        pairs += from_origin
        if commit is not None:
            commits[origin] = commit
    return pairs, commits


def _supplied(sources: Collection[str]) -> list[Pair]:
    """The pairs of the plugins' sources among these."""
    if all(source in SOURCES for source in sources):
        return []

    supplied = {source.name: source for source, _ in load_plugins().pair_sources()}
    return [p for name in sources if name in supplied for p in supplied_pairs(supplied[name])]


def concept_counts(material: Material) -> dict[str, dict[str, int]]:
    """Concepts in scope by source and side of the split: ``{"hpo": {"train": 9, "test": 4}}``."""
    counts: dict[str, dict[str, int]] = defaultdict(lambda: {"train": 0, "test": 0})
    for concept_id in sorted(material.wanted):
        counts[source_of(concept_id)][split_of(concept_id)] += 1
    return dict(counts)


def _in_scope(
    scope: str,
    ids: Collection[str],
    concepts: Mapping[str, Concept],
    cardiology: Callable[[Mapping[str, Concept]], Mapping[str, str]],
    form: re.Pattern[str],
) -> frozenset[str]:
    """The concepts of one source that are in scope."""
    if scope == CARDIOLOGY:
        return frozenset(cardiology(concepts))
    if scope == MEDICINE:
        return frozenset(concepts)
    roots = [part for part in ids if form.fullmatch(part)]
    for root in roots:
        if root not in concepts:
            raise CardioBenchError(f"scope = {scope!r}: this release has no {root}.")
    return Ontology(concepts).below(roots)


def _diseases(
    phenotypes: Collection[str], in_scope: Collection[str]
) -> tuple[dict[str, Concept], dict[str, list[str]]]:
    """Every annotated disease, and the findings of those in scope.

    A disease with one or two findings in scope gives these; with :data:`MIN_FINDINGS` or more, all
    that it shows. A finding that no patient showed is none, nor is what is no phenotype.
    """
    names: dict[str, str] = {}
    shown: dict[str, set[str]] = defaultdict(set)
    for row in read_annotations():
        names.setdefault(row.disease_id, row.disease_name)
        if row.phenotype_id in phenotypes and row.frequency != 0:
            shown[row.disease_id].add(row.phenotype_id)
    findings: dict[str, list[str]] = {}
    for disease_id, all_shown in shown.items():
        inside = all_shown.intersection(in_scope)
        if inside:
            findings[disease_id] = sorted(all_shown if len(inside) >= MIN_FINDINGS else inside)
    return {i: Concept(id=i, name=name) for i, name in sorted(names.items())}, findings
