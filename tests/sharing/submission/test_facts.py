"""What a board shows beside scores: forged facts are refused, and no entry breaks the board."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cardiobench.foundation.files import sha256_file
from cardiobench.results.entry import Entry
from cardiobench.sharing.submission.summary import exit_code
from cardiobench.sharing.submission.verify import Verifier
from tests.submissions import (
    ADAPTED,
    LEADERBOARD,
    RETRIEVAL,
    TASK,
    edit,
    edit_predictions,
    sign,
    submission,
)

MANIFEST, META, SPEED = "cardiobench/manifest.json", "model_meta.json", "cardiobench/speed.json"
CARD = "cardiobench/adapter/README.md"
WEIGHTS = "cardiobench/adapter/adapter_model.safetensors"


@pytest.fixture(scope="module")
def verifier() -> Verifier:
    """Against the committed board; the tasks' data is built once."""
    return Verifier(LEADERBOARD)


def change(file: str, edited: Callable[[Any], Any]) -> Callable[[Entry], None]:
    """A forgery: one JSON file of an entry changed."""
    return lambda entry: edit(entry.folder / file, edited)


def throughput(**figures: Any) -> Callable[[Any], None]:
    """Forged figures of the first batch size."""
    return lambda speed: speed["benchmarks"][1]["extra_info"].update(figures)


def pickled(entry: Entry) -> None:
    """A pickle under the name of the weights, with the training record made to fit."""
    weights = entry.folder / WEIGHTS
    weights.write_bytes(pickle.dumps({"weights": print}))
    digest = sha256_file(weights)
    edit(entry.manifest_path, lambda m: m["training"].update(adapter_sha256=digest))


def hidden(entry: Entry) -> None:
    """Whole weights, and something behind them."""
    weights = entry.folder / WEIGHTS
    weights.write_bytes(weights.read_bytes() + b"#!/bin/sh")
    digest = sha256_file(weights)
    edit(entry.manifest_path, lambda m: m["training"].update(adapter_sha256=digest))


# Each breaks, or once broke, the building of a board.
BREAKING: dict[str, Callable[[Entry], None]] = {
    "no audit": change(MANIFEST, lambda m: m["training"].update(audit={})),
    "count is text": change(MANIFEST, lambda m: m["training"]["audit"].update(kept="many")),
    "no recipe name": change(MANIFEST, lambda m: m["training"]["recipe"].pop("name")),
    "no counts": change(
        MANIFEST, lambda m: m["training"]["audit"]["near_duplicates"].update(counts={})
    ),
    "no hardware": change(MANIFEST, lambda m: m.update(hardware={})),
    "batch of text": change(SPEED, throughput(batch_size="x")),
    "batch of null": change(SPEED, throughput(batch_size=None)),
}


@pytest.mark.parametrize("how", BREAKING)
def test_no_entry_that_breaks_the_board_is_accepted(
    how: str, tmp_path: Path, verifier: Verifier
) -> None:
    """Verification builds a board with it, and refuses what cannot be shown."""
    entry = submission(tmp_path, ADAPTED)
    BREAKING[how](entry)
    sign(entry)
    report = verifier.verify(entry.folder)
    assert not report.good
    assert {f.file for f in report.findings} & {MANIFEST, SPEED}


FORGED: dict[str, tuple[Callable[[Entry], None], str, str]] = {
    "smaller": (change(MANIFEST, lambda m: m["model"].update(parameters=1)), MANIFEST, "minilm"),
    "free": (
        change(MANIFEST, lambda m: m["model"].update(licence="public domain")),
        MANIFEST,
        "licence is public domain, but the architecture minilm has apache-2.0",
    ),
    "another length": (
        change(MANIFEST, lambda m: m["model"].update(embedding_dim=7)),
        MANIFEST,
        "embedding_dim is 7",
    ),
    "advertisement": (
        change(MANIFEST, lambda m: m["model"].update(architecture="see https://example.org")),
        MANIFEST,
        "an address in a text",
    ),
    "no such day": (change(MANIFEST, lambda m: m.update(date="2026-13-40")), MANIFEST, "no date"),
    "below nothing": (
        change(MANIFEST, lambda m: m["training"]["audit"].update(removed_test_text=-1)),
        MANIFEST,
        "below 0",
    ),
    "faster": (change(SPEED, throughput(texts_per_second=9e5)), SPEED, "its rounds give"),
    "quicker": (
        change(SPEED, lambda s: s["benchmarks"][0]["stats"].update(mean=1e-9)),
        SPEED,
        "its rounds give",
    ),
    "boasting": (change(SPEED, throughput(peak_memory_kind="best")), SPEED, "peak_memory_kind"),
    "timed twice": (
        change(SPEED, lambda s: s["benchmarks"].append(s["benchmarks"][0])),
        SPEED,
        "twice",
    ),
    "pickle": (pickled, WEIGHTS, "no safetensors file"),
    "stowaway": (hidden, WEIGHTS, "more than its tensors"),
    "script in the card": (
        lambda entry: (entry.folder / CARD).write_text("<script>alert(1)</script>") and None,
        CARD,
        "HTML",
    ),
    "link in the card": (
        lambda entry: (entry.folder / CARD).write_text("[weights](JavaScript:run)") and None,
        CARD,
        "script address",
    ),
    "another revision": (
        change(MANIFEST, lambda m: m["model"].update(adapted_from="example/other")),
        MANIFEST,
        "adapted_from is example/other, but minilm is of sentence-transformers/all-MiniLM-L6-v2",
    ),
    "day to come": (change(MANIFEST, lambda m: m.update(date="2099-01-01")), MANIFEST, "not come"),
    "sources of tomorrow": (
        change(MANIFEST, lambda m: m["sources"].update(HPO="2099-01-01")),
        MANIFEST,
        "HPO 2099-01-01, but the tasks are built from 2025-01-16",
    ),
    "another seed": (
        change(MANIFEST, lambda m: m["training"].update(seed=7)),
        MANIFEST,
        "minilm-quick-seed0 was trained with seed 7",
    ),
    "one step": (change(MANIFEST, lambda m: m["training"].update(steps=1)), MANIFEST, "1 steps"),
    "pairs without a hash": (
        change(MANIFEST, lambda m: m["training"].update(pairs_sha256="none")),
        MANIFEST,
        "no SHA-256",
    ),
    "other pairs": (
        change(MANIFEST, lambda m: m["training"].update(pairs_sha256="0" * 64)),
        MANIFEST,
        "training.pairs_sha256 is not that of cardiobench/minilm-",
    ),
    "cleaner pairs": (
        change(MANIFEST, lambda m: m["training"]["audit"].update(removed_test_text=0)),
        MANIFEST,
        "training.audit.removed_test_text is not that of cardiobench/minilm-",
    ),
    "a known recipe rewritten": (
        change(MANIFEST, lambda m: m["training"]["recipe"].update(learning_rate=0.5)),
        MANIFEST,
        "recipe quick is known with learning_rate = 0.0005, not 0.5",
    ),
    "no recipe": (
        change(MANIFEST, lambda m: m["training"]["recipe"].update(rank=9_999)),
        MANIFEST,
        "training.recipe is none: rank",
    ),
    "other size": (
        change(MANIFEST, lambda m: m["training"].update(trainable_parameters=1)),
        WEIGHTS,
        "147,456 numbers, but training.trainable_parameters is 1",
    ),
    "timed elsewhere": (
        change(MANIFEST, lambda m: m["hardware"].update(cpu="Quantum 9000")),
        SPEED,
        "but the manifest names Quantum 9000",
    ),
    "other sources": (
        change(MANIFEST, lambda m: m["sources"].update(SNOMED="2025-01-01")),
        MANIFEST,
        "sources names SNOMED, which cardiobench does not read",
    ),
    "more cores": (
        change(MANIFEST, lambda m: m["hardware"].update(cores=4096)),
        SPEED,
        "timed on 2 cores, but the manifest names 4096",
    ),
    "less memory than its weights": (
        change(SPEED, throughput(peak_memory_bytes=2**20)),
        SPEED,
        "a peak of 1.0 MiB cannot hold 22,713,216 parameters",
    ),
    "a giant's memory": (
        change(SPEED, throughput(peak_memory_bytes=2**45)),
        SPEED,
        "a peak of 32,768.0 GiB, but the manifest names 24 GiB",
    ),
    "languages": (
        change(f"{TASK}.json", lambda r: [s[0].update(languages={}) for s in r["scores"].values()]),
        f"{TASK}.json",
        "languages are not those of the task",
    ),
    "version of markup": (
        change(f"{TASK}.json", lambda r: r.update(mteb_version="<b>")),
        f"{TASK}.json",
        "markup",
    ),
}


@pytest.mark.parametrize("how", FORGED)
def test_a_forged_fact_is_one_line_with_its_file(
    how: str, tmp_path: Path, verifier: Verifier
) -> None:
    """Size, licence, date, training, speed, weights and card, each with all hashes made to fit."""
    forge, file, said = FORGED[how]
    entry = submission(tmp_path, ADAPTED)
    forge(entry)
    sign(entry)
    report = verifier.verify(entry.folder)
    assert not report.good
    found = [line for line in report.lines() if line.startswith(f"finding: {file}: ")]
    assert any(said in line for line in found), report.lines()


def test_a_cosine_beyond_one_is_refused_in_retrieval_too(
    tmp_path: Path, verifier: Verifier
) -> None:
    """Ranks, and so scores, are the same; no cosine is 5."""
    entry = submission(tmp_path, alias="example/beyond")
    edit_predictions(entry.predictions_path(RETRIEVAL), shift(5.0))
    sign(entry)
    assert "cosine outside [-1, 1]" in "\n".join(verifier.verify(entry.folder).lines())


def shift(by: float) -> Callable[[Any], None]:
    """Every similarity of a retrieval task moved by the same amount."""

    def moved(stored: Any) -> None:
        (queries,) = stored["default"].values()
        for documents in queries.values():
            documents.update({name: score + by for name, score in documents.items()})

    return moved


ZERO_SHOT_FORGED: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "another name for an architecture": (
        {"architecture": "minilm"},
        {},
        "minilm without training is sentence-transformers/all-MiniLM-L6-v2, not example/good-model",
    ),
    "a branch for a revision": (
        {"revision": "main"},
        {"revision": "main"},
        "revision main is no commit hash",
    ),
    "a size that mteb knows": (
        {"name": "intfloat/e5-base-v2", "parameters": 1000},
        {"name": "intfloat/e5-base-v2", "n_parameters": 1000},
        "n_parameters is 1000, but mteb's registry has 109000000",
    ),
    "a dimension that mteb knows": (
        {"name": "intfloat/e5-base-v2", "embedding_dim": 384},
        {"name": "intfloat/e5-base-v2", "embed_dim": 384},
        "embed_dim is 384, but mteb's registry has 768",
    ),
    "closed weights of an open model": (
        {"name": "intfloat/e5-base-v2"},
        {"name": "intfloat/e5-base-v2", "open_weights": False},
        "open_weights is False, but mteb's registry has True",
    ),
    "training data unsaid": (
        {},
        {"training_datasets": None},
        "zero-shot, but model_meta.json does not say what it was trained on",
    ),
}


@pytest.mark.parametrize("how", ZERO_SHOT_FORGED)
def test_facts_of_models_as_they_are_come_from_elsewhere(
    how: str, tmp_path: Path, judge: Any
) -> None:
    """From the installed architectures, and from mteb's registry without a network."""
    model, meta, said = ZERO_SHOT_FORGED[how]
    entry = submission(tmp_path, alias="example/good-model", tasks=(TASK,))
    facts = {"architecture": "example-good", **model}
    edit(entry.manifest_path, lambda m: m["model"].update(facts))
    edit(entry.meta_path, lambda m: m.update(meta))
    lines = judge(entry).lines()
    assert any(said in line for line in lines), lines


BASES: dict[str, tuple[dict[str, Any], str]] = {
    "nobody knows it": (
        {"adapted_from": "example/none-such"},
        "adapted_from is example/none-such, which neither a plugin here nor mteb's registry knows",
    ),
    "another length": (
        {"adapted_from": "intfloat/e5-base-v2"},
        "embedding_dim is 384, but mteb's registry has 768 for intfloat/e5-base-v2",
    ),
    "another size": (
        {"adapted_from": "intfloat/e5-small-v2"},
        "parameters is 22,713,216, but mteb's registry has 33,",
    ),
}


@pytest.mark.parametrize("how", BASES)
def test_the_base_of_an_unknown_architecture_is_looked_up(
    how: str, tmp_path: Path, judge: Any
) -> None:
    """In mteb's registry, without a network."""
    base, said = BASES[how]
    entry = submission(tmp_path, ADAPTED, alias="example/mine-seed0", tasks=(TASK,))
    facts = {"architecture": "example-base", **base}
    edit(entry.manifest_path, lambda m: m["model"].update(facts))
    lines = judge(entry).lines()
    assert any(said in line for line in lines), lines


def test_an_answer_sooner_than_the_hardware_can_give_it(tmp_path: Path, judge: Any) -> None:
    """The latency counts, and not only the throughput."""

    def sooner(speed: Any) -> None:
        (latency,) = (b for b in speed["benchmarks"] if b["name"] == "test_latency")
        stats = latency["stats"]
        stats.update(data=[t / 1e6 for t in stats["data"]])
        stats.update({key: stats[key] / 1e6 for key in ("mean", "median", "stddev")})
        latency["extra_info"]["p95_seconds"] /= 1e6

    entry = submission(tmp_path, ADAPTED, tasks=(TASK,))
    edit(entry.speed_path, sooner)
    assert "need more than 8e+11 operations" in "\n".join(judge(entry).lines())


def test_more_texts_a_second_than_the_hardware_has_operations(tmp_path: Path, judge: Any) -> None:
    """Rounds and figures agree, and a million times as fast as they were."""

    def faster(speed: Any) -> None:
        for benchmark in speed["benchmarks"]:
            stats, extra = benchmark["stats"], benchmark["extra_info"]
            stats.update(data=[t / 1e6 for t in stats["data"]])
            stats.update({key: stats[key] / 1e6 for key in ("mean", "median", "stddev")})
            for key, factor in (("p95_seconds", 1e-6), ("texts_per_second", 1e6)):
                if key in extra:
                    extra[key] *= factor

    entry = submission(tmp_path, ADAPTED, tasks=(TASK,))
    edit(entry.speed_path, faster)
    assert "need more than 8e+11 operations" in "\n".join(judge(entry).lines())


def test_a_bug_of_ours_is_no_finding_about_the_submission(
    tmp_path: Path,
    judge: Any,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It is told as ours, with its traceback on request; the entry counts as not verified."""

    def bug(*arguments: Any) -> None:
        raise RuntimeError("oh")

    monkeypatch.setattr("cardiobench.sharing.submission.verify.check_facts", bug)
    monkeypatch.setenv("CARDIOBENCH_DEBUG", "1")
    report = judge(submission(tmp_path, alias="example/mine", tasks=(TASK,)), tmp_path / "empty")
    assert report.findings == []
    assert not report.good
    assert report.lines()[0].startswith("fault: RuntimeError: oh. This is a bug of cardiobench")
    assert "NOT VERIFIED, a fault of cardiobench and not of the submission" in report.lines()[-1]
    assert exit_code([report], []) == 3
    told = capsys.readouterr().err
    assert "in bug" in told
    assert "RuntimeError: oh" in told
