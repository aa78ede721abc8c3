"""How much of an update to keep is chosen on texts that no task has."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cardiobench import Architecture
from cardiobench.errors import CardioBenchError
from cardiobench.foundation.terminal import Stages
from cardiobench.foundation.text import normalise
from cardiobench.pairs.test_texts import written_texts
from cardiobench.plugins.registry import Plugins
from cardiobench.training.recipe import load_recipe
from cardiobench.training.scales import validated_scales
from cardiobench.training.validation_parts import PARTS, written, written_validation_texts


def test_no_validation_text_is_a_test_text() -> None:
    """The written items are not those of a task, word for word."""
    assert len(written_validation_texts()) > 250
    tested = {normalise(text) for text in written_texts()}
    assert tested.isdisjoint(normalise(text) for text in written_validation_texts())


@pytest.mark.parametrize("part", [part for part in PARTS if part != "concepts"])
def test_written_items_are_whole_and_distinct(part: str) -> None:
    """At least forty a part, none twice, none empty."""
    items = written(part)
    assert len(items) >= 40
    assert len({str(sorted(item.items())) for item in items}) == len(items)
    assert all(str(value).strip() for item in items for value in item.values())


def test_a_method_without_a_scale_is_refused_before_training(
    tiny_architecture: Callable[..., Architecture], no_plugins: Plugins, tmp_path: Path
) -> None:
    """Nothing is loaded or written."""
    recipe = replace(load_recipe("quick"), method="dora")
    with pytest.raises(
        CardioBenchError, match=r"adapter_scale = 0\.5 means nothing to method 'dora'"
    ):
        validated_scales(tiny_architecture(), recipe, no_plugins, 0, [0.5], tmp_path, Stages())
    assert not any(tmp_path.iterdir())
