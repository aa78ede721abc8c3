"""Markdown tables whose cells cannot break out."""

from collections.abc import Mapping, Sequence

_RIGHT = ("params", "dim")


def table(rows: Sequence[Mapping[str, str]]) -> str:
    """A Markdown table; every row has the same keys, which are the headings."""
    from tabulate import tabulate

    return tabulate(
        [{key: cell(value) for key, value in row.items()} for row in rows],
        headers={key: cell(key) for key in rows[0]},
        tablefmt="pipe",
        disable_numparse=True,
        colalign=["right" if name.startswith(_RIGHT) else "left" for name in rows[0]],
    )


def cell(text: str) -> str:
    """The text of one cell: it cannot end its cell, its row, or smuggle markup."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")
