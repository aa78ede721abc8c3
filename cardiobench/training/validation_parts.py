"""What validates a training: parts that no task tests, each a score in [0, 1], and their mean."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from statistics import fmean
from typing import TYPE_CHECKING, Any

from cardiobench.pairs.pair import Pair
from cardiobench.plugins.architecture import Architecture

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.base.evaluation import BaseEvaluator, SequentialEvaluator

_TEXTS = "cardiobench.training.validation_texts"
_TRIPLET = ("anchor", "positive", "negative")


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the validation.

    Attributes:
        meaning: what it asks and its metric.
        metric: the metric's name in sentence-transformers' evaluator.
    """

    meaning: str
    metric: str


PARTS = {
    "concepts": Part(
        "held-out training concepts: nDCG@10 of finding an anchor's positives",
        "cosine_ndcg@10",
    ),
    "questions": Part(
        "questions of general medicine, written for this: nDCG@10 of finding the answer",
        "cosine_ndcg@10",
    ),
    "assertions": Part(
        "clinical statements, written for this: accuracy of a paraphrase against the opposite",
        "cosine_accuracy",
    ),
    "similarity": Part(
        "everyday sentences, written for this: Spearman correlation with a reader's grades, "
        "which adaptation should not lose",
        "spearman_cosine",
    ),
}


@cache
def written(part: str) -> tuple[dict[str, Any], ...]:
    """The items of a written part, as they stand in its file."""
    text = resources.files(_TEXTS).joinpath(f"{part}.jsonl").read_text(encoding="utf-8")
    return tuple(json.loads(line) for line in text.splitlines())


def written_validation_texts() -> set[str]:
    """Every text of the written parts; no training may hold one."""
    return {
        text
        for part in PARTS
        if part != "concepts"
        for item in written(part)
        for text in item.values()
        if isinstance(text, str)
    }


def validator(
    parts: Sequence[str], architecture: Architecture, pairs: Sequence[Pair], batch_size: int
) -> "SequentialEvaluator":
    """Scores a model on the parts; its main score is their mean.

    Unlike a loss, the score compares recipes with different losses.

    Args:
        parts: names out of :data:`PARTS`.
        architecture: gives the prompts.
        pairs: the held-out pairs of ``concepts``.
        batch_size: texts encoded at once.
    """
    from sentence_transformers.base.evaluation import SequentialEvaluator

    evaluators = [_evaluator(part, architecture, pairs, batch_size) for part in parts]
    return SequentialEvaluator(evaluators, main_score_function=fmean)


def part_scores(
    model: "SentenceTransformer", evaluator: "SequentialEvaluator", parts: Sequence[str]
) -> dict[str, float]:
    """A model's score by part, in [0, 1] or, for similarity, [-1, 1]."""
    scores = evaluator(model)
    return {part: float(scores[f"{part}_{PARTS[part].metric}"]) for part in parts}


def _evaluator(
    part: str, architecture: Architecture, pairs: Sequence[Pair], batch_size: int
) -> "BaseEvaluator":
    from sentence_transformers.sentence_transformer import evaluation
    from sentence_transformers.util import SimilarityFunction

    options: dict[str, Any] = {"name": part, "batch_size": batch_size, "write_csv": False}
    cosine = SimilarityFunction.COSINE
    if part == "similarity":
        items = written(part)
        return evaluation.EmbeddingSimilarityEvaluator(
            [item["text1"] for item in items],
            [item["text2"] for item in items],
            [float(item["score"]) for item in items],
            main_similarity=cosine,
            similarity_fn_names=["cosine"],
            **options,
        )
    if part == "assertions":
        anchors, positives, negatives = (
            [item[name] for item in written(part)] for name in _TRIPLET
        )
        return evaluation.TripletEvaluator(
            anchors,
            positives,
            negatives,
            main_similarity_function=cosine,
            similarity_fn_names=["cosine"],
            **options,
        )
    asked = [(pair.anchor, pair.positive) for pair in pairs]
    if part == "questions":
        asked = [(item["question"], item["answer"]) for item in written(part)]
    return _retrieval(asked, architecture, options)


def _retrieval(
    asked: Sequence[tuple[str, str]], architecture: Architecture, options: dict[str, Any]
) -> "BaseEvaluator":
    """Finding the second text of each pair among all second texts."""
    from sentence_transformers.sentence_transformer.evaluation import InformationRetrievalEvaluator

    corpus: dict[str, Any] = {text: text for text in dict.fromkeys(text for _, text in asked)}
    relevant: dict[str, set[str]] = {}
    for query, text in asked:
        relevant.setdefault(query, set()).add(text)
    return InformationRetrievalEvaluator(
        queries={query: query for query in relevant},
        corpus=corpus,
        relevant_docs=relevant,
        mrr_at_k=[10],
        ndcg_at_k=[10],
        accuracy_at_k=[1],
        precision_recall_at_k=[10],
        map_at_k=[10],
        query_prompt=architecture.query_prompt or None,
        corpus_prompt=architecture.document_prompt or None,
        **options,
    )
