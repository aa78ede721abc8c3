"""Adapters of strangers: only what we write is read, and sizes are those of the tensors."""

import json
from pathlib import Path
from typing import Any

import pytest

from cardiobench.results.entry import WEIGHTS, Entry
from cardiobench.sharing.submission.adapter_files import (
    check_adapter_json,
    check_card,
    read_tensors,
    wrong_with_adapter,
)
from cardiobench.sharing.submission.adapter_options import check_adapter_options
from tests.submissions import ADAPTED, committed, edit, submission

FOLDER = committed(ADAPTED).adapter_folder


def options(**changes: Any) -> bytes:
    """Options that we wrote, changed."""
    stored = json.loads((FOLDER / "adapter_config.json").read_text())
    return json.dumps({**stored, **changes}).encode()


@pytest.mark.parametrize(
    "change",
    [
        {"r": 1_500_000},
        {"r": 16.0},
        {"r": True},
        {"lora_alpha": -1},
        {"use_dora": "yes"},
        {"target_modules": "query"},
        {"target_modules": []},
        {"target_modules": ["(a+)+$"]},
        {"base_model_name_or_path": "/etc/passwd"},
        {"base_model_name_or_path": "../weights"},
        {"auto_mapping": {"parent_library": "os"}},
        {"megatron_config": {"x": 1}},
        {"megatron_core": "antigravity"},
        {"modules_to_save": ["embeddings"]},
        {"layer_replication": [[0, 1_000]]},
        {"rank_pattern": {".*": 100_000}},
        {"loftq_config": {"loftq_bits": 4}},
        {"init_lora_weights": "pissa"},
        {"bias": "all"},
        {"brand_new_option": 1},
        {"brand_new_option": None},
        {"peft_type": "XLORA"},
        {"peft_type": ["LORA"]},
    ],
    ids=str,
)
def test_options_that_we_do_not_write_are_refused(change: dict[str, Any]) -> None:
    """By key, type and range; nothing is handed to peft to see."""
    with pytest.raises(ValueError, match=r"not supported|does not train|list of names"):
        check_adapter_options(options(**change))


def test_our_own_options_are_read() -> None:
    """Every committed adapter passes."""
    assert check_adapter_options(options())["r"] == 16


def test_rank_and_modules_are_those_of_the_tensors() -> None:
    """A rank that only the options have costs memory, and names a model that is not there."""
    tensors = read_tensors("w", (FOLDER / "adapter_model.safetensors").read_bytes())
    assert tensors.parameters == committed(ADAPTED).manifest().training.trainable_parameters  # type: ignore[union-attr]
    stated = json.loads(options())
    assert list(wrong_with_adapter(stated, tensors)) == []
    assert list(wrong_with_adapter({**stated, "r": 8}, tensors)) == [
        "r is 8, but the tensors have rank 16"
    ]
    assert list(wrong_with_adapter({**stated, "target_modules": ["query"]}, tensors)) == [
        "tensor base_model.model.encoder.layer.0.attention.self.value.lora_A.weight is of no "
        "module in target_modules"
    ]
    more = {**stated, "target_modules": ["query", "value", "dense"]}
    assert list(wrong_with_adapter(more, tensors)) == [
        "target_modules names dense, which has no tensor"
    ]


def weights(header: dict[str, Any], content: bytes) -> bytes:
    """A safetensors file."""
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + content


@pytest.mark.parametrize(
    ("header", "content"),
    [
        ({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}, bytes(4)),
        ({"a": {"dtype": "F32", "shape": [10**9, 10**9], "data_offsets": [0, 4]}}, bytes(4)),
        ({"a": {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]}}, bytes(4)),
        ({"a": {"dtype": "U8", "shape": [4], "data_offsets": [0, 4]}}, bytes(4)),
        ({"a": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, bytes(5)),
    ],
    ids=["too short", "huge", "negative", "no weights", "something behind"],
)
def test_shapes_must_fit_the_bytes(header: dict[str, Any], content: bytes) -> None:
    """So that what shapes say can be believed."""
    with pytest.raises(ValueError, match=r"safetensors file|not those of their bytes"):
        read_tensors("w", weights(header, content))


@pytest.mark.parametrize(
    ("file", "value"),
    [
        ("config.json", {"a": {"b": [{"auto_map": {"AutoModel": "evil--m.M"}}]}}),
        ("tokenizer_config.json", {"trust_remote_code": True}),
        ("modules.json", [{"idx": 0, "name": "0", "path": "", "type": "os.system"}]),
        (
            "modules.json",
            [{"idx": 0, "name": "0", "path": "../../x", "type": "sentence_transformers.A"}],
        ),
        (
            "modules.json",
            [{"idx": 0, "name": "0", "path": "/etc", "type": "sentence_transformers.A"}],
        ),
        ("modules.json", [{"idx": 0, "type": "sentence_transformers.A"}]),
        (
            "modules.json",
            [{"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.A;os"}],
        ),
    ],
)
def test_code_and_paths_are_found_at_any_depth(file: str, value: Any) -> None:
    """Whatever a loader of another library may do with them."""
    with pytest.raises(ValueError, match=r"code of its own|class outside|path|must have idx"):
        check_adapter_json(f"cardiobench/adapter/{file}", json.dumps(value).encode())


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[weights](JavaScript:run)",
        "[weights](&#106;avascript:run)",
        "[weights](&amp;#x6A;avascript:run)",
        "[weights](java\nscript:run)",
        "[weights](data:text/html;base64,x)",
        "[weights](<file:///etc/passwd>)",
        "[x]: vbscript:run",
        "&lt;img src=x onerror=alert(1)&gt;",
    ],
)
def test_cards_hold_nothing_active_however_it_is_written(text: str) -> None:
    """Entities, white space and other schemes included."""
    with pytest.raises(ValueError, match="HTML or a script address"):
        check_card("README.md", text.encode())


def test_our_own_cards_pass() -> None:
    """They have links, tables and metadata."""
    text = (FOLDER / "README.md").read_bytes()
    assert check_card("README.md", text) == text.decode()


def test_a_whole_entry_is_held_to_its_tensors(tmp_path: Path, judge: Any) -> None:
    """In verification, with every hash made to fit."""
    entry: Entry = submission(tmp_path, ADAPTED, tasks=("CardioNegation",))
    edit(entry.adapter_folder / "adapter_config.json", lambda o: o.update(r=8))
    edit(entry.manifest_path, lambda m: m["training"].update(trainable_parameters=7))
    lines = "\n".join(judge(entry, tmp_path / "empty").lines())
    assert "adapter_config.json: r is 8, but the tensors have rank 16" in lines
    assert f"{WEIGHTS}: 147,456 numbers, but training.trainable_parameters is 7" in lines
