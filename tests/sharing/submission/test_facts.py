"""What a board shows beside scores: forged facts are refused, and no entry breaks the board."""

import pickle
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cardiobench.foundation.files import sha256_file
from cardiobench.results.entry import Entry
from cardiobench.sharing.submission.recompute import COSINES
from cardiobench.sharing.submission.report import Report
from cardiobench.sharing.submission.verify import Verifier
from tests.submissions import (
    ADAPTED,
    LEADERBOARD,
    RETRIEVAL,
    TASK,
    committed,
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
        "is no name",
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


def test_a_copy_hidden_by_noise_is_brought_to_a_maintainers_eye(tmp_path: Path) -> None:
    """Noise of 1e-4 is far more than other hardware, and far less than another model."""
    entry = submission(tmp_path, alias="example/noisy", tasks=(TASK,))
    rng = random.Random(0)

    def noisy(stored: Any) -> None:
        (found,) = stored["default"].values()
        found[COSINES] = [value + rng.uniform(-1e-4, 1e-4) for value in found[COSINES]]

    edit_predictions(entry.predictions_path(TASK), noisy)
    sign(entry)
    report: Report = Verifier(LEADERBOARD).verify(entry.folder)
    warned = [found for found in report.findings if found.severity == "warning"]
    assert any(committed().name in found.said for found in warned)
