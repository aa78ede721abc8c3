"""What each share of a trained update scores on the validation parts: one training for all."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from cardiobench.foundation.terminal import Stages
from cardiobench.models.encoder import load_encoder
from cardiobench.models.trained_weights import load_trained
from cardiobench.pairs.subsets import validation_split
from cardiobench.plugins.architecture import Architecture
from cardiobench.plugins.registry import Plugins
from cardiobench.training.adapter_store import AdapterStore
from cardiobench.training.recipe import Recipe
from cardiobench.training.validation_parts import PARTS, part_scores, validator

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Share of the training concepts that validates a recipe that holds none out.
HELD_OUT = 0.15


def validated_scales(
    architecture: Architecture,
    recipe: Recipe,
    plugins: Plugins,
    seed: int,
    scales: Sequence[float],
    output: Path,
    stages: Stages,
    *,
    device: str | None = None,
) -> list[dict[str, float]]:
    """Train once on a part of the concepts, then score base + scale x update for each scale.

    Args:
        architecture: the base model.
        recipe: what is trained; a LoRA kind. Without a validation split, it holds out
            :data:`HELD_OUT` of the concepts.
        plugins: where encoders come from.
        seed: training seed.
        scales: factors on the update, above 0.
        output: folder of the training; a finished one is used again.
        stages: where progress is shown.
        device: torch device, the best one if None.

    Returns:
        A row for the base model (scale 0), then one a scale: ``scale``, the score of each part of
        :data:`cardiobench.training.validation_parts.PARTS` and their ``mean``.

    Raises:
        CardioBenchError: the recipe's method has no scale, or the training fails.
    """
    fraction = recipe.validation_fraction or HELD_OUT
    # A scale other than 1 is refused by the recipe itself where it would mean nothing.
    replace(recipe, adapter_scale=0.5)
    recipe = replace(recipe, adapter_scale=1.0, validation_fraction=fraction)
    store = AdapterStore(output, recipe, seed)
    load = partial(load_encoder, architecture, plugins, device=device)
    model = load_trained(load(), _trained(store, architecture, load, stages))
    _, held_out = validation_split(store.pairs(), fraction)
    evaluator = validator(tuple(PARTS), architecture, held_out, recipe.batch_size)
    rows = []
    with stages.stage(f"{architecture.name} {recipe.name}: validation of {len(scales)} scales"):
        for scale in (0.0, *scales):
            scores = _scaled_scores(model, scale, evaluator)
            rows.append({"scale": scale, **scores, "mean": fmean(scores.values())})
    return rows


def _trained(
    store: AdapterStore,
    architecture: Architecture,
    load: "Callable[[], SentenceTransformer]",
    stages: Stages,
) -> Path:
    """The folder of the trained adapter, from an earlier call if it is there."""
    recipe = store.recipe
    name = f"cardiobench/{architecture.name}-{recipe.name}-seed{store.seed}"
    trained = store.find(architecture, name)
    if trained is None:
        per_step = recipe.batch_size * recipe.gradient_accumulation
        label = f"{architecture.name} {recipe.name}: training"
        with stages.stage(label, "pairs", per_step) as step:
            trained = store.train(load(), architecture, name, step)
    return trained[0].adapter_folder


def _scaled_scores(model: "SentenceTransformer", scale: float, evaluator: Any) -> dict[str, float]:
    from peft.helpers import rescale_adapter_scale

    with rescale_adapter_scale(model, scale):
        return part_scores(model, evaluator, tuple(PARTS))
