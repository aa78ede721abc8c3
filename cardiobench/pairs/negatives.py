"""Hard negatives: what a pair's anchor is close to and does not mean."""

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence

from cardiobench.errors import CardioBenchError
from cardiobench.foundation.files import sha256_text
from cardiobench.foundation.text import normalise
from cardiobench.models.encoder import load_encoder
from cardiobench.pairs.leaks import LeakChecks
from cardiobench.pairs.pair import OWN, Pair, TrainingPairs, texts_of
from cardiobench.pairs.relations import Terms
from cardiobench.plugins.registry import load_plugins
from cardiobench.sources.concept import Concept
from cardiobench.sources.ontology import Ontology
from cardiobench.sources.split import split_of

# Mined candidates a pair, before those are left out that are right or held out.
CANDIDATES = 8
# A mined text nearer to the anchor than this share of its positive's cosine may well be right.
RELATIVE_MARGIN = 0.05
# Other pairs' positives to try where nothing closer will do.
MAX_TRIES = 200
# A prime, so that the tries go all over the training set; neighbours belong together.
STRIDE = 7919

Key = tuple[str, str]


class Negatives:
    """Finds negatives that are neither right nor held out.

    A negative is never a text of the pair's concepts, of anything above or below them, or (for a
    disease) of a finding that the disease shows; never of a test concept, nor of a concept that a
    separation test item joins with the pair's.

    Args:
        terms: every loaded concept.
        checks: the leak checks of the training set.
        pairs: the training set.
    """

    def __init__(self, terms: Terms, checks: LeakChecks, pairs: Sequence[Pair]) -> None:
        self._terms = terms
        self._checks = checks
        self._pairs = pairs
        self._ontology = Ontology(terms.concepts)
        self._children: dict[str, list[str]] = defaultdict(list)
        self._owners: dict[str, set[str]] = defaultdict(set)
        self._near: dict[Key, frozenset[str]] = {}
        for concept in terms.concepts.values():
            for parent in concept.parents:
                self._children[parent].append(concept.id)
            if split_of(concept.id) == "train":
                for text in texts_of(concept):
                    self._owners[normalise(text)].add(concept.id)

    def add(
        self, training: TrainingPairs, *, siblings: bool, mined: Mapping[Key, Sequence[str]]
    ) -> TrainingPairs:
        """Give every pair a negative: its own, else mined, else a sibling's text, else another's.

        Args:
            training: the pairs; users' own may have negatives already.
            siblings: whether to look among ontology siblings, then cousins.
            mined: (anchor, positive) to mined texts, hardest first.

        Returns:
            The pairs in their order; the audit counts where each negative comes from: ``own``,
            ``mined``, ``sibling``, ``cousin`` or ``other pair`` (the positive of another pair of
            the same relation, which is no harder than an in-batch negative).

        Raises:
            CardioBenchError: a pair has none, because there are too few pairs.
        """
        positives: dict[str, list[str]] = defaultdict(list)
        for pair in training.pairs:
            positives[pair.relation].append(pair.positive)
        everything = [pair.positive for pair in training.pairs]
        counts: Counter[str] = Counter()
        done: list[Pair] = []
        for pair in training.pairs:
            ways: list[tuple[str, Iterator[str]]] = [
                ("mined", iter(mined.get((pair.anchor, pair.positive), ()))),
                ("sibling", self._relatives(pair, 1) if siblings else iter(())),
                ("cousin", self._relatives(pair, 2) if siblings else iter(())),
                ("other pair", _picks(pair, positives[pair.relation])),
                ("other pair", _picks(pair, everything)),
            ]
            kind, negative = ("own", pair.negative) if pair.negative else self._first(pair, ways)
            counts[kind] += 1
            done.append(dataclasses.replace(pair, negative=negative))
        audit = dataclasses.replace(training.audit, negatives=dict(sorted(counts.items())))
        return dataclasses.replace(training, pairs=tuple(done), audit=audit)

    def mine(self, architecture: str) -> dict[Key, list[str]]:
        """Texts that a model puts near the anchors, by sentence-transformers' own miner.

        Candidates are the positives of the training set, so nothing held out comes in.

        Args:
            architecture: name of the encoder, as ``cardiobench plugins`` lists it.

        Returns:
            (anchor, positive) to candidates, nearest first; pairs without candidates are absent.

        Raises:
            UnknownNameError: there is no such architecture.
            WeightsError: its weights cannot be had.
        """
        from datasets import Dataset
        from sentence_transformers.util import mine_hard_negatives

        plugins = load_plugins()
        spec = plugins.architecture(architecture)
        model = load_encoder(spec, plugins)
        columns = {
            "anchor": [pair.anchor for pair in self._pairs],
            "positive": [pair.positive for pair in self._pairs],
        }
        rows = mine_hard_negatives(
            Dataset.from_dict(columns),
            model,
            num_negatives=CANDIDATES,
            relative_margin=RELATIVE_MARGIN,
            query_prompt=spec.query_prompt or None,
            corpus_prompt=spec.document_prompt or None,
            output_format="triplet",
            # Queries at a time: bounds the table of cosines to this many rows.
            faiss_batch_size=1024,
            verbose=False,
        )
        mined: dict[Key, list[str]] = defaultdict(list)
        for row in rows:
            mined[row["anchor"], row["positive"]].append(row["negative"])
        return dict(mined)

    def _first(self, pair: Pair, ways: list[tuple[str, Iterator[str]]]) -> tuple[str, str]:
        """The first text that may stand against the pair, and where it comes from."""
        right = self._right_texts(pair)
        for kind, texts in ways:
            for text in texts:
                if self._is_wrong(pair, normalise(text), right):
                    return kind, text
        raise CardioBenchError(
            f"No negative can be found for the pair {pair.anchor!r} / {pair.positive!r}; "
            "there are too few pairs."
        )

    def _is_wrong(self, pair: Pair, text: str, right: set[str]) -> bool:
        """Whether a normalised text is wrong for a pair, and may be trained on."""
        if not text or text in right or self._checks.held_out(text):
            return False
        if self._checks.joins(normalise(pair.anchor), text):
            return False
        return not self._owners.get(text, set()) & self._near_concepts(pair)

    def _right_texts(self, pair: Pair) -> set[str]:
        ids = [i for i in (pair.concept, pair.other) if i in self._terms.concepts]
        own = [text for i in ids for text in texts_of(self._terms.concepts[i])]
        return {normalise(text) for text in (pair.anchor, pair.positive, *own)}

    def _near_concepts(self, pair: Pair) -> frozenset[str]:
        """The pair's concepts, those above and below, and what a disease shows."""
        key = pair.concept, "" if pair.concept in self._terms.findings else pair.other
        if key not in self._near:
            ids = {*key, *self._terms.findings.get(pair.concept, ())}
            if pair.relation == OWN:
                # Users' texts may be names of known concepts.
                texts = normalise(pair.anchor), normalise(pair.positive)
                ids |= {i for text in texts for i in self._owners.get(text, ())}
            known = ids & self._terms.concepts.keys()
            self._near[key] = frozenset().union(
                *(self._ontology.ancestors(i) | self._ontology.descendants(i) for i in known)
            )
        return self._near[key]

    def _relatives(self, pair: Pair, steps: int) -> Iterator[str]:
        """Texts of concepts as far down as the positive's, ``steps`` up and down again."""
        target = self._terms.concepts.get(pair.other or pair.concept)
        if target is None:
            return
        level = {target.id}
        for _ in range(steps):
            level = {p for i in level for p in self._terms.concepts[i].parents}
        for _ in range(steps):
            level = {child for i in level for child in self._children.get(i, ())}
        text_of = _kind_of_text(target, pair.positive)
        seed = f"{pair.anchor}|{pair.positive}|"
        near = self._near_concepts(pair)
        usable = (i for i in level - near if split_of(i) == "train")
        for concept_id in sorted(usable, key=lambda i: sha256_text(seed + i)):
            yield text_of(self._terms.concepts[concept_id])


def _kind_of_text(concept: Concept, text: str) -> Callable[[Concept], str]:
    """How to get from another concept the kind of text that ``text`` is of this one."""
    if text == concept.definition:
        return lambda other: other.definition
    if text == concept.comment:
        return lambda other: other.comment
    return lambda other: other.name


def _picks(pair: Pair, texts: Sequence[str]) -> Iterator[str]:
    """Texts from places that the pair alone decides."""
    start = int(sha256_text(f"{pair.anchor}|{pair.positive}")[:12], 16)
    tries = min(MAX_TRIES, len(texts))
    stride = STRIDE if len(texts) > MAX_TRIES else 1
    return (texts[(start + stride * number) % len(texts)] for number in range(tries))
