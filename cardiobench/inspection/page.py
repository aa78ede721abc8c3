"""Mistakes and comparisons as a page of one file."""

from collections.abc import Iterator, Sequence
from html import escape

from cardiobench.foundation.html import page, table
from cardiobench.inspection.comparison import Comparing
from cardiobench.inspection.items import Item
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

_STYLE = """
details { border-bottom: 1px solid var(--line); padding: .3rem 0; } summary { cursor: pointer; }
dl { display: grid; grid-template-columns: 8rem 1fr; gap: .2rem 1rem; margin: .5rem 0; }
dt { color: var(--muted); } dd { margin: 0; overflow-wrap: anywhere; white-space: pre-line; }
.sides { display: grid; grid-template-columns: repeat(auto-fit, minmax(20rem, 1fr)); gap: 1rem; }
h3 { font-size: 1rem; margin: .3rem 0; }
"""


def mistakes_page(found: Mistakes) -> str:
    """Every unsolved item of a model on a task, worst first, by area."""
    title = f"{found.model.name} on {found.spec.name}"
    parts = [f"<h1>{escape(title)}</h1>", f"<p>{escape(headline(found))}</p>"]
    parts += [f'<p class="muted">{escape(note)}</p>' for note in remarks(found)]
    if found.areas:
        cells = [
            (a.name.replace("_", " ") or "(none)", str(a.n), str(a.unsolved), f"{a.score:.3f}")
            for a in found.areas
        ]
        parts += ["<h2>By area</h2>", table(("area", "n", "unsolved", "mean score"), cells)]
    parts.append("<h2>Unsolved items, worst first</h2>")
    parts += [
        f"<details><summary>{escape(label(item))}</summary>{_texts(item)}</details>"
        for item in found.unsolved
    ]
    return page(title, "\n".join(parts), style=_STYLE)


def comparing_page(compared: Comparing) -> str:
    """The table of tasks, and every item that differs."""
    one, other = compared.models
    cells = [difference_cells(compared, task) for task in compared.tasks]
    parts = [
        "<h1>Two models compared</h1>",
        f"<p>A: {escape(one.title)}<br>B: {escape(other.title)}</p>",
        table(cells[0], (line.values() for line in cells)),
        f"<p>{escape(suite_line(compared))}</p>",
        f'<p class="muted">{escape(NOTE)}</p>',
        *_flips(compared),
    ]
    return page(f"{one.name} against {other.name}", "\n".join(parts), style=_STYLE)


def _flips(compared: Comparing) -> Iterator[str]:
    if compared.flips is None:
        return
    yield f"<h2>Items that one of them solves ({len(compared.flips)})</h2>"
    yield f'<p class="muted">{escape(what_counts(compared.tasks[0].spec))}</p>'
    for flip in compared.flips:
        solver = verdict(compared, flip.solved_by)
        yield f"<details><summary>{escape(flip.sides[0].id)}: solved by {escape(solver)}</summary>"
        yield _sides(flip.sides)
        yield "</details>"


def _sides(sides: Sequence[Item]) -> str:
    shown = (
        f"<div><h3>{letter}: score {item.score:.3f}</h3>{_texts(item)}</div>"
        for letter, item in zip("AB", sides, strict=True)
    )
    return f'<div class="sides">{"".join(shown)}</div>'


def _texts(item: Item) -> str:
    lines = []
    for text in item.texts:
        said = reading(text)
        muted = f' <span class="muted">({escape(said)})</span>' if said else ""
        lines.append(f"<dt>{escape(text.role)}</dt><dd>{escape(text.text)}{muted}</dd>")
    return f"<dl>{''.join(lines)}</dl>"
