"""CardioNegation: the triplets keep their rules, and the score means what it says."""

import json
import re
from collections import Counter
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import mteb
import numpy as np
import pytest
from datasets import Dataset
from mteb.models.model_meta import ModelMeta
from mteb.similarity_functions import cos_sim, pairwise_cos_sim

from cardiobench.errors import DataError
from cardiobench.evaluation.evaluate import evaluate_task
from cardiobench.models.baselines import RANDOM, TFIDF, load_baseline
from cardiobench.results.entry import Entry
from cardiobench.statistics.estimates import estimate
from cardiobench_tasks.cardio_negation import CardioNegation
from cardiobench_tasks.catalogue import CARDIO_NEGATION
from cardiobench_tasks.task_data import revision_of, task_tables, written_rows

TEXTS = ("anchor", "paraphrase", "negation")
KINDS = {"explicit", "scope", "temporal", "family", "uncertainty"}
AREAS = {"finding", "ecg", "echo", "history", "drug"}
FOUND_ELSEWHERE = ("similarity_scores", "manhattan_distances", "euclidean_distances", "dot_scores")


@pytest.fixture(scope="module")
def triplets() -> list[dict[str, Any]]:
    """The triplets as they lie in the package."""
    return written_rows("negation")


def evaluate(model: Any, folder: Path) -> tuple[CardioNegation, dict[str, Any], Any]:
    """Stock mteb: the task, its scores and the predictions it wrote."""
    task = CardioNegation()
    result = mteb.evaluate(
        model,
        task,
        cache=None,
        encode_kwargs={"batch_size": 32, "show_progress_bar": False},
        prediction_folder=folder,
        show_progress_bar=False,
    ).task_results[0]
    predictions = json.loads((folder / task.prediction_file_name).read_text())
    split = CARDIO_NEGATION.split
    return task, result.scores[split][0], predictions["default"][split]


def test_there_are_400_balanced_triplets_of_every_kind_and_area(
    triplets: list[dict[str, Any]],
) -> None:
    """Each kind has enough triplets for a score of its own; ids are stable and in order."""
    assert len(triplets) >= 700
    strata = Counter(row["stratum"] for row in triplets)
    assert set(strata) == {"adversarial", "balanced", "marked"}
    assert strata["balanced"] >= 400
    kinds, areas = (Counter(row[key] for row in triplets) for key in ("kind", "area"))
    assert set(kinds) == KINDS
    assert min(kinds.values()) >= 60
    assert set(areas) == AREAS
    assert min(areas.values()) >= 60
    assert [row["id"] for row in triplets] == [f"neg-{k:04d}" for k in range(1, len(triplets) + 1)]
    assert {tuple(row) for row in triplets} == {("id", *TEXTS, "kind", "area", "stratum")}


def test_triplet_texts_are_unique_short_and_plain_ascii(triplets: list[dict[str, Any]]) -> None:
    """4 to 25 words, one sentence's punctuation, and no text twice, letter case aside."""
    texts = [row[key] for row in triplets for key in TEXTS]
    assert len({re.sub(r"\W+", " ", text.lower()).strip() for text in texts}) == len(texts)
    for text in texts:
        assert text.isascii()
        assert 4 <= len(text.split()) <= 25, text
        assert re.fullmatch(r"[A-Z0-9]\S*( \S+)*[.]", text), text


def test_the_data_is_in_the_package_and_is_the_pinned_one() -> None:
    """Two readings give the pinned content hash; the files come with their description."""
    assert revision_of(CardioNegation().build()) == CARDIO_NEGATION.revision
    assert revision_of(CardioNegation().build()) == CARDIO_NEGATION.revision
    readme = (files("cardiobench_tasks") / "data" / "README.md").read_text(encoding="utf-8")
    for phrase in ("CC BY 4.0", "language model", "not for clinical decisions", "negation.jsonl"):
        assert phrase in readme


def test_changed_text_is_refused_with_a_way_out() -> None:
    """A score on edited triplets would be published as if comparable."""
    spec = replace(CARDIO_NEGATION, revision="f" * 40)
    with pytest.raises(DataError, match=r"not the pinned ffffffffffff\. Type: pip install --force"):
        task_tables(spec, CardioNegation().build)


def test_metadata_is_filled_and_says_who_wrote_the_text() -> None:
    """mteb's own check passes; nothing claims that people wrote or reviewed it."""
    metadata = CardioNegation.metadata
    assert metadata.is_filled()
    assert (metadata.main_score, metadata.revision) == (
        "triplet_accuracy",
        CARDIO_NEGATION.revision,
    )
    assert metadata.license == "cc-by-4.0"
    assert metadata.annotations_creators == "LM-generated"
    assert "no clinician" in metadata.description


def test_scores_by_hand() -> None:
    """Three made-up triplets: accuracy (1 + 0 + 0.5) / 3, margin (0.8 - 0.2 + 0) / 3."""
    task = CardioNegation()
    kinds, areas = ["scope", "scope", "family"], ["ecg", "echo", "echo"]
    strata = ["balanced"] * 3
    columns = {"triplet": ["t1", "t2", "t3"], "kind": kinds, "area": areas, "stratum": strata}
    columns = {name: [v for v in values for _ in (0, 1)] for name, values in columns.items()}
    task.dataset = {CARDIO_NEGATION.split: Dataset.from_dict(columns)}
    cosines = [0.9, 0.1, 0.3, 0.5, 0.6, 0.6]
    predictions = {"cosine_scores": cosines, **dict.fromkeys(FOUND_ELSEWHERE, cosines)}
    scores = task._compute_metrics(predictions, [1, 0] * 3)
    assert scores["triplet_accuracy"] == pytest.approx(0.5)
    assert scores["margin"] == pytest.approx(0.2)
    assert scores["accuracy_scope"] == pytest.approx(0.5)
    assert scores["margin_scope"] == pytest.approx(0.3)
    assert scores["accuracy_family"] == pytest.approx(0.5)
    assert scores["accuracy_area_ecg"] == 1.0
    assert scores["accuracy_area_echo"] == pytest.approx(0.25)
    assert "max_ap" in scores, "mteb's own pair metrics are kept"
    items = task.item_scores(predictions)
    assert (items.ids, items.values) == (["t1", "t2", "t3"], [1.0, 0.0, 0.5])
    assert items.clusters == [["t1"], ["t2"], ["t3"]]


class Constant:
    """An mteb encoder that gives every text the same vector."""

    mteb_model_meta = ModelMeta.create_empty(
        overwrites={"name": "example/constant", "revision": "1"}
    )

    def encode(self, inputs: Any, **kwargs: Any) -> Any:
        """One vector a text."""
        count = sum(len(batch["text"]) for batch in inputs)
        return np.tile(np.array([0.3, -0.1, 0.7], dtype=np.float32), (count, 1))

    def similarity(self, first: Any, second: Any) -> Any:
        """Cosine of all pairs."""
        return cos_sim(first, second)

    def similarity_pairwise(self, first: Any, second: Any) -> Any:
        """Cosine of pairs."""
        return pairwise_cos_sim(first, second)


def test_constant_embeddings_score_exactly_one_half(tmp_path: Path) -> None:
    """Ties count one half, so a collapsed model gets chance and no more."""
    _, scores, _ = evaluate(Constant(), tmp_path)
    halves = [value for key, value in scores.items() if key.startswith("accuracy_")]
    assert scores["main_score"] == scores["triplet_accuracy"] == 0.5
    assert halves == [0.5] * len(KINDS | AREAS | {"adversarial", "marked"})
    assert scores["margin"] == pytest.approx(0, abs=1e-6)


def test_random_vectors_and_shared_words_are_at_chance(tmp_path: Path) -> None:
    """0.5 lies in both intervals; adversarial triplets fool who follows shared words."""
    for name, revision in ((RANDOM, "2"), (TFIDF, "1")):
        entry = Entry(tmp_path, name, revision)
        evaluate_task(load_baseline(name), entry, CARDIO_NEGATION)
        chance = estimate(entry.items("CardioNegation"))
        assert chance.low < 0.5 < chance.high
    assert entry.scores("CardioNegation")["accuracy_adversarial"] < 0.25


def test_stock_mteb_and_real_weights_agree_with_raw_embeddings(
    minilm: Any, tmp_path: Path, triplets: list[dict[str, Any]]
) -> None:
    """Items average to the main score; cosines by hand give the same; every kind is stored."""
    with pytest.warns():  # mteb calls a renamed method of sentence-transformers
        task, scores, predictions = evaluate(minilm, tmp_path)
    assert set(predictions) == {"cosine_scores", *FOUND_ELSEWHERE}
    task.load_data()  # mteb lets go of the data when it is done
    items = task.item_scores(predictions)
    assert np.mean(items.values) == pytest.approx(scores["main_score"], abs=1e-9)
    cosines = np.array(predictions["cosine_scores"])
    balanced = np.array([row["stratum"] == "balanced" for row in triplets])
    margins = (cosines[0::2] - cosines[1::2])[balanced]
    assert scores["margin"] == pytest.approx(margins.mean(), abs=1e-6)
    some = triplets[::10]
    anchor, paraphrase, negation = (minilm.encode([row[key] for row in some]) for key in TEXTS)
    close, far = (anchor * paraphrase).sum(axis=1), (anchor * negation).sum(axis=1)
    np.testing.assert_allclose(cosines[0::20], close, atol=1e-5)
    np.testing.assert_allclose(cosines[1::20], far, atol=1e-5)
    right = dict(zip(items.ids, items.values, strict=True))
    expected = {row["id"]: win for row, win in zip(some, (close > far).tolist(), strict=True)}
    assert {i: right[i] for i in expected if i in right} == {
        i: win for i, win in expected.items() if i in right
    }
