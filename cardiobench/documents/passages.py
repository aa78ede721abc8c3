"""Clean blocks as passages, with sentences; repeated text and foreign text are found here."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from cardiobench.documents.converter import convert
from cardiobench.documents.dropped import Dropped
from cardiobench.documents.duplicates import Marks, Seen
from cardiobench.documents.raw import RawBlock
from cardiobench.plugins.passage import LONGEST, SHORTEST, Block, BlockKind, Passage

BLOCKS = 40
# Fewer words do not tell a language.
MIN_WORDS_OF_LANGUAGE = 20


@dataclass(slots=True)
class Language:
    """Characters of prose whose language was told, and those that are not English."""

    told: int = 0
    foreign: int = 0


def passages(
    blocks: Iterator[RawBlock], seen: Seen, marks: Marks, dropped: Dropped, language: Language
) -> Iterator[Passage]:
    """Blocks in a row below the same headings, up to 40 together.

    Args:
        blocks: clean ones.
        seen: repeated texts are left out by it.
        marks: takes what this document adds to ``seen``.
        dropped: takes repeated texts and counts sentences of unusual length.
        language: takes how much is not English.
    """
    gathered: list[Block] = []
    for raw in blocks:
        if raw.kind == "heading":
            continue
        reason = seen.reason(f"{raw.label} {raw.text}", marks)
        if reason:
            dropped.add(reason, raw.text)
            continue
        if gathered and (gathered[0].heading != raw.heading or len(gathered) >= BLOCKS):
            yield _passage(gathered, language)
            gathered = []
        gathered.append(_block(raw, dropped))
    if gathered:
        yield _passage(gathered, language)


def _block(raw: RawBlock, dropped: Dropped) -> Block:
    sentences: tuple[str, ...] = ()
    if raw.kind == "paragraph":
        sentences = sentences_of(raw.text)
        for sentence in sentences:
            words = len(sentence.split())
            if words < SHORTEST:
                dropped.add("too short", sentence)
            elif words > LONGEST:
                dropped.add("too long", sentence)
    return Block(
        kind=cast(BlockKind, raw.kind),
        text=raw.text,
        heading=raw.heading,
        label=raw.label,
        page=raw.page,
        sentences=sentences,
    )


def sentences_of(paragraph: str) -> tuple[str, ...]:
    """The sentences of a paragraph, in order."""
    import sentencex

    found = (sentence.strip() for sentence in sentencex.segment("en", paragraph))
    return tuple(sentence for sentence in found if sentence)


def _passage(blocks: list[Block], language: Language) -> Passage:
    prose = "\n".join(block.text for block in blocks if block.kind == "paragraph")
    if len(prose.split()) >= MIN_WORDS_OF_LANGUAGE:
        told = _language(prose[:4000])
        if told:
            language.told += len(prose)
            language.foreign += len(prose) if told != "eng" else 0
    return Passage(heading=blocks[0].heading, blocks=tuple(blocks))


def _language(text: str) -> str:
    """ISO 639-3 code of a text's language, or ``""`` if it cannot be told."""
    from kreuzberg import LanguageDetectionConfig

    wanted = LanguageDetectionConfig(enabled=True, min_confidence=0.5)
    found = convert(text.encode(), "text/plain", language_detection=wanted).detected_languages
    return str(found[0]) if found else ""
