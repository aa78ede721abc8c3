"""Tables about documents: strategies, what was read, what cleaning left out."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cardiobench.documents.library import Library


def every_strategy() -> tuple[str, ...]:
    """Names of all strategies but the one that needs a plugin to send text to."""
    from cardiobench.documents.strategies import PARAPHRASE
    from cardiobench.plugins.registry import load_plugins

    names = (strategy.name for strategy, _ in load_plugins().pair_strategies())
    return tuple(name for name in names if name != PARAPHRASE)


def strategy_table() -> str:
    """Every strategy: what its pairs are, an example, whether it is on, whose it is."""
    from cardiobench.plugins.registry import load_plugins

    return "\n".join(
        f"{s.name}{'' if s.default else ' (off)'}: {s.meaning}\n    {s.example}"
        + ("" if provider.is_built_in else f"\n    supplied by {provider.distribution}")
        for s, provider in load_plugins().pair_strategies()
    )


def document_tables(library: "Library", show_dropped: int) -> str:
    """What was read, the pairs of each strategy, and what was left out, with examples.

    Args:
        library: the documents.
        show_dropped: most examples for each reason.
    """
    from tabulate import tabulate

    from cardiobench.documents.dropped import REASONS

    kept = dict.fromkeys(library.found, 0)
    for pair in library.pairs:
        kept[pair.strategy] = kept.get(pair.strategy, 0) + 1
    found = [[name, n, kept[name]] for name, n in sorted(library.found.items())]
    read = f"documents: {len(library.sha256)} read, {len(library.failed)} failed"
    tables = [
        read + (f", {library.resumed} from an earlier run" if library.resumed else ""),
        *(f"  {name}: {reason}" for name, reason in library.failed),
        "",
        tabulate(found, headers=["strategy", "found", "different, within the limit"], intfmt=","),
    ]
    counts = library.dropped.counts
    if counts:
        rows = [[reason, counts[reason], REASONS[reason]] for reason in REASONS if counts[reason]]
        tables += ["", tabulate(rows, headers=["left out", "count", "what it is"], intfmt=",")]
    for reason, texts in library.dropped.examples.items():
        tables += [f"\n[{reason}]" for _ in range(min(1, show_dropped))]
        tables += [f"  {text}" for text in texts[:show_dropped]]
    return "\n".join(tables)
