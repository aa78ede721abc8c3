"""An architecture is checked field by field when it is written, not when it is first run."""

import dataclasses
import json
from typing import Any

import pytest

import cardiobench
from cardiobench import Architecture, Pooling
from cardiobench.errors import CardioBenchError
from cardiobench.plugins.architecture import Kind

GOOD: dict[str, Any] = {
    "name": "heart-bert",
    "checkpoint": "example/heart-bert",
    "revision": "0123456789abcdef0123456789abcdef01234567",
    "pooling": Pooling.MEAN,
    "lora_targets": ("query", "value"),
    "max_seq_length": 256,
    "embedding_dim": 384,
    "parameters": 22_713_216,
    "licence": "mit",
}


def test_a_plain_specification_gets_the_documented_defaults():
    """Only what differs from the defaults needs to be written."""
    spec = Architecture(**GOOD)
    assert spec.kind is Kind.ENCODER
    assert spec.normalise is True
    assert (spec.query_prompt, spec.document_prompt) == ("", "")
    assert spec.remote_code is False
    assert spec.unused_weights == ()
    assert spec.carried is None


def test_a_specification_cannot_be_changed_and_equal_ones_are_equal():
    """It is a value: frozen, comparable, usable as a key."""
    spec = Architecture(**GOOD)
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec.name = "other"  # type: ignore[misc]
    assert {spec: 1}[Architecture(**GOOD)] == 1
    assert dataclasses.replace(spec, embedding_dim=768) != spec


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "Heart"),
        ("name", "heart bert"),
        ("name", "../heart"),
        ("name", "-heart"),
        ("checkpoint", "heart-bert"),
        ("checkpoint", "a/b/c"),
        ("checkpoint", "/srv/models/heart"),
        ("checkpoint", ""),
        ("revision", ""),
        ("pooling", "average"),
        ("kind", "both"),
        ("lora_targets", "query"),
        ("max_seq_length", 0),
        ("embedding_dim", -1),
        ("parameters", 0),
        ("licence", ""),
    ],
)
def test_a_value_out_of_range_is_refused_with_its_field(field, value):
    """The message names the architecture, the field and the value, in one line."""
    with pytest.raises(CardioBenchError) as caught:
        Architecture(**{**GOOD, field: value})
    message = str(caught.value)
    assert f"{field}={value!r}" in message
    assert repr(value if field == "name" else "heart-bert") in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", None),
        ("checkpoint", None),
        ("revision", 3),
        ("pooling", ["mean"]),
        ("max_seq_length", "256"),
        ("embedding_dim", None),
        ("embedding_dim", 384.5),
        ("parameters", "22M"),
        ("licence", 4),
        ("query_prompt", None),
        ("lora_targets", 3),
        ("lora_targets", (1, 2)),
        ("unused_weights", "pooler"),
        ("unused_weights", ("pooler[",)),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_its_field(field, value):
    """A plugin author who writes parameters="22M" is told which field is wrong."""
    with pytest.raises(CardioBenchError, match=f"{field}="):
        Architecture(**{**GOOD, field: value})


@pytest.mark.parametrize(("text", "pooling"), [("mean", Pooling.MEAN), ("cls", Pooling.CLS)])
def test_a_pooling_or_kind_given_as_text_is_taken_as_what_it_names(text, pooling):
    """The text form passes the check, so it must work everywhere as the enum does."""
    spec = Architecture(**{**GOOD, "pooling": text, "kind": "decoder"})
    assert spec.pooling is pooling
    assert spec.kind is Kind.DECODER


def test_a_missing_field_is_named():
    """Python's own message names the field that was left out."""
    fields = {name: value for name, value in GOOD.items() if name != "revision"}
    with pytest.raises(TypeError, match="revision"):
        Architecture(**fields)


def test_plugin_authors_import_from_the_top_of_the_package():
    """What the manual says to import is there."""
    assert cardiobench.Architecture is Architecture
    assert cardiobench.Pooling is Pooling
    assert callable(cardiobench.hookimpl)


def test_a_specification_comes_back_from_its_json():
    """A job's worker gets the same value, with its parts, that the plan was made from."""
    carried = cardiobench.CarriedWeights(
        distribution="heart[weights]", folder="heart", sha256="0" * 64, parts=("one", "two")
    )
    spec = Architecture(**{**GOOD, "carried": carried, "lora_targets": ["query"]})
    assert spec.lora_targets == ("query",)
    assert Architecture.from_json(json.loads(json.dumps(dataclasses.asdict(spec)))) == spec


@pytest.mark.parametrize(("field", "value"), [("sha256", "53aa"), ("parts", "one"), ("folder", "")])
def test_carried_weights_are_checked_as_well(field, value):
    """A hash that is cut off would refuse the right weights when they are first loaded."""
    good = {"distribution": "heart", "folder": "heart", "sha256": "0" * 64}
    with pytest.raises(CardioBenchError, match=f"CarriedWeights: {field}="):
        cardiobench.CarriedWeights(**{**good, field: value})
