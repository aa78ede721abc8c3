"""Mistakes and comparisons for the terminal, as wide as it is."""

import textwrap
from collections.abc import Iterator, Sequence

from cardiobench.foundation.markdown import visible
from cardiobench.inspection.comparison import Comparing, Flip
from cardiobench.inspection.items import Item, Text
from cardiobench.inspection.mistakes import Mistakes
from cardiobench.inspection.words import (
    NOTE,
    difference_cells,
    headline,
    label,
    reading,
    remarks,
    suite_line,
    verdict,
    what_counts,
)

_ROLE = 14


def mistakes_text(found: Mistakes, limit: int, width: int) -> str:
    """The areas, then the worst items.

    Args:
        found: what to show.
        limit: most items.
        width: of the terminal, in characters.
    """
    parts = [visible(headline(found)), *(textwrap.fill(note, width) for note in remarks(found))]
    if found.areas:
        parts.append(_areas(found))
    parts += ["\n".join(_item(item, width)) for item in found.unsolved[:limit]]
    return "\n\n".join([*parts, *_more(len(found.unsolved), limit)])


def comparing_text(compared: Comparing, limit: int, width: int) -> str:
    """The table of tasks, then the items that differ."""
    from tabulate import tabulate

    cells = [difference_cells(compared, one) for one in compared.tasks]
    names = "\n".join(
        f"{letter}: {visible(model.title)}"
        for letter, model in zip("AB", compared.models, strict=True)
    )
    parts = [names, tabulate(cells, headers="keys", disable_numparse=True)]
    parts += [line for line in [suite_line(compared)] if line]
    parts.append(textwrap.fill(NOTE, width))
    if compared.flips is not None:
        parts += _flips(compared, compared.flips, limit, width)
    return "\n\n".join(parts)


def _flips(compared: Comparing, flips: Sequence[Flip], limit: int, width: int) -> Iterator[str]:
    counts = [sum(flip.solved_by == side for flip in flips) for side in (0, 1)]
    yield f"Items that one solves and the other does not: A {counts[0]}, B {counts[1]}."
    yield textwrap.fill(what_counts(compared.tasks[0].spec), width)
    for flip in flips[:limit]:
        item, other = flip.sides
        solver = visible(verdict(compared, flip.solved_by))
        lines = [f"{label(item)} (A), {other.score:.3f} (B): solved by {solver}"]
        for text in item.texts:
            twin = next(
                (t for t in other.texts if (t.role, t.text) == (text.role, text.text)), None
            )
            lines += _text(text, width, _both(text, twin))
        lines += [
            line
            for text in other.texts
            if not any((t.role, t.text) == (text.role, text.text) for t in item.texts)
            for line in _text(text, width, f"B {reading(text)}".rstrip())
        ]
        yield "\n".join(lines)
    yield from _more(len(flips), limit)


def _twin(text: Text, item: Item) -> Text | None:
    """The same text where another model left it."""
    return next((t for t in item.texts if (t.role, t.text) == (text.role, text.text)), None)


def _both(text: Text, twin: Text | None) -> str:
    """What A and B make of a text that both show."""
    sides = [("A", text), *([("B", twin)] if twin else [])]
    return "; ".join(f"{name} {said}" for name, one in sides if (said := reading(one)))


def _areas(found: Mistakes) -> str:
    from tabulate import tabulate

    cells = [
        {
            "area": area.name.replace("_", " ") or "(none)",
            "n": area.n,
            "unsolved": area.unsolved,
            "mean score": f"{area.score:.3f}",
        }
        for area in found.areas
    ]
    return tabulate(cells, headers="keys", disable_numparse=True)


def _item(item: Item, width: int) -> Iterator[str]:
    yield label(item)
    for text in item.texts:
        yield from _text(text, width, reading(text))


def _text(text: Text, width: int, said: str) -> list[str]:
    """A text under its role, with what the model made of it in brackets."""
    whole = f"{visible(text.text)} ({said})" if said else visible(text.text)
    return textwrap.wrap(
        whole,
        max(width, 40),
        initial_indent=f"  {text.role:{_ROLE}} ",
        subsequent_indent=" " * (_ROLE + 3),
    )


def _more(count: int, limit: int) -> list[str]:
    left = count - limit
    return [f"{left:,} more: give --limit {count}, --json or --html FILE."] if left > 0 else []
