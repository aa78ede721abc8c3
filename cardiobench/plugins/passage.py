"""Text of the user's documents as strategies see it, and what a strategy is."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Literal, Protocol

from cardiobench.foundation.fields import check_fields, limits
from cardiobench.plugins.architecture import SHORT_NAME

BlockKind = Literal["paragraph", "caption", "definition", "list", "table"]
# A sentence of fewer words says too little, one of more is no sentence.
SHORTEST, LONGEST = 5, 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """One paragraph, caption, definition, list item or table of a document.

    Attributes:
        kind: what it is.
        text: its text, with single spaces.
        heading: the headings above it, outermost first.
        label: a caption's label (``"Figure 3"``), or the term of a definition.
        page: page of a PDF from 1; 0 where there are none.
        sentences: the sentences of a paragraph, in order; empty for other kinds.
    """

    kind: BlockKind
    text: str
    heading: tuple[str, ...] = ()
    label: str = ""
    page: int = 0
    sentences: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """Blocks in a row that stand below the same headings, at most some dozens.

    Attributes:
        heading: the headings above them, outermost first.
        blocks: in reading order.
    """

    heading: tuple[str, ...]
    blocks: tuple[Block, ...]


def fits(sentence: str) -> bool:
    """Whether a sentence has enough words to train on, and not too many."""
    return SHORTEST <= len(sentence.split()) <= LONGEST


class StrategyReader(Protocol):
    """A strategy at work on one document: it may remember what it read."""

    def read(self, passage: Passage) -> Iterable[tuple[str, str]]:
        """The (anchor, positive) pairs that a passage gives."""

    def finish(self) -> Iterable[tuple[str, str]]:
        """The pairs that need the whole document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PairStrategy:
    """A way from a document's text to pairs; a recipe's ``document_strategies`` names it.

    Attributes:
        name: lower case, digits, ``.``, ``_``, ``-``; also the relation of its pairs.
        meaning: anchor and positive in a few words, for listings.
        example: a short example, ``anchor -> positive``.
        start: makes a reader for one document; must give the same pairs for the same passages.
        default: whether it is used where a recipe names none.

    Raises:
        CardioBenchError: a field is not allowed; names it.
    """

    name: str = field(metadata=limits(pattern=SHORT_NAME))
    meaning: str = field(metadata=limits(pattern=r".+"))
    example: str = field(metadata=limits(pattern=r"(?s).+"))
    start: Callable[[], StrategyReader]
    default: bool = True

    def __post_init__(self) -> None:
        check_fields(self)
