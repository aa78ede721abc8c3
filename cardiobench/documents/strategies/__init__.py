"""Our ways from documents to pairs, supplied by the hook that plugins use."""

from cardiobench.documents.strategies.abbreviation import AbbreviationReader, AbbreviationUseReader
from cardiobench.documents.strategies.caption import CaptionReader
from cardiobench.documents.strategies.definition import DefinitionReader
from cardiobench.documents.strategies.heading import HeadingReader, QuestionReader
from cardiobench.documents.strategies.sentences import (
    ClozeReader,
    NeighbourReader,
    SentenceReader,
)
from cardiobench.plugins.hookspecs import hookimpl
from cardiobench.plugins.passage import PairStrategy

PARAPHRASE = "paraphrase"


STRATEGIES = (
    PairStrategy(
        name="heading",
        meaning="heading path -> a paragraph below it",
        example="Heart failure: Causes -> Coronary disease and high blood pressure lead to ...",
        start=HeadingReader,
    ),
    PairStrategy(
        name="question",
        meaning="question heading -> the paragraph that answers it",
        example="What causes heart block? -> Some people are born with it ...",
        start=QuestionReader,
    ),
    PairStrategy(
        name="definition",
        meaning="term -> its definition, from a sentence or a glossary",
        example="An aneurysm -> a balloon-like bulge in an artery.",
        start=DefinitionReader,
    ),
    PairStrategy(
        name="abbreviation",
        meaning="abbreviation -> long form (Schwartz and Hearst)",
        example="CHD -> coronary heart disease",
        start=AbbreviationReader,
    ),
    PairStrategy(
        name="abbreviation-use",
        meaning="sentence with the abbreviation -> sentence with the long form",
        example="CHD may cause angina. -> Coronary heart disease narrows the arteries.",
        start=AbbreviationUseReader,
    ),
    PairStrategy(
        name="cloze",
        meaning="sentence -> the rest of its paragraph (inverse cloze)",
        example="The valves open and shut. -> The heart has four of them ...",
        start=ClozeReader,
    ),
    PairStrategy(
        name="neighbours",
        meaning="sentence -> the sentence after it",
        example="The atria fill first. -> They then squeeze blood into the ventricles.",
        start=NeighbourReader,
    ),
    PairStrategy(
        name="caption",
        meaning="caption of a figure or table -> the paragraph that cites it",
        example="Chambers of the heart. -> The atria lie above (Figure 1) ...",
        start=CaptionReader,
    ),
    PairStrategy(
        name=PARAPHRASE,
        meaning="sentence -> the same in other words, by a plugin (it may leave this machine)",
        example="The heart pumps blood. -> Blood is moved by the heart.",
        start=SentenceReader,
        default=False,
    ),
)


@hookimpl
def cardiobench_pair_strategies() -> list[PairStrategy]:
    """The strategies of ours."""
    return list(STRATEGIES)
