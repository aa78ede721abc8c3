"""Batches without padding: loss and gradients stay those of the stock loss, for every model."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.losses import (
    CachedMultipleNegativesRankingLoss,
    MatryoshkaLoss,
    MultipleNegativesRankingLoss,
)

from cardiobench import Architecture, Pooling
from cardiobench.models.encoder import load_encoder
from cardiobench.models.packing import PACKABLE, can_pack
from cardiobench.models.random_weights import write_checkpoint
from cardiobench.plugins.architecture import Precision
from cardiobench.plugins.registry import Plugins, load_plugins
from cardiobench.training.loss_modules import SortedCachedLoss, SortedChunksLoss, column_embeddings

ANCHORS = ["aortic stenosis", "atrial fibrillation with a rapid rate", "angina", "heart failure"]
POSITIVES = [
    "narrowing of the valve between the left ventricle and the aorta",
    "an irregular rhythm that starts in the upper chambers of the heart, here with fast conduction",
    "chest pain",
    "the heart moves too little blood",
]
MODEL_TYPES = {
    "BertModel": "bert",
    "CamembertModel": "camembert",
    "DistilBertModel": "distilbert",
    "ElectraModel": "electra",
    "RobertaModel": "roberta",
    "XLMRobertaModel": "xlm-roberta",
}
Build = Callable[..., SentenceTransformer]


@pytest.fixture
def build(tmp_path: Path, no_plugins: Plugins) -> Build:
    """Makes a tiny model of a class, or of a plugin's architecture, without dropout."""

    def make(model_type: str = "bert", spec: Architecture | None = None, **fields: Any) -> Any:
        options: dict[str, Any] = {
            "name": "tiny",
            "checkpoint": "example/tiny",
            "revision": "0" * 40,
            "pooling": Pooling.MEAN,
            "lora_targets": ("query", "value"),
            "max_seq_length": 64,
            "embedding_dim": 32,
            "parameters": 1,
            "licence": "mit",
            "config": {"model_type": model_type},
        }
        tiny = write_checkpoint(
            spec or Architecture(**{**options, **fields}), tmp_path, ANCHORS + POSITIVES
        )
        # In double precision, so that what is compared is no rounding.
        return load_encoder(tiny, no_plugins, location=tmp_path, device="cpu").double()

    return make


def columns(model: SentenceTransformer, *prompts: str) -> list[dict[str, Any]]:
    """A batch as the trainer's collator makes it."""
    one, other = prompts or ("", "")
    return [model.preprocess(ANCHORS, prompt=one), model.preprocess(POSITIVES, prompt=other)]


def loss_and_gradients(
    loss: torch.nn.Module, batch: list[dict[str, Any]]
) -> tuple[float, dict[str, torch.Tensor]]:
    """The loss of a batch, and the gradient of everything that has one."""
    loss.zero_grad()
    value = loss([dict(column) for column in batch], None)
    value.backward()
    found = {n: p.grad.clone() for n, p in loss.named_parameters() if p.grad is not None}
    return value.item(), found


def assert_as_stock(
    model: SentenceTransformer,
    *prompts: str,
    dims: list[int] | None = None,
    ours: type[torch.nn.Module] = SortedChunksLoss,
    **options: Any,
) -> None:
    """Loss and all gradients equal those of MultipleNegativesRankingLoss."""
    found = []
    for kind, given in ((MultipleNegativesRankingLoss, {}), (ours, options)):
        loss: Any = kind(model, **given)
        if dims:
            loss = MatryoshkaLoss(model, loss, matryoshka_dims=dims)
        found.append(loss_and_gradients(loss, columns(model, *prompts)))
    (stock, expected), (value, gradients) = found
    assert value == pytest.approx(stock, abs=1e-5)
    largest = max(float(gradient.abs().max()) for gradient in expected.values())
    assert largest > 1e-4
    for name, gradient in expected.items():
        torch.testing.assert_close(gradients[name], gradient, atol=1e-4 * largest, rtol=0)


@pytest.mark.parametrize("name", PACKABLE)
def test_packed_texts_give_the_stock_loss_and_gradients(name: str, build: Build) -> None:
    """For every class that is packed."""
    model = build(MODEL_TYPES[name])
    assert type(model.transformers_model).__name__ == name
    assert can_pack(model)
    assert_as_stock(model)


@pytest.mark.parametrize("pooling", list(Pooling))
def test_packed_texts_are_pooled_one_by_one(pooling: Pooling, build: Build) -> None:
    """Mean, first and last token."""
    model = build(pooling=pooling)
    assert can_pack(model)
    assert_as_stock(model)


@pytest.mark.parametrize("dims", [None, [8, 32]])
def test_cached_mini_batches_of_like_length_give_the_stock_loss(
    dims: list[int] | None, build: Build
) -> None:
    """Same loss and gradients, with less padding than in the order that rows came in."""
    model = build()
    seen: list[int] = []
    model.transformers_model.embeddings.register_forward_hook(
        lambda module, inputs, output: seen.append(output.shape[0] * output.shape[1])
    )
    assert_as_stock(model, dims=dims, ours=SortedCachedLoss, mini_batch_size=1)
    tokens, mixed = [], [0, 2, 1, 3]
    batch = [model.preprocess([side[k] for k in mixed]) for side in (ANCHORS, POSITIVES)]
    for kind in (CachedMultipleNegativesRankingLoss, SortedCachedLoss):
        seen.clear()
        loss_and_gradients(kind(model, mini_batch_size=2), batch)
        tokens.append(sum(seen))
    assert tokens[1] < tokens[0]


def test_a_packed_batch_is_one_row_of_its_tokens(build: Build) -> None:
    """The model sees no padding, and attends as before when the batch is done."""
    model = build()
    before = model.transformers_model.config._attn_implementation
    seen: list[torch.Size] = []
    model.transformers_model.embeddings.register_forward_hook(
        lambda module, inputs, output: seen.append(output.shape)
    )
    batch = columns(model)
    tokens = sum(int(column["attention_mask"].sum()) for column in batch)
    assert tokens < sum(column["attention_mask"].numel() for column in batch)
    column_embeddings(model, batch)
    assert seen == [(1, tokens, 32)]
    assert model.transformers_model.config._attn_implementation == before


@pytest.mark.parametrize("name", ["jina-v2", "mpnet", "qwen2.5-0.5b", "gemma-2-2b"])
def test_models_that_cannot_be_packed_give_the_stock_loss_too(name: str, build: Build) -> None:
    """Distance biases of their own, decoders, padding on the left."""
    model = build(spec=load_plugins().architecture(name).at(Precision.FLOAT32)).float()
    assert not can_pack(model)
    assert_as_stock(model)


def test_padding_on_the_left_stays_on_the_left(build: Build) -> None:
    """A decoder's last token stands last in every row."""
    model = build("qwen2", pooling=Pooling.LAST_TOKEN, padding_side="left")
    assert columns(model)[1]["attention_mask"][2, 0] == 0
    assert_as_stock(model)


@pytest.mark.parametrize("packed", [True, False])
def test_prompts_that_pooling_leaves_out_are_left_out(packed: bool, build: Build) -> None:
    """Also when the two columns' prompts are of different length."""
    model = build()
    model[0].unpad_inputs = None if packed else False
    assert can_pack(model) == packed
    with_prompts = column_embeddings(model, columns(model, "heart ", "the left heart "))
    model[1].include_prompt = False
    without = column_embeddings(model, columns(model, "heart ", "the left heart "))
    assert not torch.allclose(with_prompts[0], without[0], atol=1e-3)
    assert_as_stock(model, "heart ", "the left heart ")


def test_adapters_and_matryoshka_dimensions_see_the_stock_loss(build: Build) -> None:
    """The wrapper that shortens embeddings gets what it would get from the stock loss."""
    from peft import LoraConfig

    model = build()
    model.add_adapter(LoraConfig(target_modules=["query", "value"], init_lora_weights=False))
    assert can_pack(model)
    assert_as_stock(model, dims=[32, 16])


def test_activation_checkpointing_rules_packing_out(build: Build) -> None:
    """It computes layers again when their attention is no longer exchanged."""
    model = build()
    model.transformers_model.activation_checkpointing_enable({"use_reentrant": False})
    model.train()
    for module in model.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = 0.0
    assert not can_pack(model)
    assert_as_stock(model)


def test_columns_that_come_flattened_go_through_as_they_are(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    """sentence-transformers flattens columns itself where flash attention is in use."""
    model = build()
    expected = column_embeddings(model, columns(model))
    seen: list[dict[str, Any]] = []

    def forward(features: dict[str, Any]) -> dict[str, Any]:
        """Flash attention needs a GPU, so here it only answers."""
        seen.append(features)
        return {"sentence_embedding": expected[len(seen) - 1]}

    monkeypatch.setattr(model, "forward", forward)
    flat = []
    for texts in (ANCHORS, POSITIVES):
        rows = [model.preprocess([text])["input_ids"] for text in texts]
        ends = torch.tensor([0, *(row.shape[1] for row in rows)]).cumsum(0)
        flat.append({"input_ids": torch.cat(rows, dim=1), "cu_seq_lens_q": ends})
    assert column_embeddings(model, flat) == expected
    assert seen == flat


def test_a_model_that_is_wrapped_for_several_processes_is_called_through_its_wrapper(
    build: Build,
) -> None:
    """Gradients of several processes meet in the wrapper's own forward pass."""
    model = build()
    wrapped = torch.nn.DataParallel(model)
    calls: list[int] = []
    wrapped.register_forward_hook(lambda *_: calls.append(1))
    for ours, plain in zip(
        column_embeddings(wrapped, columns(model)),
        column_embeddings(model, columns(model)),
        strict=True,
    ):
        torch.testing.assert_close(ours, plain, atol=1e-5, rtol=0)
    assert calls
