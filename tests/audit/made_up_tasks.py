"""Tasks whose shortcuts are known, as a plugin would bring them. Text: CC BY 4.0."""

from dataclasses import replace
from typing import Any, ClassVar

from cardiobench_tasks.catalogue import TaskSpec
from cardiobench_tasks.item_scores import ItemScores
from cardiobench_tasks.metadata import task_metadata
from cardiobench_tasks.pair_task import PairTask
from cardiobench_tasks.retrieval import RetrievalTask
from cardiobench_tasks.task_data import Tables, revision_of

WORDS = "amber birch cedar delta ember fjord grove heath inlet jetty knoll larch".split()
MODULE = "made_up_tasks"


def _pairs() -> Tables:
    """The word "rarely" gives every different pair away; words are never shared."""
    pairs = [(a, b) for a in WORDS[:6] for b in WORDS[6:]]
    return {
        "pairs": [
            {
                "id": f"p-{number}",
                "sentence1": f"{a} rises",
                "sentence2": f"{'often' if number % 2 else 'rarely'} at {b}",
                "labels": number % 2,
                "concept1": a,
                "concept2": b,
            }
            for number, (a, b) in enumerate(pairs)
        ]
    }


def _triplets() -> Tables:
    """The wrong candidate repeats the anchor; no word of a candidate tells it apart."""
    return {
        "pairs": [
            {
                "id": f"{word}-{side}",
                "sentence1": f"the {word} stands",
                "sentence2": text,
                "labels": label,
                "triplet": word,
            }
            for number, word in enumerate(WORDS)
            for side, label, text in (
                ("right", 1, f"one {WORDS[number - 1]} is here"),
                ("wrong", 0, f"one {word} is here"),
            )
        ]
    }


def _documents() -> Tables:
    """Every query is answered by the first document and by one of its own."""
    return {
        "corpus": [{"id": f"d-{word}", "text": f"about {word} and more"} for word in WORDS],
        "queries": [{"id": f"q-{word}", "text": f"{word}?"} for word in WORDS[1:]],
        "qrels": [
            {"query": f"q-{word}", "document": f"d-{answer}"}
            for word in WORDS[1:]
            for answer in (word, WORDS[0])
        ],
    }


def _spec(name: str, type_: str, score: str, tables: Tables, **fields: Any) -> TaskSpec:
    return TaskSpec(
        name=name,
        type=type_,
        main_score=score,
        asks="Is the shortcut seen?",
        sources=("written for a test",),
        packages=(),
        revision=revision_of(tables),
        target=f"{MODULE}:{name}",
        provider="made-up",
        **fields,
    )


PAIRS = _spec("MadeUpPairs", "PairClassification", "max_ap", _pairs())
TRIPLETS = _spec("MadeUpTriplets", "PairClassification", "max_accuracy", _triplets())
DOCUMENTS = _spec("MadeUpDocuments", "Retrieval", "ndcg_at_10", _documents())
CLAIMING = replace(PAIRS, lexical_control=True)


def _metadata(spec: TaskSpec, subtype: str) -> Any:
    return task_metadata(
        spec,
        origin="written",
        description="Made up for a test.",
        dataset={"path": f"made-up/{spec.name}", "revision": spec.revision},
        task_subtypes=[subtype],
        prompt="Find what belongs together.",
    )


class MadeUpPairs(PairTask):
    """Labelled pairs."""

    spec: ClassVar[TaskSpec] = PAIRS
    metadata = _metadata(PAIRS, "Textual Entailment")

    def build(self) -> Tables:
        """The pairs."""
        return _pairs()

    def item_scores(self, predictions: Any) -> ItemScores:
        """The cosines with labels."""
        rows = self.dataset[self.spec.split][:]
        return ItemScores(
            ids=rows["id"],
            values=list(predictions["cosine_scores"]),
            labels=rows["labels"],
            clusters=[list(pair) for pair in zip(rows["concept1"], rows["concept2"], strict=True)],
        )


class MadeUpTriplets(PairTask):
    """Triplets of two rows."""

    spec: ClassVar[TaskSpec] = TRIPLETS
    metadata = _metadata(TRIPLETS, "Textual Entailment")

    def build(self) -> Tables:
        """The triplets."""
        return _triplets()

    def item_scores(self, predictions: Any) -> ItemScores:
        """1 where the right candidate is closer, 0.5 for a tie."""
        cosines = predictions["cosine_scores"]
        wins = [
            0.5 if right == wrong else float(right > wrong)
            for right, wrong in zip(cosines[0::2], cosines[1::2], strict=True)
        ]
        return ItemScores(ids=list(WORDS), values=wins, clusters=[[word] for word in WORDS])


class MadeUpDocuments(RetrievalTask):
    """Queries and documents."""

    spec: ClassVar[TaskSpec] = DOCUMENTS
    metadata = _metadata(DOCUMENTS, "Article retrieval")

    def build(self) -> Tables:
        """The documents."""
        return _documents()

    def item_scores(self, predictions: Any) -> ItemScores:
        """nDCG@10, each query a concept of its own."""
        scores = super().item_scores(predictions)
        return ItemScores(ids=scores.ids, values=scores.values, clusters=[[i] for i in scores.ids])
