"""Markdown in which text from outside stays text."""

import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence

# Most cells are numbers and names that need nothing.
_HARMLESS = re.compile(r"(?! )[A-Za-z0-9 .,:/+()%-]*(?<! )")
# Everything that CommonMark, GFM tables or GitHub's mathematics give a meaning inside a line.
_SPECIAL = re.compile(r"([\\`*\[\]~$!]|(?<![^\W_])_|_(?![^\W_]))")
# A pipe ends a table's cell even where a backslash of ours is doubled; an entity never does.
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "|": "&#124;"}


class Markup(str):
    """Markdown of our own, which a table takes as it is."""

    __slots__ = ()


def table(rows: Sequence[Mapping[str, str]], right: Collection[str] = ()) -> str:
    """A Markdown table.

    Headings and cells of :class:`Markup` are ours and stay as they are; cells of other text are
    shown literally.

    Args:
        rows: one or more, with the same keys, which are the headings.
        right: headings of the columns whose text stands at the right.
    """
    from tabulate import tabulate

    return tabulate(
        [[cell(row[heading]) for heading in rows[0]] for row in rows],
        headers=[_own(heading) for heading in rows[0]],
        tablefmt="pipe",
        disable_numparse=True,
        colalign=["right" if heading in right else "left" for heading in rows[0]],
    )


def own_table(rows: Sequence[Mapping[str, str]]) -> str:
    """A table whose cells are all Markdown of ours."""
    return table([{key: Markup(value) for key, value in row.items()} for row in rows])


def cell(text: str) -> str:
    """One table cell: Markdown of ours, or other text shown literally."""
    return _own(text) if isinstance(text, Markup) else escape(text)


def _own(text: str) -> str:
    """Markdown of ours, unable to end its cell, its row, or to hold HTML."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def escape(text: str) -> str:
    """Text in which nothing is Markdown or HTML, on one line."""
    if _HARMLESS.fullmatch(text):
        return text
    plain = re.sub("[&<>|]", lambda match: _ENTITIES[match[0]], visible(text))
    return _SPECIAL.sub(r"\\\1", plain)


def visible(text: str) -> str:
    """Text on one line without characters that cannot be seen.

    Controls, direction marks and joiners are left out, so that two names which look alike are not
    told apart by them alone.
    """
    if text.isascii() and text.isprintable():
        return text.strip()
    spaced = (" " if character.isspace() else character for character in text)
    return "".join(c for c in spaced if unicodedata.category(c)[0] != "C").strip()


def link(text: str, target: str) -> Markup:
    """A link with the text shown literally; the target is ours."""
    return Markup(f"[{escape(text)}]({target})")
