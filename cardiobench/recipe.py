"""How to adapt a model: a frozen, validated set of training options, as a TOML file or a preset."""

import re
import tomllib
from dataclasses import asdict, dataclass, fields
from importlib import resources
from pathlib import Path
from typing import Any

from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.pair_files import check_there, is_known_form
from cardiobench.pair_sources import NEGATIVES, SOURCES, scope_ids, source_names
from cardiobench.relations import DEFAULT_RELATIONS, RELATIONS

_PRESETS = "cardiobench.recipes"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """LoRA adaptation with Multiple Negatives Ranking loss over (anchor, positive) pairs.

    Attributes:
        name: short name, part of the adapted model's name.
        rank: LoRA rank r, 1 to 512.
        alpha: LoRA scaling numerator; updates are scaled by alpha / rank.
        dropout: LoRA dropout probability, [0, 1).
        relations: pair relations to train on (see :data:`cardiobench.relations.RELATIONS`).
        sources: where to take pairs from: ``hpo``, ``icd10cm``, ``hpo-annotations``, or a source
            that a plugin supplies.
        scope: ``cardiology``, ``medicine``, or HPO and ICD-10-CM identifiers with commas between
            (``"HP:0002086, chapter 10"``); everything below them is in scope.
        pairs_files: pairs of your own: paths of .jsonl, .csv or .parquet files (relative to where
            you type the command), or ids of hub data sets.
        negatives: ``none``, or ``siblings`` for a third column from an ontology sibling.
        epochs: passes over the pairs, more than 0.
        batch_size: pairs per forward step; each has batch_size - 1 in-batch negatives.
        gradient_accumulation: forward steps per optimiser step.
        learning_rate: peak learning rate of AdamW.
        warmup_ratio: share of the optimiser steps with linear warm-up, [0, 1]; linear decay after.
        weight_decay: AdamW weight decay.
        scale: factor on the cosines before the softmax, 1 / temperature.
        max_seq_length: longest training text in tokens; more is cut off.

    Raises:
        CardioBenchError: a field has the wrong type or is out of range; names field and range.
    """

    name: str
    rank: int = 16
    alpha: int = 32
    dropout: float = 0.0
    relations: tuple[str, ...] = DEFAULT_RELATIONS
    sources: tuple[str, ...] = ("hpo",)
    scope: str = "cardiology"
    pairs_files: tuple[str, ...] = ()
    negatives: str = "none"
    epochs: float = 2.0
    batch_size: int = 32
    gradient_accumulation: int = 1
    learning_rate: float = 2e-4
    warmup_ratio: float = 0.1
    weight_decay: float = 0.01
    scale: float = 20.0
    max_seq_length: int = 128

    def __post_init__(self) -> None:
        ranges: dict[str, tuple[float, float]] = {
            "rank": (1, 512),
            "alpha": (1, 4096),
            "dropout": (0, 0.99),
            "epochs": (1e-3, 1000),
            "batch_size": (2, 65536),
            "gradient_accumulation": (1, 65536),
            "learning_rate": (1e-9, 1),
            "warmup_ratio": (0, 1),
            "weight_decay": (0, 1),
            "scale": (1e-3, 1000),
            "max_seq_length": (4, 32768),
        }
        for field in fields(self):
            value = _converted(field.name, getattr(self, field.name), field.type)
            object.__setattr__(self, field.name, value)
        if not _NAME.fullmatch(self.name):
            raise CardioBenchError(
                f"name = {self.name!r} cannot be part of a model's name: letters, digits, '.', '_' "
                "and '-', a letter or digit first. Give the recipe another name = \"...\"."
            )
        for name, (low, high) in ranges.items():
            value = getattr(self, name)
            if not low <= value <= high:
                raise CardioBenchError(f"{name} = {value} is out of range: {low:g} to {high:g}.")
        self._check_pairs()

    def _check_pairs(self) -> None:
        """Check the fields that say which pairs to train on."""
        ours = all(source in SOURCES for source in self.sources)
        for field, kind, values, known in (
            ("relations", "relation", self.relations, tuple(RELATIONS)),
            ("sources", "source", self.sources, SOURCES if ours else source_names()),
            ("negatives", "kind of negatives", (self.negatives,), NEGATIVES),
        ):
            for value in values:
                if value not in known:
                    raise CardioBenchError(f"{field}: {UnknownNameError(kind, value, known)}")
            if not values:
                raise CardioBenchError(f"{field} is empty; name at least one.")
        scope_ids(self.scope)
        for origin in self.pairs_files:
            if not is_known_form(origin):
                raise CardioBenchError(
                    f"pairs_files: {origin!r} is neither a .jsonl, .csv or .parquet file nor a hub "
                    "data set id such as 'organisation/name'."
                )

    def to_json(self) -> dict[str, Any]:
        """Every option as plain JSON values."""
        values = asdict(self)
        return {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}


def preset_names() -> list[str]:
    """The names of the recipes that CardioBench ships, sorted."""
    files = resources.files(_PRESETS).iterdir()
    return sorted(f.name.removesuffix(".toml") for f in files if f.name.endswith(".toml"))


def load_recipe(name_or_path: str) -> Recipe:
    """A preset or a plugin's recipe by name, or a TOML file by path (all that ends in ``.toml``).

    Raises:
        UnknownNameError: no preset and no plugin has a recipe of that name.
        CardioBenchError: the file cannot be read or parsed, or a field is unknown or wrong; the
            message gives file, line and field.
    """
    if name_or_path.endswith(".toml"):
        path = Path(name_or_path)
        return parse_recipe(_read(path), default_name=path.stem, origin=str(path))
    if name_or_path not in preset_names():
        return _supplied_recipe(name_or_path)
    text = (resources.files(_PRESETS) / f"{name_or_path}.toml").read_text(encoding="utf-8")
    return parse_recipe(text, default_name=name_or_path, origin=f"preset {name_or_path}")


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CardioBenchError(f"Cannot read the recipe {path}: {reason}.") from error


def _supplied_recipe(name: str) -> Recipe:
    """The recipe of that name that a plugin supplies."""
    from cardiobench.plugins import load_plugins

    plugins = load_plugins()
    found = {recipe.name: (recipe.content, provider) for recipe, provider in plugins.recipes()}
    if name not in found:
        hint = "A recipe of your own is given as a path that ends in .toml."
        known = [*preset_names(), *found]
        raise UnknownNameError("recipe", name, known, hint=f"{hint} {plugins.hint()}".strip())
    content, provider = found[name]
    text = _read(content) if isinstance(content, Path) else content
    origin = f"recipe {name} of plugin {provider.plugin} ({provider.distribution})"
    return parse_recipe(text, default_name=name, origin=origin)


def parse_recipe(text: str, *, default_name: str, origin: str) -> Recipe:
    """A recipe from TOML text; ``origin`` is named in errors.

    Raises:
        CardioBenchError: as :func:`load_recipe`.
    """
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CardioBenchError(f"{origin} is not TOML: {error}.") from error
    table.setdefault("name", default_name)
    names = [field.name for field in fields(Recipe)]
    try:
        for name in table:
            if name not in names:
                raise UnknownNameError("field", name, names)
        recipe = Recipe(**table)
        for path in recipe.pairs_files:
            check_there(path)
        return recipe
    except CardioBenchError as error:
        line = _line_of(text, str(error))
        raise CardioBenchError(f"{origin}{line}: {error}") from error


def _converted(name: str, value: object, wanted: object) -> object:
    if wanted is str and isinstance(value, str):
        return value
    if wanted is int and isinstance(value, int) and not isinstance(value, bool):
        return value
    if wanted is float and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    many = wanted not in (str, int, float)
    if many and isinstance(value, list | tuple) and all(isinstance(v, str) for v in value):
        return tuple(value)
    expected = {str: "a text", int: "a whole number", float: "a number"}.get(
        wanted if isinstance(wanted, type) else list, "a list of texts"
    )
    raise CardioBenchError(f"{name} = {value!r} is not {expected}.")


def _line_of(text: str, message: str) -> str:
    """``":LINE"`` of the first field that the message names, or nothing."""
    named = re.match(r"Unknown field '([^']*)'|(\w+)", message)
    field = re.escape(named[1] or named[2]) if named else ""
    start = re.compile(rf"""\s*\[*\s*["']?{field}["']?\s*[=.\]]""")
    for number, line in enumerate(text.splitlines(), start=1):
        if start.match(line):
            return f":{number}"
    return ""
