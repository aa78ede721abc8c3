"""Training pairs from users' documents, by the strategies that a recipe names."""

import re
from collections.abc import Callable, Collection
from typing import Any, Protocol

from cardiobench.documents.library import Library, Progress, read_library
from cardiobench.documents.paraphrase import paraphrased, paraphraser
from cardiobench.documents.strategies import PARAPHRASE
from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.foundation.terminal import Stages
from cardiobench.pairs.pair import DOCUMENTS, Pair
from cardiobench.plugins.passage import PairStrategy
from cardiobench.plugins.registry import load_plugins

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


class DocumentChoice(Protocol):
    """Which documents to read, and how."""

    @property
    def documents(self) -> tuple[str, ...]:
        """Files, folders and globs."""

    @property
    def document_strategies(self) -> tuple[str, ...]:
        """Names out of :func:`strategy_names`; none means those that are on by default."""

    @property
    def document_limit(self) -> int:
        """Most pairs of one strategy."""

    @property
    def text_name(self) -> str:
        """What records call the documents."""


def chosen_strategies(names: Collection[str]) -> tuple[PairStrategy, ...]:
    """The strategies of these names in one fixed order; the default ones for no name.

    Raises:
        UnknownNameError: no strategy has that name.
    """
    known = {strategy.name: strategy for strategy, _ in load_plugins().pair_strategies()}
    for name in names:
        if name not in known:
            raise UnknownNameError("document strategy", name, known)
    return tuple(s for s in known.values() if (s.name in names if names else s.default))


def check_choice(choice: DocumentChoice) -> None:
    """Fail early where a recipe names a strategy that there is not, or calls the text nothing.

    Raises:
        CardioBenchError: names the field, and what is allowed.
    """
    if not _NAME.fullmatch(choice.text_name):
        raise CardioBenchError(
            f"text_name = {choice.text_name!r} stands in records: letters, digits, '.', '_' and "
            "'-', a letter or digit first."
        )
    if choice.document_strategies:
        try:
            chosen_strategies(choice.document_strategies)
        except UnknownNameError as error:
            raise CardioBenchError(f"document_strategies: {error}") from error


def document_pairs(
    choice: DocumentChoice, *, say: Callable[[str], None], progress: Progress
) -> tuple[list[Pair], Library]:
    """Pairs of all documents, and what was read.

    Args:
        choice: documents and strategies.
        say: is told what failed, what is not English, and whom text goes to.
        progress: called with (bytes done, bytes in all).

    Raises:
        UnknownNameError: there is no such strategy.
        DataError: no document can be read, or a strategy fails.
    """
    strategies = chosen_strategies(choice.document_strategies)
    plugins = load_plugins()
    if any(strategy.name == PARAPHRASE for strategy in strategies):
        paraphraser(plugins)  # before minutes of reading
    library = read_library(
        choice.documents, strategies, limit=choice.document_limit, progress=progress
    )
    for name, reason in library.failed:
        say(f"{name} is left out: {reason}.")
    for name, share in library.foreign:
        say(f"{name}: {share:.0%} of its text is not English, which these models read worse.")
    pairs = [
        Pair(
            anchor=pair.anchor,
            positive=pair.positive,
            concept=f"{DOCUMENTS}:{choice.text_name}/{pair.document}.{pair.passage}",
            relation=pair.strategy,
        )
        for pair in paraphrased(library.pairs, plugins, say)
    ]
    return pairs, library


def told_pairs(choice: DocumentChoice) -> tuple[list[Pair], Library]:
    """:func:`document_pairs` with progress and lines on standard error."""
    stages = Stages()
    # Lines come after the bar, which would paint over them; where text goes is told at once.
    lines: list[str] = []
    try:
        with stages.stage("read documents", "MB") as step:
            return document_pairs(
                choice,
                say=lambda line: stages.say(line) if PARAPHRASE in line else lines.append(line),
                progress=lambda done, total: step(done >> 20, max(1, total >> 20)),
            )
    finally:
        for line in lines:
            stages.say(line)


def document_facts(choice: DocumentChoice, library: Library) -> dict[str, Any]:
    """What an audit says of the documents: the user's name for them, hashes and counts."""
    return {"name": choice.text_name, **library.facts()}
