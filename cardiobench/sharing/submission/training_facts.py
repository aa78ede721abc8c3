"""Whether a training record agrees with itself, with its recipe and with the adapter's tensors."""

import math
import re
from collections.abc import Iterable
from typing import Any

from cardiobench.errors import CardioBenchError
from cardiobench.pairs.pair import DOCUMENTS
from cardiobench.results.entry import MANIFEST, WEIGHTS, Entry, Manifest, TrainingRecord
from cardiobench.results.schema import SHA256
from cardiobench.sharing.submission.adapter_files import wrong_with_adapter
from cardiobench.sharing.submission.contents import ADAPTER_OPTIONS, Contents
from cardiobench.sharing.submission.report import Report, shown
from cardiobench.training.methods import METHODS
from cardiobench.training.recipe import Recipe, load_recipe, recipe_names

_AGAIN = "Type: cardiobench run, then cardiobench submit pack"
_SEED = re.compile(r"-seed(?P<seed>\d{1,6})$")
# Batches without false negatives leave a few pairs over, and a validation split takes some.
_STEPS_SLACK = 0.15
_KINDS = {"lora": "LORA", "rslora": "LORA", "dora": "LORA", "ia3": "IA3", "oft": "OFT"}
_KINDS |= {"boft": "BOFT", "loha": "LOHA", "lokr": "LOKR"}
_RANKED = ("LORA", "LOHA", "LOKR")


def check_training(contents: Contents, training: TrainingRecord, report: Report) -> None:
    """Note what a training record says that its own parts deny."""
    name = contents.manifest.model.name
    match = _SEED.search(name)
    if match and int(match["seed"]) != training.seed:
        report.add(MANIFEST, f"{name} was trained with seed {training.seed}", _AGAIN)
    if not re.fullmatch(SHA256, training.pairs_sha256):
        report.add(MANIFEST, "training.pairs_sha256 is no SHA-256", _AGAIN)
    recipe = _recipe_of(training, report)
    if recipe is not None:
        _check_steps(training, recipe, report)
        _check_adapter(contents, training, recipe, report)


def _recipe_of(training: TrainingRecord, report: Report) -> Recipe | None:
    """The recorded recipe, if it is one; a known name has its known content."""
    stated = training.recipe
    if not isinstance(stated.get("name"), str):
        report.add(MANIFEST, "training.recipe has no name", _AGAIN)
        return None
    try:
        # Files of the submitter's own are named, and need not be here.
        recipe = Recipe.from_table(stated)
    except (CardioBenchError, TypeError, ValueError) as error:
        report.add(MANIFEST, f"training.recipe is none: {shown(str(error))}", _AGAIN)
        return None
    if recipe.name in recipe_names():
        known = load_recipe(recipe.name).to_json()
        other = sorted(k for k in known.keys() | stated.keys() if known.get(k) != stated.get(k))
        if other:
            message = (
                f"recipe {recipe.name} is known with {other[0]} = {shown(known.get(other[0]))}"
            )
            remedy = "Give a changed recipe a name of its own."
            report.add(MANIFEST, f"{message}, not {shown(stated.get(other[0]))}", remedy)
    return recipe


def _check_steps(training: TrainingRecord, recipe: Recipe, report: Report) -> None:
    kept = training.audit.get("kept")
    if type(kept) is not int:
        return
    pairs = kept * recipe.fraction * (1 - recipe.validation_fraction)
    steps = recipe.epochs * pairs / (recipe.batch_size * recipe.gradient_accumulation)
    most = math.ceil(steps * (1 + _STEPS_SLACK) + recipe.epochs + 1)
    least = 1 if recipe.early_stopping_patience else math.floor(steps * (1 - _STEPS_SLACK)) - 1
    if not least <= training.steps <= most:
        message = (
            f"{training.steps} steps, but {kept:,} pairs for {recipe.epochs:g} epochs in batches"
        )
        report.add(MANIFEST, f"{message} of {recipe.batch_size} are about {steps:.0f}", _AGAIN)


def _check_adapter(
    contents: Contents, training: TrainingRecord, recipe: Recipe, report: Report
) -> None:
    """Kind, modules, rank and size of the adapter, by its options and the shapes of its tensors."""
    options, tensors = contents.adapter, contents.tensors
    if options is None or tensors is None:
        return
    for wrong in wrong_with_adapter(options, tensors):
        report.add(ADAPTER_OPTIONS, wrong, "Pack what was trained.")
    if tensors.parameters != training.trainable_parameters:
        message = f"{tensors.parameters:,} numbers, but training.trainable_parameters is "
        report.add(WEIGHTS, f"{message}{training.trainable_parameters:,}", _AGAIN)
    for message in _differences(options, recipe):
        report.add(ADAPTER_OPTIONS, message, _AGAIN)


def _differences(options: dict[str, Any], recipe: Recipe) -> list[str]:
    kind = options["peft_type"]
    title = METHODS[recipe.method].title
    if _KINDS.get(recipe.method) != kind:
        return [f"an adapter of the kind {kind}, but the recipe trains {title}"]
    message = []
    if kind in _RANKED and options["r"] != recipe.rank:
        message.append(f"r is {options['r']}, but the recipe's rank is {recipe.rank}")
    alpha = options.get("lora_alpha", options.get("alpha"))
    if kind in _RANKED and alpha != recipe.alpha:
        message.append(f"alpha is {shown(alpha)}, but the recipe's is {recipe.alpha}")
    if kind == "LORA":
        flags = options.get("use_rslora", False), options.get("use_dora", False)
        if flags != (recipe.method == "rslora", recipe.method == "dora"):
            message.append(f"use_rslora and use_dora are not those of {title}")
    return message


# What decides the pairs, beside the sources' releases.
_CHOOSING = ("relations", "sources", "scope", "negatives", "pairs_files")


def check_pairs(contents: Contents, published: Iterable[Entry], report: Report) -> None:
    """Pairs that are chosen alike are the same pairs: their hash and their audit are known.

    Args:
        contents: the entry.
        published: entries that are believed.
        report: takes the findings.
    """
    manifest, training = contents.manifest, contents.manifest.training
    if training is None or training.recipe.get("pairs_files"):
        return
    if DOCUMENTS in training.recipe.get("sources", ()):
        return
    for entry in published:
        other = entry.manifest()
        if other.training is None or _chosen(manifest) != _chosen(other):
            continue
        ours, theirs = training.audit, other.training.audit
        wrong = [f"audit.{key}" for key in sorted(theirs) if ours.get(key) != theirs[key]]
        if training.pairs_sha256 != other.training.pairs_sha256:
            wrong.append("pairs_sha256")
        for field in wrong:
            message = f"training.{field} is not that of {entry.name}, trained on the same pairs"
            report.add(MANIFEST, message, _AGAIN)
        return


def _chosen(manifest: Manifest) -> list[Any]:
    recipe = manifest.training.recipe if manifest.training else {}
    chosen = [recipe.get(key) for key in _CHOOSING]
    return [*chosen, manifest.sources, manifest.versions.get("cardiobench")]
