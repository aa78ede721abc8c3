"""How to adapt a model: a frozen, validated set of training options, as a TOML file or a preset."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from cardiobench.errors import CardioBenchError, DataError, UnknownNameError
from cardiobench.foundation.files import parse_toml, read_file
from cardiobench.pairs.origins import check_form, check_there
from cardiobench.pairs.relations import DEFAULT_RELATIONS, RELATIONS
from cardiobench.pairs.selection import NEGATIVES, SOURCES, scope_ids, source_names
from cardiobench.plugins.registry import load_plugins
from cardiobench.training.losses import LOSSES, Loss
from cardiobench.training.methods import METHODS, TARGETS, Method, refuse_inexact
from cardiobench.training.recipe_fields import checked, is_default, line_of, option
from cardiobench.training.validation_parts import PARTS

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
SCHEDULES = {
    "linear": "falls to zero",
    "cosine": "falls to zero as half a cosine",
    "constant": "stays",
}
PRECISIONS = {
    "fp32": "single precision",
    "bf16": "bfloat16 autocast",
    "fp16": "float16 autocast with a loss scale; needs a CUDA GPU",
}


def _meanings(known: Mapping[str, Method] | Mapping[str, Loss]) -> dict[str, str]:
    return {name: chosen.meaning for name, chosen in known.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to train: what is adapted, on which pairs, with which loss, for how long.

    Every field gives its range and meaning; ``docs/recipes.md`` shows them as a table.

    Raises:
        CardioBenchError: a field has the wrong type, is out of range, or means nothing to the
            method or loss that is chosen; names field and what is allowed.
    """

    name: str = option("", "short name, part of the adapted model's name; the file's, if not given")
    models: tuple[str, ...] = option(
        (), "architectures to adapt if `--model` names none; `minilm` if left out", recorded=False
    )
    seeds: tuple[int, ...] = option(
        (),
        "training seeds if `--seed` gives none; 0 if left out",
        low=0,
        high=999_999,
        recorded=False,
    )
    method: str = option("lora", "what is trained", choices=_meanings(METHODS), later=True)
    targets: str = option("qv", "which linear modules are adapted", choices=TARGETS, later=True)
    rank: int = option(16, "rank r of the update", low=1, high=512)
    alpha: int = option(32, "updates are scaled by alpha / rank", low=1, high=4096)
    dropout: float = option(0.0, "dropout probability in the adapter", low=0, high=0.99)
    adapter_scale: float = option(
        1.0,
        "factor on the trained update, for validation and for what is kept: base + scale x update",
        low=1e-3,
        high=10,
        later=True,
    )
    block_size: int = option(
        32, "size of the rotated blocks; divides the modules' width", low=2, high=1024, later=True
    )
    relations: tuple[str, ...] = option(DEFAULT_RELATIONS, "pair relations to train on")
    sources: tuple[str, ...] = option(("hpo",), "where pairs come from; a plugin's source too")
    scope: str = option(
        "cardiology", "`cardiology`, `medicine`, or HPO and ICD-10-CM ids, all below them included"
    )
    pairs_files: tuple[str, ...] = option((), "pairs of your own: .jsonl, .csv, .parquet, hub ids")
    negatives: str = option("none", "third column: `none`, or `siblings` for an ontology sibling")
    fraction: float = option(
        1.0,
        "share of the pairs that is used; a smaller share is part of every larger one",
        low=1e-3,
        high=1,
        later=True,
    )
    validation_fraction: float = option(
        0.0,
        "share of the training concepts that validates; test concepts are never among them",
        low=0,
        high=0.5,
        later=True,
    )
    validation_parts: tuple[str, ...] = option(
        ("concepts",), "what validates; the score is the mean over these parts", later=True
    )
    early_stopping_patience: int = option(
        0,
        "validations without a better score before training stops, and the best weights are kept; "
        "0 trains to the end",
        low=0,
        high=100,
        later=True,
    )
    loss: str = option("infonce", "what is minimised", choices=_meanings(LOSSES), later=True)
    scale: float = option(20.0, "factor on the cosines, 1 / `temperature`", low=1e-3, high=1000)
    margin: float = option(
        0.5, "how much nearer than the negative the positive must be", low=0, high=2, later=True
    )
    mini_batch_size: int = option(32, "pairs in memory at once", low=1, high=65536, later=True)
    matryoshka_dims: tuple[int, ...] = option(
        (),
        "shorter embeddings that are trained too, each of the first so many numbers",
        low=1,
        high=65536,
        later=True,
    )
    epochs: float = option(2.0, "passes over the pairs", low=1e-3, high=1000)
    batch_size: int = option(32, "pairs a step; all others give negatives", low=2, high=65536)
    gradient_accumulation: int = option(1, "batches per optimiser step", low=1, high=65536)
    learning_rate: float = option(2e-4, "peak learning rate of AdamW", low=1e-9, high=1)
    warmup_ratio: float = option(0.1, "share of the steps with linear warm-up", low=0, high=1)
    schedule: str = option("linear", "learning rate after warm-up", choices=SCHEDULES, later=True)
    weight_decay: float = option(0.01, "weight decay of AdamW", low=0, high=1)
    max_seq_length: int = option(128, "longest training text in tokens", low=4, high=32768)
    precision: str = option("fp32", "arithmetic of the training", choices=PRECISIONS, later=True)
    gradient_checkpointing: bool = option(
        False, "compute activations again in the backward pass: less memory, more time", later=True
    )

    def __post_init__(self) -> None:
        refuse_inexact(self.method)
        for field in fields(self):
            object.__setattr__(self, field.name, checked(field, getattr(self, field.name)))
        if not _NAME.fullmatch(self.name):
            raise CardioBenchError(
                f"name = {self.name!r} cannot be part of a model's name: letters, digits, '.', '_' "
                "and '-', a letter or digit first. Give the recipe another name = \"...\"."
            )
        self._check_pairs()
        self._refuse_unused("method", METHODS[self.method].ignores)
        self._refuse_unused("loss", LOSSES[self.loss].ignores)
        if self.early_stopping_patience and not self.validation_fraction:
            raise CardioBenchError(
                "early_stopping_patience needs a validation split: set validation_fraction = 0.1."
            )

    def _refuse_unused(self, chosen: str, ignored: "frozenset[str]") -> None:
        """Refuse options that would have no effect, which nobody means."""
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in ignored and not is_default(field, value):
                raise CardioBenchError(
                    f"{field.name} = {value} means nothing to {chosen} {getattr(self, chosen)!r}; "
                    f"leave it out, or choose another {chosen}."
                )

    def _check_pairs(self) -> None:
        """Check the fields that say which pairs to train and validate on."""
        ours = all(source in SOURCES for source in self.sources)
        for field, kind, values, known in (
            ("relations", "relation", self.relations, tuple(RELATIONS)),
            ("sources", "source", self.sources, SOURCES if ours else source_names()),
            ("negatives", "kind of negatives", (self.negatives,), NEGATIVES),
            ("validation_parts", "part", self.validation_parts, tuple(PARTS)),
        ):
            for value in values:
                if value not in known:
                    raise CardioBenchError(f"{field}: {UnknownNameError(kind, value, known)}")
            if not values:
                raise CardioBenchError(f"{field} is empty; name at least one.")
        scope_ids(self.scope)
        for origin in self.pairs_files:
            try:
                check_form(origin)
            except DataError as error:
                raise CardioBenchError(f"pairs_files: {error}") from error

    def to_json(self) -> dict[str, Any]:
        """The options as plain JSON values; enough to make the recipe again.

        Fields that came after the first recorded recipes are left out at their defaults.
        """
        values = {
            field.name: getattr(self, field.name)
            for field in fields(self)
            if field.metadata["recorded"]
            and not (field.metadata["later"] and is_default(field, getattr(self, field.name)))
        }
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}

    @classmethod
    def from_table(cls, table: Mapping[str, Any]) -> "Recipe":
        """A recipe from the keys of a TOML table; ``temperature`` may stand for ``scale``.

        Raises:
            CardioBenchError: a key is unknown or its value wrong.
        """
        values = dict(table)
        names = [field.name for field in fields(cls)]
        for name in values:
            if name not in (*names, "temperature"):
                raise UnknownNameError("field", name, [*names, "temperature"])
        if "temperature" in values:
            temperature = values.pop("temperature")
            if "scale" in values:
                raise CardioBenchError("temperature is 1 / scale; give one of them.")
            if isinstance(temperature, bool) or not isinstance(temperature, int | float):
                raise CardioBenchError(f"temperature = {temperature!r} is not a number.")
            if not 1e-3 <= temperature <= 1000:
                raise CardioBenchError(
                    f"temperature = {temperature} is out of range: 0.001 to 1000."
                )
            values["scale"] = 1 / temperature
        return cls(**values)


def recipe_names() -> list[str]:
    """The names of the recipes that can be chosen: ours, then those of plugins."""
    return [source.name for source, _ in load_plugins().recipes()]


def load_recipe(name_or_path: str) -> Recipe:
    """A preset or a plugin's recipe by name, or a TOML file by path (all that ends in ``.toml``).

    Raises:
        UnknownNameError: no preset and no plugin has a recipe of that name.
        CardioBenchError: the file cannot be read or parsed, or a field is unknown or wrong; the
            message gives file, line and field.
    """
    if name_or_path.endswith(".toml"):
        path = Path(name_or_path)
        return parse_recipe(read_file(path, "recipe"), default_name=path.stem, origin=str(path))
    plugins = load_plugins()
    supplied = {source.name: (source.content, provider) for source, provider in plugins.recipes()}
    if name_or_path not in supplied:
        hint = "A recipe of your own is given as a path that ends in .toml."
        known_hint = f"{hint} {plugins.hint()}".strip()
        raise UnknownNameError("recipe", name_or_path, supplied, hint=known_hint)
    content, provider = supplied[name_or_path]
    text = read_file(content, "recipe") if isinstance(content, Path) else content
    if provider.is_built_in:
        origin = f"preset {name_or_path}"
    else:
        origin = f"recipe {name_or_path} of plugin {provider.plugin} ({provider.distribution})"
    return parse_recipe(text, default_name=name_or_path, origin=origin)


def parse_recipe(text: str, *, default_name: str, origin: str) -> Recipe:
    """A recipe from TOML text; ``origin`` is named in errors.

    Raises:
        CardioBenchError: as :func:`load_recipe`.
    """
    table = parse_toml(text, origin)
    table.setdefault("name", default_name)
    try:
        recipe = Recipe.from_table(table)
        for path in recipe.pairs_files:
            check_there(path)
        return recipe
    except CardioBenchError as error:
        line = line_of(text, str(error))
        raise CardioBenchError(f"{origin}{line}: {error}") from error
