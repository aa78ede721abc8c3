"""Validation of a training on pairs that were held out of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cardiobench.pairs.pair import Pair
from cardiobench.training.curve import CurvePoint
from cardiobench.training.recipe import Recipe

# Key of the validation score in the trainer's log: sentence-transformers' mean over evaluators.
SCORE = "eval_sequential_score"


@dataclass(frozen=True, slots=True, kw_only=True)
class Validation:
    """The split that validated a training, and what came out.

    Attributes:
        pairs: validation pairs.
        concepts: their concepts.
        score: mean over the recipe's validation parts, of the weights that are kept.
        step: the optimiser step that these weights are of.
    """

    pairs: int
    concepts: int
    score: float
    step: int


def validation_options(recipe: Recipe, steps: int) -> dict[str, Any]:
    """Validation every so many steps, and the best weights kept, where the recipe asks for it."""
    options: dict[str, Any] = {}
    if recipe.validation_fraction:
        options = {"eval_strategy": "steps", "eval_steps": steps}
    if recipe.early_stopping_patience:
        options |= {
            "load_best_model_at_end": True,
            "metric_for_best_model": SCORE,
            "greater_is_better": True,
            # A resumed training goes on counting validations without a better score.
            "restore_callback_states_from_checkpoint": True,
        }
    return options


def validation_of(
    recipe: Recipe, curve: Sequence[CurvePoint], held_out: Sequence[Pair]
) -> Validation | None:
    """What the curve says of the weights that are kept; None where nothing was validated."""
    scored = [(p.validation_score, p.step) for p in curve if p.validation_score is not None]
    if not scored:
        return None
    # Of equal scores the earliest is kept, as the trainer does.
    best = max(scored, key=lambda scored_step: (scored_step[0], -scored_step[1]))
    score, step = best if recipe.early_stopping_patience else scored[-1]
    return Validation(
        pairs=len(held_out),
        concepts=len({i for pair in held_out for i in (pair.concept, pair.other) if i}),
        score=score,
        step=step,
    )
