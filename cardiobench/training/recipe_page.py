"""The tables of the page about recipes, from the fields themselves."""

from collections.abc import Mapping
from dataclasses import fields

from cardiobench.errors import CardioBenchError
from cardiobench.foundation.markdown import own_table
from cardiobench.training.losses import LOSSES
from cardiobench.training.methods import INEXACT, METHODS, TARGETS
from cardiobench.training.recipe import Recipe
from cardiobench.training.recipe_fields import allowed
from cardiobench.training.validation_parts import PARTS

BEGIN = "<!-- tables: cardiobench recipes --page docs/recipes.md -->"
END = "<!-- end of tables -->"


def with_tables(page: str) -> str:
    """A page whose tables, between two marks, are current; the rest is as it was.

    Raises:
        CardioBenchError: the page lacks the marks.
    """
    head, begin, rest = page.partition(BEGIN)
    _, end, tail = rest.partition(END)
    if not begin or not end:
        raise CardioBenchError(f"The page has no lines {BEGIN!r} and {END!r} to write between.")
    return f"{head}{BEGIN}\n\n{_tables()}\n{END}{tail}"


def _tables() -> str:
    sections = {
        "Fields": _fields(),
        "`method`": [
            {
                "name": f"`{name}`",
                "trains": method.meaning,
                "its options": _options(method.ignores, "block_size", "rank", "alpha", "dropout"),
                "8-bit and 4-bit base": ", ".join(method.quantised) or "-",
            }
            for name, method in METHODS.items()
        ],
        "Methods that are refused": _named(INEXACT, "why"),
        "`targets`": _named(TARGETS, "modules"),
        "`loss`": [
            {
                "name": f"`{name}`",
                "minimises": loss.meaning,
                "its options": _options(loss.ignores, "scale", "margin", "mini_batch_size"),
            }
            for name, loss in LOSSES.items()
        ],
        "`validation_parts`": _named({name: part.meaning for name, part in PARTS.items()}, "asks"),
    }
    return "".join(f"### {title}\n\n{own_table(rows)}\n\n" for title, rows in sections.items())


def _fields() -> list[dict[str, str]]:
    return [
        {
            "field": f"`{field.name}`",
            "default": _shown(field.default),
            "allowed": allowed(field),
            "meaning": field.metadata["meaning"],
        }
        for field in fields(Recipe)
    ]


def _shown(value: object) -> str:
    """A default as TOML writes it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_shown, value))}]"
    return f'"{value}"' if isinstance(value, str) else f"{value:g}"


def _options(ignored: frozenset[str], *names: str) -> str:
    return ", ".join(f"`{name}`" for name in names if name not in ignored) or "-"


def _named(meanings: Mapping[str, str], heading: str) -> list[dict[str, str]]:
    return [{"name": f"`{name}`", heading: text} for name, text in meanings.items()]
