"""Our own plugins conform, and every rule of the kit fails for a plugin that breaks it."""

import dataclasses
import importlib
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import (
    Dense,
    Normalize,
    StaticEmbedding,
    Transformer,
)
from sentence_transformers.sentence_transformer.modules import Pooling as PoolingModule
from tokenizers import Tokenizer, models, pre_tokenizers

from cardiobench import Architecture, Kind, Pooling, hookimpl
from cardiobench.cli.main import main
from cardiobench.errors import UnknownNameError, WeightsError
from cardiobench.models.adapter_modules import lora_parameters
from cardiobench.plugins.registry import Plugins, load_plugins
from cardiobench.testing import (
    RULES,
    Check,
    DoesNotApply,
    NotChecked,
    NotConforming,
    conformance_checks,
)
from cardiobench.testing.subject import TEXTS

OURS = [spec.name for spec, p in load_plugins().architectures() if p.distribution == "cardiobench"]
ALL_CHECKS = [(name, check) for name in OURS for check in conformance_checks(name)]
MAY_NOT_APPLY = {
    "last-token pooling has a final token",
    "the final token ends every input",
    "the padding side makes no difference",
}

ENCODER = Architecture(
    name="heart-bert",
    checkpoint="example/heart-bert",
    revision="0" * 40,
    pooling=Pooling.MEAN,
    query_prompt="query: ",
    lora_targets=("query", "value"),
    max_seq_length=128,
    embedding_dim=32,
    parameters=37_856,
    licence="mit",
    config={
        "model_type": "bert",
        "vocab_size": 100,
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 64,
    },
)
DECODER = dataclasses.replace(
    ENCODER,
    name="heart-qwen",
    pooling=Pooling.LAST_TOKEN,
    kind=Kind.DECODER,
    final_token="<end>",
    padding_side="left",
    lora_targets=("q_proj", "v_proj"),
    parameters=21_920,
    config={
        **ENCODER.config,
        "model_type": "qwen2",
        "num_key_value_heads": 2,
    },
)
GPT2 = dataclasses.replace(
    DECODER,
    name="heart-gpt2",
    padding_side="right",
    lora_targets=("c_attn",),
    parameters=53_120,
    config={
        "model_type": "gpt2",
        "vocab_size": 100,
        "n_embd": 32,
        "n_layer": 2,
        "n_head": 4,
        "n_inner": 64,
    },
)

Build = Callable[..., Any]


def with_plugin(spec: Architecture, build: Build | None = None) -> Plugins:
    """A plugin that supplies one architecture and, where given, builds its encoder."""
    module = types.ModuleType("made_in_a_test")

    def cardiobench_architectures() -> list[Architecture]:
        return [spec]

    def cardiobench_build_encoder(architecture: Architecture, location: str | None) -> Any:
        return build(architecture, location) if build else None

    module.cardiobench_architectures = hookimpl(cardiobench_architectures)
    module.cardiobench_build_encoder = hookimpl(cardiobench_build_encoder)
    plugins = Plugins()
    plugins.add("made", module, "made")
    assert not plugins.problems
    return plugins


def the_check(title: str, spec: Architecture, plugins: Plugins) -> Check:
    (check,) = [c for c in conformance_checks(spec.name, plugins) if str(c) == title]
    return check


def failure(title: str, spec: Architecture, build: Build | None = None) -> str:
    """What the rule says of this plugin, in one line."""
    with pytest.raises(NotConforming) as caught:
        the_check(title, spec, with_plugin(spec, build))()
    message = str(caught.value)
    assert "\n" not in message
    return message


def built(
    spec: Architecture,
    location: str,
    *,
    pooling: Any = None,
    last: Any = None,
    prompts: bool = True,
    max_seq_length: int | None = None,
    final_token: bool = True,
) -> SentenceTransformer:
    """What a careful hook builds from a folder; the options are mistakes."""
    transformer = Transformer(location, max_seq_length=max_seq_length or spec.max_seq_length)
    transformer.tokenizer.padding_side = spec.padding_side
    if spec.bidirectional:
        transformer.model.config.is_causal = False
    if spec.final_token and final_token:
        from cardiobench.models.encoder import _set_up_tokenizer

        _set_up_tokenizer(transformer.tokenizer, spec)
    chosen = pooling or PoolingModule(32, pooling_mode=spec.pooling.value)
    texts = {"query": spec.query_prompt} if prompts else {}
    return SentenceTransformer(
        modules=[transformer, chosen, last or Normalize()], prompts=texts, device="cpu"
    )


class LastPlace(torch.nn.Module):
    """Takes what stands at the end of the row, be it padding."""

    def forward(self, features: dict[str, Any]) -> dict[str, Any]:
        return {**features, "sentence_embedding": features["token_embeddings"][:, -1]}


class Last(torch.nn.Module):
    """Puts what a function makes of the embeddings in their place."""

    def __init__(self, function: Callable[[torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.function = function

    def forward(self, features: dict[str, Any]) -> dict[str, Any]:
        return {**features, "sentence_embedding": self.function(features["sentence_embedding"])}


def made_by(**mistakes: Any) -> Build:
    return lambda spec, location: built(spec, location, **mistakes)


def ending_with(function: Callable[[torch.Tensor], torch.Tensor]) -> Build:
    return made_by(last=Last(function))


def unseeded(spec: Architecture, location: str) -> SentenceTransformer:
    model = built(spec, location)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.1)
    return model


def never_frozen(spec: Architecture, location: str) -> SentenceTransformer:
    model = built(spec, location)
    add = model.add_adapter
    model.add_adapter = lambda config: (add(config), model.requires_grad_(True))
    return model


def with_an_unsaved_step(spec: Architecture, location: str) -> SentenceTransformer:
    model = built(spec, location)

    def cube(module: Any, inputs: Any, features: dict[str, Any]) -> dict[str, Any]:
        return {**features, "token_embeddings": features["token_embeddings"] ** 3}

    model[0].register_forward_hook(cube)
    return model


def static(seed: int | None = 0) -> Build:
    """Builds mean word vectors: no transformer and no checkpoint."""

    def build(spec: Architecture, location: str | None) -> SentenceTransformer:
        words = sorted({word for text in TEXTS for word in text.split()})
        vocabulary = {word: number for number, word in enumerate(["[UNK]", *words])}
        tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
        tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
        vectors = np.random.default_rng(seed).normal(size=(len(vocabulary), 32))
        table = StaticEmbedding(tokenizer, embedding_weights=vectors.astype(np.float32))
        return SentenceTransformer(modules=[table, Normalize()], device="cpu")

    return build


def saved(folder: Path) -> Path:
    """A folder with weights of :data:`ENCODER`'s class and size."""
    from cardiobench.models.random_weights import write_checkpoint

    # Fewer texts than are encoded: their words fill the vocabulary of 100.
    write_checkpoint(ENCODER, folder / "model", TEXTS[:2], tiny=False)
    return folder / "model"


NO_CONFIG = dataclasses.replace(ENCODER, config=None, lora_targets=(), query_prompt="")


@pytest.mark.parametrize(
    "check", [c for _, c in ALL_CHECKS], ids=[f"{n}: {c}" for n, c in ALL_CHECKS]
)
def test_our_own_plugins_conform(check: Check) -> None:
    """Every built-in architecture keeps every rule that applies to it."""
    try:
        check()
    except DoesNotApply:
        assert check.title in MAY_NOT_APPLY
        raise


BOTH_WAYS = dataclasses.replace(DECODER, name="heart-llm2vec", bidirectional=True)


@pytest.mark.parametrize("spec", [ENCODER, DECODER, BOTH_WAYS, GPT2], ids=lambda spec: spec.name)
@pytest.mark.parametrize("build", [None, made_by()], ids=["loaded by CardioBench", "built by hook"])
def test_a_plugin_without_mistakes_conforms(spec: Architecture, build: Build | None) -> None:
    """What the failing plugins below differ from; GPT-2 is a class that we have no plugin of."""
    for check in conformance_checks(spec.name, with_plugin(spec, build)):
        try:
            check()
        except DoesNotApply:
            assert check.title in {*MAY_NOT_APPLY, "listing it loads no heavy library"}


WRONG_FIELDS: list[tuple[str, Architecture, dict[str, Any], str]] = [
    ("the licence is stated", ENCODER, {"licence": "Unknown"}, "licence='Unknown'"),
    ("the revision is a commit", ENCODER, {"revision": "main"}, "revision='main' is not a commit"),
    ("last-token pooling has a final token", DECODER, {"final_token": ""}, "name it in final_tok"),
    (
        "parameters are those counted at full size",
        ENCODER,
        {"parameters": 110_000_000},
        "parameters=110,000,000, but the class built from config has 37,856; correct parameters",
    ),
    ("embedding_dim is the hidden size", ENCODER, {"embedding_dim": 384}, "correct embedding_dim"),
    ("positions suffice for max_seq_length", ENCODER, {"max_seq_length": 513}, "512 positions"),
    (
        "positions suffice for max_seq_length",
        ENCODER,
        {
            "max_seq_length": 512,
            "config": {**ENCODER.config, "model_type": "xlm-roberta", "pad_token_id": 1},
        },
        "the model has 510 positions; lower max_seq_length",
    ),
    (
        "LoRA targets are in every layer",
        ENCODER,
        {"lora_targets": ("query", "v_proj")},
        "'v_proj' is no linear module in 2 of 2 layers; the class names its linear modules dense, "
        "key, query, value",
    ),
    (
        "LoRA targets are in every layer",
        ENCODER,
        {"lora_targets": ("layer.0.attention.self.query",)},
        "lora_targets: 'layer.0.attention.self.query' is no linear module in 1 of 2 layers",
    ),
    (
        "the adapter has the expected size",
        ENCODER,
        {"lora_targets": ("query", "word_embeddings")},
        "lora_targets: peft trains 4,160 parameters at rank 16, the linear modules of that name "
        "make 2,048",
    ),
    (
        "the adapter has the expected size",
        ENCODER,
        {"lora_targets": ("attention",)},
        "lora_targets: peft refuses them",
    ),
    ("the model loads", ENCODER, {"model_class": "no_such_module:Model"}, "or model_class"),
    (
        "attention is as declared",
        DECODER,
        {"kind": Kind.ENCODER},
        "the first word does not hear of the second; correct kind (now 'encoder')",
    ),
    (
        "attention is as declared",
        ENCODER,
        {"kind": Kind.DECODER},
        "the first word hears of the second; correct kind (now 'decoder') and bidirectional",
    ),
    (
        "the batch makes no difference",
        GPT2,
        {"padding_side": "left"},
        "correct padding_side (now 'left')",
    ),
    (
        "gradients reach the adapter alone",
        ENCODER,
        {"lora_targets": ("query", "pooler.dense")},
        "pooler.dense.lora_A.default.weight and 1 more have no part",
    ),
]


@pytest.mark.parametrize(("title", "spec", "wrong", "message"), WRONG_FIELDS)
def test_a_wrong_field_is_named(
    title: str, spec: Architecture, wrong: dict[str, Any], message: str
) -> None:
    """The author reads which field of the specification to change."""
    assert message in failure(title, dataclasses.replace(spec, **wrong))


WRONG_BUILDS: list[tuple[str, Architecture, Build, str]] = [
    (
        "the model loads",
        ENCODER,
        lambda spec, location: built(spec, "/no/such/folder"),
        "must load that folder",
    ),
    (
        "embeddings have the declared form",
        ENCODER,
        ending_with(lambda values: values),
        "normalise=True, but embeddings do not have length 1",
    ),
    ("embeddings have the declared form", ENCODER, ending_with(lambda v: v * np.nan), "NaN"),
    ("embeddings have the declared form", ENCODER, ending_with(torch.ones_like), "one embedding"),
    ("embeddings have the declared form", ENCODER, ending_with(lambda v: v.half()), "float32"),
    ("embeddings have the declared form", ENCODER, ending_with(lambda v: v[:, :8]), "(4, 8)"),
    ("loading twice gives the same embeddings", ENCODER, unseeded, "seed what cardiobench_build"),
    (
        "loading twice gives the same embeddings",
        ENCODER,
        ending_with(lambda values: torch.nn.functional.dropout(values, 0.5)),
        "dropout belongs to training",
    ),
    (
        "pooling is as declared",
        ENCODER,
        made_by(pooling=PoolingModule(32, pooling_mode="cls")),
        "that is pooling='cls', normalise=True; correct pooling",
    ),
    (
        "pooling is as declared",
        ENCODER,
        made_by(pooling=PoolingModule(32, pooling_mode="max")),
        "it is none of cls, mean and last token; correct pooling",
    ),
    (
        "the batch makes no difference",
        ENCODER,
        ending_with(lambda values: values - values.mean(dim=0)),
        "with the texts beside them",
    ),
    (
        "the batch makes no difference",
        GPT2,
        made_by(pooling=LastPlace()),
        "pooling leave padding out by the attention mask",
    ),
    (
        "the padding side makes no difference",
        DECODER,
        made_by(pooling=LastPlace()),
        "other side than padding_side='left' changes embeddings",
    ),
    ("prompts are used", ENCODER, made_by(prompts=False), "query_prompt='query: ' before texts"),
    (
        "the final token ends every input",
        DECODER,
        made_by(final_token=False),
        "not with one final_token='<end>'",
    ),
    ("long inputs are cut", ENCODER, made_by(max_seq_length=16), "cut to 16 tokens"),
    ("gradients reach the adapter alone", ENCODER, never_frozen, "of the base model"),
    ("a trained adapter reloads", ENCODER, unseeded, "through CardioBench"),
    (
        "a trained adapter loads without CardioBench",
        ENCODER,
        with_an_unsaved_step,
        "through SentenceTransformer(folder)",
    ),
    ("a trained adapter merges", ENCODER, unseeded, "through merging it"),
]


@pytest.mark.parametrize(("title", "spec", "build", "message"), WRONG_BUILDS)
def test_a_mistake_in_the_build_hook_is_named(
    title: str, spec: Architecture, build: Build, message: str
) -> None:
    """The author reads what the hook must do, or which field contradicts it."""
    assert message in failure(title, spec, build)


def test_the_manual_gives_every_rule_with_its_reason() -> None:
    """docs/plugins.md lists the rules in the order in which they are checked."""
    manual = Path(__file__).parents[2] / "docs" / "plugins.md"
    section = manual.read_text().partition("\n## Conformance\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1].strip() for line in section.splitlines() if line[:1] == "|"]
    assert rows[2:] == list(RULES)


def test_every_rule_has_a_plugin_that_breaks_it() -> None:
    """A rule that nothing can break proves nothing; two of them have tests of their own below."""
    broken = {title for title, *_ in [*WRONG_FIELDS, *WRONG_BUILDS]}
    assert RULES.keys() - broken == {"listing it loads no heavy library", "the name is its own"}


def test_a_name_taken_by_another_plugin_is_named() -> None:
    """Both plugins are in the message, since either may be the one to change."""
    plugins = with_plugin(ENCODER)
    module = types.ModuleType("second")
    module.cardiobench_architectures = hookimpl(lambda: [ENCODER])
    plugins.add("second", module, "second-package")
    with pytest.raises(NotConforming, match=r"'heart-bert' .* second \(second-package\).* name\."):
        the_check("the name is its own", ENCODER, plugins)()
    the_check("the name is its own", ENCODER, with_plugin(ENCODER))()


@pytest.mark.parametrize(
    ("first_line", "message"),
    [
        ("import torch, json", "loads torch; import such libraries inside functions"),
        ("import no_such_module", "fails: ModuleNotFoundError: No module named 'no_such_module'"),
        ("", None),
    ],
)
def test_a_plugin_that_imports_torch_when_listed_is_named(
    first_line: str, message: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen in a fresh interpreter, since pytest itself has torch loaded long before."""
    monkeypatch.syspath_prepend(tmp_path)
    file = tmp_path / "heart_plugin.py"
    file.write_text("")
    module = importlib.import_module("heart_plugin")
    monkeypatch.delitem(importlib.sys.modules, "heart_plugin")
    file.write_text(first_line)
    module.cardiobench_architectures = hookimpl(lambda: [ENCODER])
    plugins = Plugins()
    plugins.add("heart", module, "heart")
    check = the_check("listing it loads no heavy library", ENCODER, plugins)
    if message is None:
        check()
    else:
        with pytest.raises(NotConforming, match=message):
            check()


def test_a_model_that_is_no_checkpoint_is_checked_as_its_hook_builds_it() -> None:
    """Word vectors keep the rules about embeddings; those about transformers do not apply."""
    plugins = with_plugin(NO_CONFIG, static())
    passed = set()
    for check in conformance_checks(NO_CONFIG.name, plugins):
        try:
            check()
            passed.add(check.title)
        except DoesNotApply:
            continue
    assert passed >= {
        "the model loads",
        "embeddings have the declared form",
        "loading twice gives the same embeddings",
        "the batch makes no difference",
        "prompts are used",
    }
    assert "the adapter has the expected size" not in passed


def test_a_hook_that_is_not_deterministic_is_named_without_a_config_too() -> None:
    """Every run would score another model."""
    message = failure("loading twice gives the same embeddings", NO_CONFIG, static(seed=None))
    assert "loading the model twice gives two models" in message


def test_with_neither_config_nor_hook_the_model_checks_are_skipped_with_a_reason() -> None:
    """The specification alone is checked; pytest shows the rest as skipped."""
    plugins = with_plugin(NO_CONFIG)
    the_check("the licence is stated", NO_CONFIG, plugins)()
    with pytest.raises(DoesNotApply, match="neither a config nor a cardiobench_build_encoder"):
        the_check("the model loads", NO_CONFIG, plugins)()
    with pytest.raises(NotChecked, match="check-plugin heart-bert --weights FOLDER"):
        the_check("parameters are those counted at full size", NO_CONFIG, plugins)()


def test_what_a_hook_builds_is_counted_without_a_config(tmp_path: Path) -> None:
    """Another size, and targets that are in no layer, are told of the real model too."""
    checkpoint = saved(tmp_path)
    spec = dataclasses.replace(ENCODER, config=None, parameters=109_482_240, lora_targets=("qkv",))
    build: Build = lambda architecture, location: built(architecture, str(checkpoint))  # noqa: E731
    title = "parameters are those counted at full size"
    assert "parameters=109,482,240, but the model has 37,856" in failure(title, spec, build)
    assert "'qkv' is no linear module" in failure("LoRA targets are in every layer", spec, build)


@pytest.mark.parametrize("dense", [False, True])
def test_a_hook_that_takes_no_location_is_checked_as_it_is(tmp_path: Path, dense: bool) -> None:
    """The obvious hook, with the true configuration: nothing is failed falsely."""
    checkpoint = saved(tmp_path)
    spec = dataclasses.replace(ENCODER, query_prompt="", normalise=not dense)
    module = types.ModuleType("made_in_a_test")

    def cardiobench_architectures() -> list[Architecture]:
        return [spec]

    def cardiobench_build_encoder(architecture: Architecture) -> Any:
        torch.manual_seed(0)
        last = Dense(32, 32) if dense else None
        return built(architecture, str(checkpoint), last=last, prompts=False)

    module.cardiobench_architectures = hookimpl(cardiobench_architectures)
    module.cardiobench_build_encoder = hookimpl(cardiobench_build_encoder)
    plugins = Plugins()
    plugins.add("made", module, "made")
    applied = set()
    for check in conformance_checks(spec.name, plugins):
        try:
            check()
            applied.add(check.title)
        except NotChecked:
            raise
        except DoesNotApply:
            continue
    assert ("pooling is as declared" in applied) != dense
    assert "a trained adapter reloads" in applied


def test_the_real_model_is_checked_where_its_weights_are_at_hand(tmp_path: Path) -> None:
    """--weights: every rule without a config, and the adapter loads on that folder."""
    spec = dataclasses.replace(ENCODER, config=None)
    for check in conformance_checks(spec.name, with_plugin(spec), saved(tmp_path)):
        try:
            check()
        except NotChecked:
            raise
        except DoesNotApply:
            assert check.title in {*MAY_NOT_APPLY, "listing it loads no heavy library"}
    wrong = dataclasses.replace(spec, parameters=1)
    (check,) = [
        c
        for c in conformance_checks(spec.name, with_plugin(wrong), tmp_path / "model")
        if c.title.startswith("parameters")
    ]
    with pytest.raises(NotConforming, match="the model has 37,856"):
        check()


def test_where_the_model_does_not_load_one_check_says_so_and_the_others_are_skipped() -> None:
    """One fault, one failure."""
    spec = dataclasses.replace(ENCODER, model_class="no_such_module:Model")
    with pytest.raises(DoesNotApply, match="the model does not load"):
        the_check("prompts are used", spec, with_plugin(spec))()


def test_the_list_of_checks_is_cheap_and_readable() -> None:
    """Titles serve as pytest ids; an unknown name is refused at once."""
    checks = conformance_checks("minilm")
    assert [str(check) for check in checks] == [check.__name__ for check in checks] == list(RULES)
    with pytest.raises(UnknownNameError, match="Did you mean 'minilm'"):
        conformance_checks("minlm")


def test_the_size_of_an_adapter_follows_from_the_shapes() -> None:
    """rank * (d_in + d_out) over the targets, as published for these classes."""
    plugins = load_plugins()
    assert lora_parameters(plugins.architecture("qwen3-4b")) == 5_898_240
    assert lora_parameters(plugins.architecture("bge-small")) == 294_912
    assert lora_parameters(GPT2, rank=2) == 2 * 2 * (32 + 96)
    with pytest.raises(WeightsError, match="gives no config"):
        lora_parameters(NO_CONFIG)


def check_plugin(
    plugins: Plugins, *names: str, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> tuple[int, list[str], str]:
    """Exit code, lines and errors of ``cardiobench check-plugin`` where these are installed."""
    monkeypatch.setattr("cardiobench.plugins.registry._discovered", lambda: plugins)
    with pytest.raises(SystemExit) as stop:
        main(["check-plugin", *names])
    said = capsys.readouterr()
    return int(stop.value.code or 0), said.out.splitlines(), said.err


def test_the_command_gives_a_line_a_check_and_fails_where_a_rule_is_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """By default every third-party plugin is checked; nothing but results is said."""
    spec = dataclasses.replace(NO_CONFIG, licence="unknown")
    code, lines, errors = check_plugin(
        with_plugin(spec, static()), monkeypatch=monkeypatch, capsys=capsys
    )
    assert code == 1
    assert errors == ""
    assert len(lines) == len(RULES) + 1
    assert lines[0].startswith("FAILED   heart-bert: the licence is stated: licence='unknown'")
    assert lines[1] == "ok       heart-bert: the revision is a commit"
    assert any(line.startswith("skipped  heart-bert: long inputs are cut: ") for line in lines)
    assert " ok, 1 failed, " in lines[-1]


def test_what_was_not_checked_is_no_pass(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """Exit code 3, and what to type."""
    plugins = with_plugin(NO_CONFIG)
    code, lines, _ = check_plugin(plugins, "heart-bert", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 3
    assert any(line.startswith("not checked heart-bert: the model loads: ") for line in lines)
    assert "This is no pass: " in lines[-1]
    assert lines[-1].endswith("cardiobench check-plugin NAME --weights FOLDER")


def test_the_command_succeeds_where_no_rule_is_broken(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Exit code 0, for a plugin that is named."""
    plugins = with_plugin(NO_CONFIG, static())
    code, lines, _ = check_plugin(plugins, "heart-bert", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 0
    assert ", 0 failed, " in lines[-1]


def test_the_command_fails_for_a_plugin_that_could_not_be_loaded(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """A plugin that does not import breaks the first rule there is."""
    plugins = Plugins()
    plugins.add_failed("broken", ImportError("no backend"), "broken-package")
    code, lines, _ = check_plugin(plugins, monkeypatch=monkeypatch, capsys=capsys)
    assert code == 1
    assert lines[0].startswith("FAILED   plugin broken: ImportError: no backend.")


def test_the_command_says_what_to_type_where_there_is_nothing_to_check(
    monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Exit code 2 and one line; so too for an unknown name."""
    code, lines, error = check_plugin(Plugins(), monkeypatch=monkeypatch, capsys=capsys)
    assert (code, lines) == (2, [])
    assert error.startswith("Error: No third-party plugin is installed. Type: cardiobench check-pl")
    plugins = with_plugin(ENCODER)
    code, _, error = check_plugin(plugins, "heart-bart", monkeypatch=monkeypatch, capsys=capsys)
    assert code == 2
    assert error.startswith("Error: Unknown architecture 'heart-bart'. Did you mean 'heart-bert'?")
