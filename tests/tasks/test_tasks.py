"""The tasks are real mteb tasks, built the same everywhere, and mean what they say."""

import contextlib
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import ir_measures
import mteb
import numpy as np
import pytest
from ir_measures import RR, nDCG
from mteb.cache import ResultCache
from mteb.models.model_meta import ModelMeta
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import roc_auc_score

from cardiobench.errors import DataError
from cardiobench.sources.hpo import read_hpo
from cardiobench.sources.ontology import Ontology
from cardiobench.sources.split import split_of
from cardiobench_tasks import CATALOGUE, CardioSeparation, CardioTermRetrieval
from cardiobench_tasks.cardio_phenotype_retrieval import candidates_auroc
from cardiobench_tasks.catalogue import (
    CARDIO_PHENOTYPE_RETRIEVAL,
    CARDIO_SEPARATION,
    CARDIO_TERM_RETRIEVAL,
)
from cardiobench_tasks.residual import is_residual
from cardiobench_tasks.separation import separation_scores
from cardiobench_tasks.shared_words import word_roots
from cardiobench_tasks.task_data import revision_of, task_tables

ENCODE = {"batch_size": 32, "show_progress_bar": False}
# One task of each kind with real weights; the others share their classes.
SCORED = (CARDIO_SEPARATION, CARDIO_TERM_RETRIEVAL)
# Real weights take their time: every fifth pair of each stratum, source and side is scored.
EVERY = 5


@contextlib.contextmanager
def fewer_pairs() -> Iterator[None]:
    """CardioSeparation holds some of its pairs: the same numbers of both sides."""
    load = CardioSeparation.load_data

    def load_some(self: Any, *arguments: Any, **options: Any) -> None:
        loaded = self.data_loaded
        load(self, *arguments, **options)
        if not loaded:
            rows = self.dataset[CARDIO_SEPARATION.split]
            kept = [k for k, i in enumerate(rows[:]["id"]) if int(i[-4:]) % EVERY == 0]
            self.dataset = {CARDIO_SEPARATION.split: rows.select(kept)}

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CardioSeparation, "load_data", load_some)
        yield


@pytest.fixture(scope="module")
def pairs() -> Any:
    """The rows of CardioSeparation."""
    task = CardioSeparation()
    task.load_data()
    return task.dataset[CARDIO_SEPARATION.split]


@pytest.fixture(scope="module")
def retrieval() -> dict[str, Any]:
    """Corpus, queries and qrels of CardioTermRetrieval."""
    task = CardioTermRetrieval()
    task.load_data()
    data = dict(task.dataset["default"][CARDIO_TERM_RETRIEVAL.split])
    return {**data, "corpus": data["corpus"][:], "queries": data["queries"][:]}


@pytest.fixture(scope="module")
def raw(minilm: Any, retrieval: dict[str, Any]) -> tuple[Any, Any]:
    """Embeddings of its documents and queries, without mteb."""
    return minilm.encode(retrieval["corpus"]["text"]), minilm.encode(retrieval["queries"]["text"])


@pytest.fixture(scope="module")
def board_run(minilm: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """What the runner stores for MiniLM zero-shot."""
    from cardiobench.evaluation.evaluate import evaluate_task
    from cardiobench.models.embedding_table import EmbeddingTable
    from cardiobench.models.mteb_meta import base_meta
    from cardiobench.plugins.registry import load_plugins
    from cardiobench.results.entry import Entry

    spec = load_plugins().architecture("minilm")
    entry = Entry(tmp_path_factory.mktemp("run"), spec.checkpoint, spec.revision)
    table = EmbeddingTable(minilm, base_meta(spec))
    with fewer_pairs():
        for task in SCORED:
            evaluate_task(table, entry, task)
    return entry


# The other specialties share CardioSeparation's builder, and their first use checks the pin too.
REBUILT = [
    pytest.param(s, marks=pytest.mark.slow if s.group == "transfer" else (), id=s.name)
    for s in CATALOGUE
]


@pytest.mark.parametrize("spec", REBUILT)
def test_data_is_built_the_same_every_time_and_is_the_pinned_one(spec: Any) -> None:
    """Two builds from the sources give the pinned content hash."""
    tables = spec.load().build()
    assert revision_of(tables) == spec.revision
    # The other tests of the session find it in the cache.
    assert task_tables(spec, lambda: tables) == tables


@pytest.mark.parametrize("spec", CATALOGUE, ids=lambda spec: spec.name)
def test_metadata_is_filled_as_mteb_demands(spec: Any) -> None:
    """mteb's own check for complete metadata passes, and the catalogue tells the same story."""
    metadata = spec.load().metadata
    assert metadata.is_filled()
    assert (metadata.name, metadata.type, metadata.main_score) == (
        spec.name,
        spec.type,
        spec.main_score,
    )
    assert metadata.revision == spec.revision


@pytest.mark.parametrize("spec", SCORED, ids=lambda spec: spec.name)
def test_stock_mteb_with_a_plain_model_gives_the_boards_scores(spec: Any, board_run: Any) -> None:
    """mteb.evaluate and a plain SentenceTransformer: every score equal to 1e-6."""
    from sentence_transformers import SentenceTransformer

    from cardiobench.models.local_weights import carried_folder
    from cardiobench.plugins.registry import load_plugins

    plain = SentenceTransformer(
        str(carried_folder(load_plugins().architecture("minilm").carried)), device="cpu"
    )
    # mteb calls a renamed method of sentence-transformers
    with fewer_pairs(), pytest.warns():
        result = mteb.evaluate(
            plain, spec.load(), cache=None, encode_kwargs=dict(ENCODE), show_progress_bar=False
        ).task_results[0]
    stock = result.scores[spec.split][0]
    ours = board_run.scores(spec.name)
    numbers = {key: value for key, value in stock.items() if isinstance(value, float)}
    assert len(numbers) > 10
    for key, value in numbers.items():
        if not (np.isnan(value) or key.startswith("nauc")):
            assert ours[key] == pytest.approx(value, abs=2e-6), key


def test_separation_equals_a_few_lines_from_raw_embeddings(minilm: Any, board_run: Any) -> None:
    """An independent computation of separation and AUROC."""
    task = CardioSeparation()
    with fewer_pairs():
        task.load_data()
    rows = [row for row in task.dataset[CARDIO_SEPARATION.split] if row["stratum"] == "matched"]
    assert len(rows) >= 200
    first = minilm.encode([row["sentence1"] for row in rows])
    second = minilm.encode([row["sentence2"] for row in rows])
    cosines = (first * second).sum(axis=1)
    similar = np.array([row["labels"] for row in rows]) == 1
    scores = board_run.scores("CardioSeparation")
    assert scores["main_score"] == scores["auroc"]
    assert scores["separation"] == pytest.approx(
        cosines[similar].mean() - cosines[~similar].mean(), abs=2e-6
    )
    assert scores["auroc"] == pytest.approx(roc_auc_score(similar, cosines), abs=1e-6)


def test_ndcg_and_mrr_equal_those_of_ir_measures(
    raw: tuple[Any, Any], retrieval: dict[str, Any], board_run: Any
) -> None:
    """Ranked by hand from raw embeddings, measured by another library."""
    documents, queries = raw
    run = {
        query: dict(zip(retrieval["corpus"]["id"], map(float, scores), strict=True))
        for query, scores in zip(retrieval["queries"]["id"], queries @ documents.T, strict=True)
    }
    measured = ir_measures.calc_aggregate([nDCG @ 10, RR @ 10], retrieval["relevant_docs"], run)
    scores = board_run.scores("CardioTermRetrieval")
    assert scores["ndcg_at_10"] == pytest.approx(measured[nDCG @ 10], abs=1e-5)
    assert scores["mrr_at_10"] == pytest.approx(measured[RR @ 10], abs=1e-5)
    assert scores["hit_rate_at_1"] <= scores["hit_rate_at_5"]


def test_stored_items_and_predictions_recompute_the_scores(board_run: Any) -> None:
    """The mean over stored items is the stored main score; predictions give the items."""
    from cardiobench.evaluation.evaluate import per_item_scores, read_predictions

    for spec in SCORED:
        items = board_run.items(spec.name)
        values = np.array(items.values)
        recomputed = roc_auc_score(items.labels, values) if items.labels else values.mean()
        assert recomputed == pytest.approx(board_run.scores(spec.name)["main_score"], abs=1e-5)
        task = spec.load()
        with fewer_pairs():
            task.load_data()
        predictions = read_predictions(board_run.predictions_path(spec.name))
        again = per_item_scores(task, spec, predictions)
        np.testing.assert_allclose(again.values, items.values, atol=1e-6)


def test_separation_has_at_least_600_pairs_a_side_matched_pair_by_pair(pairs: Any) -> None:
    """As many similar as different pairs, no pair twice, no concept with itself."""
    labels = [r["labels"] for r in pairs if r["stratum"] == "matched"]
    assert sum(labels) == len(labels) - sum(labels) >= 600
    seen = {(r["stratum"], r["labels"], frozenset((r["concept1"], r["concept2"]))) for r in pairs}
    assert len(seen) == len(pairs)
    assert all(len(concepts) == 2 for _, _, concepts in seen)
    assert {r["exposure"] for r in pairs} == {0, 1, 2}
    assert {r["source"] for r in pairs} == {"hpo", "icd10cm"}


SPECIALTIES = [param for param in REBUILT if param.values[0].main_score == "auroc"]


@pytest.mark.parametrize("spec", SPECIALTIES)
def test_shared_wording_alone_does_not_separate_the_matched_pairs(spec: Any) -> None:
    """Five TF-IDF models: AUROC within 0.04 of chance; on the unmatched stratum they shine."""
    definitions = [c.definition for c in read_hpo().concepts.values() if c.definition]
    task = spec.load()
    task.load_data()
    rows = task.dataset[spec.split][:]
    labels, source = np.array(rows["labels"]), np.array(rows["source"])
    matched = np.array(rows["stratum"]) == "matched"
    options: list[dict[str, Any]] = [
        {},
        {"stop_words": "english"},
        {"ngram_range": (1, 2)},
        {"analyzer": "char_wb", "ngram_range": (2, 4)},
        {"analyzer": "char", "ngram_range": (3, 3)},
    ]
    for option in options:
        vectoriser = TfidfVectorizer(**option).fit(definitions)
        first, second = (vectoriser.transform(rows[c]) for c in ("sentence1", "sentence2"))
        cosines = np.asarray(first.multiply(second).sum(axis=1)).ravel()

        def auroc(kept: Any, cosines: Any = cosines) -> float:
            return separation_scores(cosines[kept], labels[kept])["auroc"]

        assert abs(auroc(matched) - 0.5) < 0.04, option
        for name in ("hpo", "icd10cm"):
            assert abs(auroc(matched & (source == name)) - 0.5) < 0.07, (option, name)
        assert auroc(~matched) > 0.7, option


@pytest.mark.parametrize("spec", SPECIALTIES)
def test_one_text_alone_says_nothing_of_its_side(spec: Any) -> None:
    """Each text, as each place in a pair and each area, is similar as often as different."""
    task = spec.load()
    task.load_data()
    rows = [row for row in task.dataset[spec.split] if row["stratum"] == "matched"]
    for column in ("sentence1", "sentence2", "concept1", "concept2", "area", "source"):
        sides = [Counter(r[column] for r in rows if r["labels"] == label) for label in (0, 1)]
        assert sides[0] == sides[1], column


@pytest.mark.parametrize("spec", SPECIALTIES)
def test_different_concepts_share_no_disease_word_and_none_is_residual(spec: Any) -> None:
    """Not in any of their names; "atherosclerosis" of two places is no different pair."""
    from cardiobench.sources.icd10cm import read_icd10cm

    concepts = {**read_hpo().concepts, **read_icd10cm().concepts}
    task = spec.load()
    task.load_data()
    for row in task.dataset[spec.split]:
        pair = [concepts[row[column]] for column in ("concept1", "concept2")]
        assert not any(is_residual(concept.name) for concept in pair), row["id"]
        if row["labels"] == 0:
            first, second = (word_roots(concept.exact_names()) for concept in pair)
            assert not first & second, row["id"]


def test_roots_are_shared_by_words_of_one_disease() -> None:
    """Endings and prefixes do not hide it; sides and degrees do not make it."""
    assert word_roots(["Pyopericarditis"]) & word_roots(["Acute rheumatic pancarditis"])
    assert word_roots(["Aortic dissections"]) & word_roots(["Coronary artery dissection"])
    assert not word_roots(["Chronic left pericarditis"]) & word_roots(["Chronic left stroke"])


def test_popularity_does_not_find_a_diseases_findings() -> None:
    """Each finding is wrong as often as right, so no constant list is above chance."""
    tables = CARDIO_PHENOTYPE_RETRIEVAL.load().build()
    right: dict[str, set[str]] = defaultdict(set)
    for row in tables["qrels"]:
        right[row["query"]].add(row["document"])
    wrong = {r["query"]: set(r["documents"]) - right[r["query"]] for r in tables["candidates"]}
    count = [Counter(i for found in side.values() for i in found) for side in (right, wrong)]
    assert count[0] == count[1]
    popular = [
        candidates_auroc({i: count[0][i] for i in right[q] | wrong[q]}, dict.fromkeys(right[q], 1))
        for q in wrong
    ]
    assert len(popular) >= 300
    assert abs(np.mean(popular) - 0.5) < 0.03
    ontology = Ontology(read_hpo().concepts)
    for query, found in wrong.items():
        assert len(found) == len(right[query])
        above = {a for i in right[query] for a in ontology.ancestors(i)}
        assert not found & above, query


def test_separation_metric_by_hand() -> None:
    """Means, SDs, AUROC and Cohen's d of five cosines computed on paper."""
    scores = separation_scores([0.8, 0.6, 0.1, 0.3, 0.2], [1, 1, 0, 0, 0])
    assert scores["separation"] == pytest.approx(0.5)
    assert scores["auroc"] == 1.0
    assert scores["sd_similar"] == pytest.approx(0.141421, abs=1e-6)
    assert scores["sd_different"] == pytest.approx(0.1)
    assert scores["cohens_d"] == pytest.approx(0.5 / np.sqrt((0.02 + 2 * 0.01) / 3))


def test_broken_embeddings_are_not_scored() -> None:
    """NaN cosines are an error, not a score."""
    with pytest.raises(ValueError, match="NaN or infinite"):
        separation_scores([float("nan"), 0.1], [1, 0])
    with pytest.raises(ValueError, match="at least one similar and one different"):
        separation_scores([0.5, 0.1], [1, 1])


def test_retrieval_queries_are_held_out_and_the_corpus_is_whole(
    retrieval: dict[str, Any],
) -> None:
    """Every query's concept is on the test side; definitions of both sides are in the corpus."""
    assert {split_of(q.rpartition("-")[0]) for q in retrieval["queries"]["id"]} == {"test"}
    assert {split_of(d) for d in retrieval["corpus"]["id"]} == {"train", "test"}
    corpus = set(retrieval["corpus"]["id"])
    for query in retrieval["queries"]["id"]:
        relevant = retrieval["relevant_docs"][query]
        assert set(relevant) <= corpus
        assert query.rpartition("-")[0] in relevant


def test_shuffled_qrels_give_chance_retrieval(
    raw: tuple[Any, Any], retrieval: dict[str, Any]
) -> None:
    """The score comes from the qrels: with wrong ones it is gone."""
    generator = np.random.default_rng(0)
    documents, queries = raw
    ids = np.array(retrieval["corpus"]["id"])
    shuffled: dict[str, dict[str, int]] = defaultdict(dict)
    for query in retrieval["queries"]["id"]:
        shuffled[query][str(generator.choice(ids))] = 1
    run = {
        query: dict(zip(ids.tolist(), map(float, scores), strict=True))
        for query, scores in zip(retrieval["queries"]["id"], queries @ documents.T, strict=True)
    }
    chance = ir_measures.calc_aggregate([nDCG @ 10], shuffled, run)[nDCG @ 10]
    assert chance < 0.02


class Constant:
    """An mteb encoder of made-up vectors, with a name and a revision."""

    def __init__(self) -> None:
        self.mteb_model_meta = ModelMeta.create_empty(
            overwrites={"name": "example/constant", "revision": "1"}
        )
        self.calls = 0

    def encode(self, inputs: Any, **kwargs: Any) -> Any:
        """One vector a text."""
        self.calls += 1
        texts = [text for batch in inputs for text in batch["text"]]
        return np.array([[len(t), 1.0 + t.count("a"), 3.0] for t in texts], dtype=np.float32)

    def similarity(self, first: Any, second: Any) -> Any:
        """Cosine of all pairs."""
        return mteb.similarity_functions.cos_sim(first, second)

    def similarity_pairwise(self, first: Any, second: Any) -> Any:
        """Cosine of pairs."""
        return mteb.similarity_functions.pairwise_cos_sim(first, second)


def test_a_changed_data_revision_never_meets_an_old_cached_score(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stock mteb ignores the dataset revision of a cached result; ours is part of the split."""
    cache, model = ResultCache(tmp_path), Constant()

    def evaluate() -> dict[str, Any]:
        task = CardioSeparation()
        result = mteb.evaluate(
            model, task, cache=cache, encode_kwargs=dict(ENCODE), show_progress_bar=False
        ).task_results[0]
        return dict(result.scores)

    before = evaluate()
    calls = model.calls
    evaluate()
    assert model.calls == calls, "an unchanged revision comes from the cache"

    tables = dict(task_tables(CARDIO_SEPARATION, CardioSeparation().build))
    tables["pairs"] = [{**row, "labels": 1 - row["labels"]} for row in tables["pairs"]]
    changed = replace(CARDIO_SEPARATION, revision=revision_of(tables))
    metadata = CardioSeparation.metadata.model_copy(
        update={
            "dataset": {"path": "x/y", "revision": changed.revision},
            "eval_splits": [changed.split],
        }
    )
    monkeypatch.setattr(CardioSeparation, "spec", changed)
    monkeypatch.setattr(CardioSeparation, "metadata", metadata)
    monkeypatch.setattr(CardioSeparation, "build", lambda self: tables)
    after = evaluate()
    assert model.calls > calls
    old = before[CARDIO_SEPARATION.split][0]["separation"]
    assert after[changed.split][0]["separation"] == pytest.approx(-old, abs=2e-6)


def test_other_source_data_than_the_pinned_is_refused() -> None:
    """Scores on silently different data would be published as if comparable."""
    spec = replace(CARDIO_SEPARATION, revision="f" * 40)
    with pytest.raises(DataError, match=r"not the pinned ffffffffffff\. Type: pip install"):
        task_tables(spec, lambda: {"pairs": [{"id": "1"}]})


@pytest.mark.parametrize("value", ["half \ud83d", float("nan"), {1, 2}])
def test_a_task_whose_data_cannot_be_stored_is_named(private_cache: Path, value: object) -> None:
    """As a plugin may build them; nothing is kept."""
    spec = replace(CARDIO_SEPARATION, revision="0" * 40)
    with pytest.raises(DataError, match=r"^CardioSeparation: its data are no JSON of") as caught:
        task_tables(spec, lambda: {"pairs": [{"id": "1", "sentence1": value}]})
    assert "\n" not in str(caught.value)


def test_a_damaged_cache_file_is_rebuilt(private_cache: Path) -> None:
    """A cached table that does not hash to the pinned revision is never believed."""
    spec, task = CARDIO_TERM_RETRIEVAL, CardioTermRetrieval()
    whole = task_tables(spec, task.build)
    (cached,) = (private_cache / "tasks").glob(f"{spec.name}-*")
    cached.write_text(cached.read_text().replace("stenosis", "fitness"))
    assert task_tables(spec, task.build) == whole
    built: list[int] = []

    def never() -> Any:
        built.append(1)
        return task.build()

    task_tables(spec, never)
    assert not built, "the rebuilt file is used again"


def test_random_vectors_separate_nothing(tmp_path: Path) -> None:
    """mteb's random baseline: 0.5 lies in the interval, and retrieval is at chance."""
    from cardiobench.evaluation.evaluate import evaluate_task
    from cardiobench.models.baselines import RANDOM, load_baseline
    from cardiobench.results.entry import Entry
    from cardiobench.statistics.estimates import estimate

    entry = Entry(tmp_path, RANDOM, "2")
    encoder = load_baseline(RANDOM)
    for spec in SCORED:
        evaluate_task(encoder, entry, spec)
    auroc = estimate(entry.items("CardioSeparation"))
    assert auroc.low < 0.5 < auroc.high
    assert estimate(entry.items("CardioTermRetrieval")).value < 0.02


def test_tfidf_scores_nothing_on_the_matched_stratum(tmp_path: Path) -> None:
    """The TF-IDF row of the board: AUROC at chance matched, far more unmatched."""
    from cardiobench.evaluation.evaluate import evaluate_task
    from cardiobench.models.baselines import TFIDF, load_baseline
    from cardiobench.results.entry import Entry

    entry = Entry(tmp_path, TFIDF, "1")
    evaluate_task(load_baseline(TFIDF), entry, CARDIO_SEPARATION)
    scores = entry.scores("CardioSeparation")
    assert abs(scores["auroc"] - 0.5) < 0.03
    assert scores["unmatched_separation"] > 0.3


def test_each_distinct_text_is_encoded_once(minilm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The table remembers across columns, tasks and kinds of text."""
    from mteb.types import PromptType

    from cardiobench.models.embedding_table import PROBES, EmbeddingTable
    from cardiobench.models.mteb_meta import base_meta
    from cardiobench.plugins.registry import load_plugins

    table = EmbeddingTable(minilm, base_meta(load_plugins().architecture("minilm")))
    asked: list[str] = []
    encode = minilm.encode

    def spy(inputs: list[str], **options: Any) -> Any:
        asked.extend(text for text in inputs if text not in PROBES)
        return encode(inputs, **options)

    monkeypatch.setattr(minilm, "encode", spy)
    once = table.encode([{"text": ["heart", "valve"]}, {"text": ["heart"]}])
    again = table.encode([{"text": ["valve"]}])
    assert asked == ["heart", "valve"]
    np.testing.assert_array_equal(once[1], again[0])
    np.testing.assert_array_equal(once[0], once[2])
    # This model has no prompts: a query is encoded like any text.
    table.encode([{"text": ["heart"]}], prompt_type=PromptType.query)
    assert asked == ["heart", "valve"]
