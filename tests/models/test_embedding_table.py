"""Every text is encoded once, as the model itself would, and what is kept is never another's."""

import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mteb.types import PromptType
from sentence_transformers import SentenceTransformer

from cardiobench import Architecture, hookimpl
from cardiobench.errors import StageError
from cardiobench.models.embedding_table import PROBES, EmbeddingTable
from cardiobench.models.encoder import load_encoder
from cardiobench.models.fingerprint import model_fingerprint
from cardiobench.models.mteb_meta import base_meta
from cardiobench.models.random_weights import write_checkpoint
from cardiobench.plugins.registry import Plugins, load_plugins
from cardiobench.results.entry import Entry

WORDS = "aortic mitral valve stenosis heart failure rhythm atrial of the a in left right".split()
TEXTS = [" ".join(WORDS[k % 5 : k % 13 + 1] * (k % 4 + 1)) + f" {k}" * (k % 3) for k in range(40)]
KINDS = (None, PromptType.query, PromptType.document)


@pytest.fixture
def load(
    tiny_folder: Callable[..., Path],
    tiny_architecture: Callable[..., Architecture],
    no_plugins: Plugins,
) -> Callable[..., SentenceTransformer]:
    """Loads the tiny BERT (the same weights every time) with an architecture's other fields."""

    def make(**fields: Any) -> SentenceTransformer:
        spec = tiny_architecture(**fields)
        return load_encoder(spec, no_plugins, location=tiny_folder(), device="cpu")

    return make


@pytest.fixture
def table(tiny_architecture: Callable[..., Architecture]) -> Callable[..., EmbeddingTable]:
    """Puts a table over a model."""
    return lambda model, **options: EmbeddingTable(model, base_meta(tiny_architecture()), **options)


def encoded_texts(model: Any, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list that fills with what the model encodes from now on, probes left out."""
    seen: list[str] = []
    encode = model.encode

    def spy(inputs: list[str], **options: Any) -> Any:
        seen.extend(text for text in inputs if text not in PROBES)
        return encode(inputs, **options)

    monkeypatch.setattr(model, "encode", spy)
    return seen


class Letters(torch.nn.Module):
    """A module of a plugin's own without a tokenizer: three numbers from a text's letters."""

    scale = 1.0

    def tokenize(self, texts: list[str]) -> dict[str, torch.Tensor]:
        """Counts instead of tokens."""
        return {"counts": torch.tensor([[len(t), t.count("a"), 1.0] for t in texts])}

    def forward(self, features: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
        """The counts as embedding."""
        return {**features, "sentence_embedding": features["counts"] * self.scale}


@pytest.mark.parametrize("name", ["minilm", "e5-large", "qwen3-4b", "jina-v2"])
def test_embeddings_are_those_of_the_model_itself(
    name: str, tmp_path: Path, table: Callable[..., EmbeddingTable]
) -> None:
    """Encoders and decoders, padded left or right, with and without prompts and own classes."""
    plugins = load_plugins()
    spec = write_checkpoint(plugins.architecture(name), tmp_path, TEXTS)
    model = load_encoder(spec, plugins, location=tmp_path, device="cpu", trust_remote_code=True)
    ours = table(model)
    methods = (model.encode, model.encode_query, model.encode_document)
    for kind, encode in zip(KINDS, methods, strict=True):
        expected = np.asarray(encode(TEXTS, batch_size=4), dtype=np.float32)
        batches = [{"text": TEXTS[:15]}, {"text": TEXTS[15:]}, {"text": TEXTS[:3]}]
        rows = ours.encode(batches, prompt_type=kind)
        assert rows.dtype == np.float32
        tolerance = 2e-2 if model.dtype == torch.bfloat16 else 1e-5
        np.testing.assert_allclose(rows, np.vstack([expected, expected[:3]]), atol=tolerance)


def test_an_adapter_is_part_of_the_model(
    load: Callable[..., SentenceTransformer], table: Callable[..., EmbeddingTable]
) -> None:
    """With LoRA on it, the embeddings are those of the adapted model, under another key."""
    from peft import LoraConfig

    model = load()
    plain, base = table(model, keep=True).encode([{"text": TEXTS}]), model_fingerprint(model)
    model.add_adapter(LoraConfig(r=2, target_modules=["query"], init_lora_weights=False))
    adapted = table(model.eval(), keep=True).encode([{"text": TEXTS}])
    assert model_fingerprint(model) != base
    assert np.abs(adapted - plain).max() > 1e-4
    np.testing.assert_allclose(adapted, model.encode(TEXTS), atol=1e-6)


def test_queries_and_documents_share_what_the_model_does_not_tell_apart(
    load: Callable[..., SentenceTransformer],
    table: Callable[..., EmbeddingTable],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without prompts a text is encoded once, with prompts once a prompt."""
    plain, prompted = load(), load(query_prompt="left ", document_prompt="right ")
    for model, times in ((plain, 1), (prompted, 3)):
        seen = encoded_texts(model, monkeypatch)
        ours = table(model)
        for kind in KINDS * 2:
            ours.encode([{"text": TEXTS}], prompt_type=kind)
        assert len(seen) == times * len(set(TEXTS))


def test_another_run_encodes_nothing_again(
    load: Callable[..., SentenceTransformer],
    table: Callable[..., EmbeddingTable],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """The same weights, loaded from elsewhere, find their embeddings; other folders stay empty."""
    monkeypatch.setenv("CARDIOBENCH_CACHE", str(tmp_path))
    first = table(load(), keep=True).encode([{"text": TEXTS}])
    model = load()
    seen = encoded_texts(model, monkeypatch)
    np.testing.assert_array_equal(table(model, keep=True).encode([{"text": TEXTS}]), first)
    assert seen == []
    table(model).encode([{"text": TEXTS}])
    assert seen, "without the cache every run encodes"
    assert len(list(tmp_path.rglob("*.sqlite"))) == 1


def _one_weight(model: SentenceTransformer) -> None:
    next(model.parameters()).data[5, 7] += 1e-3


CHANGES: dict[str, Callable[[SentenceTransformer], Any]] = {
    "one weight": _one_weight,
    "number format": lambda model: model.half(),
    "truncation": lambda model: setattr(model, "max_seq_length", 8),
    "dimension": lambda model: setattr(model, "truncate_dim", 16),
    "prompt": lambda model: model.prompts.update(query="left "),
    "pooling": lambda model: setattr(model[1], "pooling_mode", "cls"),
    "padding side": lambda model: setattr(model.tokenizer, "padding_side", "left"),
    "vocabulary": lambda model: model.tokenizer.add_tokens(["sclerosis"]),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_decides_an_embedding_is_in_the_fingerprint(
    change: str, load: Callable[..., SentenceTransformer]
) -> None:
    """Equal models have equal fingerprints, before and after use; a changed one has another."""
    first, second = load(), load()
    first.encode(TEXTS)
    assert model_fingerprint(first) == model_fingerprint(second)
    CHANGES[change](second)
    assert model_fingerprint(first) != model_fingerprint(second)


def test_a_change_that_no_fingerprint_sees_is_seen_in_the_embeddings(
    table: Callable[..., EmbeddingTable], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A plugin's code changed, its weights did not: the probes differ, so nothing is reused."""
    monkeypatch.setenv("CARDIOBENCH_CACHE", str(tmp_path))
    model = SentenceTransformer(modules=[Letters()], device="cpu")
    before = table(model, keep=True).encode([{"text": TEXTS}])
    monkeypatch.setattr(Letters, "scale", 2.0)
    after = table(model, keep=True).encode([{"text": TEXTS}])
    np.testing.assert_array_equal(after, 2 * before)
    assert len(list(tmp_path.rglob("*.sqlite"))) == 1


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("[enforce fail at alloc_cpu.cpp] DefaultCPUAllocator: can't allocate memory"),
    ],
    ids=["GPU", "CPU"],
)
def test_out_of_memory_halves_the_batch_and_goes_on(
    error: RuntimeError,
    load: Callable[..., SentenceTransformer],
    table: Callable[..., EmbeddingTable],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A device that holds 60 tokens at once: the same embeddings, in smaller batches."""
    model = load()
    expected, forward, sizes = model.encode(TEXTS), model[0].forward, []

    def small(features: dict[str, Any], **options: Any) -> Any:
        if features["input_ids"].numel() > 60:
            raise error
        sizes.append(len(features["input_ids"]))
        return forward(features, **options)

    monkeypatch.setattr(model[0], "forward", small)
    np.testing.assert_allclose(table(model).encode([{"text": TEXTS}]), expected, atol=1e-5)
    assert max(sizes) > 1


def test_a_text_too_long_for_the_memory_ends_with_its_error(
    load: Callable[..., SentenceTransformer],
    table: Callable[..., EmbeddingTable],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A single text cannot be halved, and another error is not mistaken for want of memory."""
    model = load()
    ours = table(model)
    for error in (torch.OutOfMemoryError("full"), RuntimeError("shapes do not match")):

        def broken(*inputs: Any, error: RuntimeError = error, **options: Any) -> Any:
            raise error

        monkeypatch.setattr(model[0], "forward", broken)
        with pytest.raises(type(error), match=str(error)):
            ours.encode([{"text": TEXTS}])


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_none_are_refused_and_not_kept(
    value: float,
    load: Callable[..., SentenceTransformer],
    table: Callable[..., EmbeddingTable],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The error names the text, and once the model is mended the text is encoded."""
    model = load()
    encode, ours = model.encode, table(model)

    def broken(inputs: list[str], **options: Any) -> Any:
        rows = np.array(encode(inputs, **options))
        rows[[text == "heart rhythm" for text in inputs]] = value
        return rows

    monkeypatch.setattr(model, "encode", broken)
    for _ in range(2):
        with pytest.raises(StageError, match=r"NaN or infinite embeddings, first for 'heart rhy"):
            ours.encode([{"text": ["heart rhythm", *TEXTS]}])
    monkeypatch.setattr(model, "encode", encode)
    assert np.isfinite(ours.encode([{"text": ["heart rhythm"]}])).all()


def test_one_embedding_for_every_text_is_refused(
    load: Callable[..., SentenceTransformer], table: Callable[..., EmbeddingTable]
) -> None:
    """A model without weights scores nothing; a text in two spellings may well be equal."""
    model = load()
    ours = table(model)
    np.testing.assert_allclose(*ours.encode([{"text": ["unknown", "Unknown"]}]), atol=1e-6)
    with pytest.raises(StageError, match=r"gives all \d+ texts the same embedding.*weights"):
        ours.encode([{"text": [f"unknown{number}" for number in range(20)]}])


def test_memory_does_not_grow_with_the_texts(table: Callable[..., EmbeddingTable]) -> None:
    """After 20,000 texts the table holds next to nothing in memory, and still knows them."""
    model = SentenceTransformer(modules=[Letters()], device="cpu")
    ours = table(model)
    ours.encode([{"text": TEXTS}])
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    for start in range(0, 20_000, 4_000):
        ours.encode([{"text": [f"text a {n}" * (n % 7) for n in range(start, start + 4_000)]}])
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert after - before < 20_000 * 10, "ten bytes a text would be a table in memory"


def test_a_second_run_in_another_folder_encodes_nothing(
    load: Callable[..., SentenceTransformer],
    tiny_architecture: Callable[..., Architecture],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """`cardiobench run` twice, two output folders: equal scores, and the second from the cache."""
    from cardiobench.foundation.terminal import Stages
    from cardiobench.plugins.executor import Job
    from cardiobench.runs.dispatch import run_here
    from cardiobench_tasks.catalogue import CARDIO_NEGATION

    # Other tests of this session may have left embeddings of the same tiny weights.
    monkeypatch.setenv("CARDIOBENCH_CACHE", str(tmp_path / "cache"))
    model = load()

    @hookimpl
    def cardiobench_build_encoder(architecture: Architecture) -> Any:
        return model

    @hookimpl
    def cardiobench_architectures() -> list[Architecture]:
        return [tiny_architecture()]

    hooks = {
        "cardiobench_build_encoder": cardiobench_build_encoder,
        "cardiobench_architectures": cardiobench_architectures,
    }
    plugins = Plugins()
    plugins.add("tiny", type("Tiny", (), {n: staticmethod(h) for n, h in hooks.items()})(), "x")
    seen = encoded_texts(model, monkeypatch)
    scores = []
    for name in ("first", "second"):
        job = Job(model="tiny", tasks=(CARDIO_NEGATION.name,), speed=False)
        seen.clear()
        (named,) = run_here([job], tmp_path / name, Stages(), plugins).entries
        entry = Entry(tmp_path / name, *named)
        scores.append(entry.scores(CARDIO_NEGATION.name)["main_score"])
        assert bool(seen) == (name == "first")
    assert scores[0] == scores[1]
