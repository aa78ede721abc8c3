"""Each strategy by what it must extract and what it must leave alone."""

import pytest

from cardiobench.documents.passages import sentences_of
from cardiobench.documents.strategies import cardiobench_pair_strategies
from cardiobench.documents.strategies.caption import key_of
from cardiobench.documents.strategies.definition import defined
from cardiobench.documents.strategies.heading import is_question, path_of, plain
from cardiobench.plugins.passage import Block, Passage

READERS = {strategy.name: strategy.start for strategy in cardiobench_pair_strategies()}
LONG = "The ventricles push the blood into the two large arteries with every beat."


def paragraph(text: str) -> Block:
    return Block(kind="paragraph", text=text, sentences=sentences_of(text))


def pairs(strategy: str, *passages: Passage) -> list[tuple[str, str]]:
    reader = READERS[strategy]()
    found = [pair for passage in passages for pair in reader.read(passage)]
    return [*found, *reader.finish()]


def under(*heading: str, blocks: tuple[Block, ...] = (paragraph(LONG),)) -> Passage:
    return Passage(heading=heading, blocks=blocks)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        (
            "Patients got 0.5 mg/kg b.d. vs. placebo (p < 0.001). The endpoint was death.",
            ["Patients got 0.5 mg/kg b.d. vs. placebo (p < 0.001).", "The endpoint was death."],
        ),
        ("A St. Jude valve was used. It held.", ["A St. Jude valve was used.", "It held."]),
        ("Dr. Wu et al. saw it in Fig. 3. So did we.", 2),
    ],
)
def test_sentences_end_where_they_end(text: str, sentences: list[str] | int) -> None:
    """Doses, names and titles have dots of their own."""
    found = list(sentences_of(text))
    assert (found if isinstance(sentences, list) else len(found)) == sentences


def test_a_heading_path_names_what_a_paragraph_is_about() -> None:
    """Without numbers, without words such as Overview, and without what the next one repeats."""
    assert path_of(("Chapter 3", "2.1 Heart block", "Causes")) == "Heart block: Causes"
    assert path_of(("Angina", "What causes Angina ? ?")) == "What causes Angina?"
    assert pairs("heading", under("Heart block", "Causes")) == [("Heart block: Causes", LONG)]


@pytest.mark.parametrize("heading", [(), ("Overview",), ("Chapter 4",), ("Introduction",)])
def test_a_heading_that_says_nothing_gives_no_pair(heading: tuple[str, ...]) -> None:
    """Nor do short lines below a good one."""
    assert pairs("heading", under(*heading)) == []
    assert pairs("heading", under("Angina", blocks=(paragraph("See below."),))) == []


def test_a_question_gets_the_first_paragraph_and_no_other() -> None:
    """The heading strategy gives the later ones, and not that one again."""
    both = under("Can stress cause it ?", blocks=(paragraph(LONG), paragraph(LONG + " Twice.")))
    assert pairs("question", both) == [("Can stress cause it?", LONG)]
    assert pairs("heading", both) == [("Can stress cause it?", LONG + " Twice.")]


@pytest.mark.parametrize("heading", ["Causes", "Why it matters", "Really?", "Heart failure"])
def test_what_asks_nothing_is_no_question(heading: str) -> None:
    """A question has a word that asks and a mark."""
    assert not is_question(heading)
    assert pairs("question", under(heading)) == []
    assert plain(heading) == heading


@pytest.mark.parametrize(
    ("sentence", "pair"),
    [
        (
            "An aneurysm is a balloon-like bulge in the wall of an artery.",
            ("An aneurysm", "a balloon-like bulge in the wall of an artery."),
        ),
        (
            "Alpha-1 antitrypsin, also called AAT, is a protein made in the liver.",
            ("Alpha-1 antitrypsin", "a protein made in the liver."),
        ),
        (
            "Emboli are clots that travel with the blood and block a vessel.",
            ("Emboli", "clots that travel with the blood and block a vessel."),
        ),
        (
            "Preload refers to the stretch of the muscle before it contracts.",
            ("Preload", "the stretch of the muscle before it contracts."),
        ),
    ],
)
def test_a_sentence_that_defines_gives_term_and_meaning(
    sentence: str, pair: tuple[str, str]
) -> None:
    """With its article, as the sentence has it."""
    assert defined(sentence) == pair


@pytest.mark.parametrize(
    "sentence",
    [
        "This is a serious condition that needs care.",
        "There is a risk of bleeding after the procedure.",
        "The most common cause is a blocked artery of the heart.",
        "The goal is a lower blood pressure within weeks.",
        "In most patients the outlook is a good one with care.",
        "Smoking is bad for the heart and for the lungs.",
        "It is an inherited disorder of the heart muscle.",
    ],
)
def test_a_sentence_that_points_or_ranks_defines_nothing(sentence: str) -> None:
    """Its subject is no term."""
    assert defined(sentence) is None


def test_entries_below_a_glossary_are_definitions_and_others_are_not() -> None:
    """A colon elsewhere is only a colon."""
    blocks = (Block(kind="paragraph", text="Preload: stretch of the muscle before it contracts"),)
    expected = [("Preload", "stretch of the muscle before it contracts")]
    assert pairs("definition", under("Glossary", blocks=blocks)) == expected
    assert pairs("definition", under("Physiology", blocks=blocks)) == []


def test_an_abbreviation_gives_its_long_form_once() -> None:
    """In either order; what only stands in brackets is none."""
    text = "Coronary heart disease (CHD) is common. Later, CHD (coronary heart disease) worsens."
    assert pairs("abbreviation", under(blocks=(paragraph(text),))) == [
        ("CHD", "Coronary heart disease")
    ]
    wrong = "The group was small (n = 12), and older (see Table 2), on the whole (SD 3)."
    assert pairs("abbreviation", under(blocks=(paragraph(wrong),))) == []


def test_sentences_with_either_form_are_paired_and_those_with_both_are_not() -> None:
    """So that the model has to know that the two are one."""
    text = (
        "Coronary heart disease (CHD) is very common in men. We often find CHD in older men. "
        "In women coronary heart disease comes ten years later. MRI shows the scar well."
    )
    assert pairs("abbreviation-use", under(blocks=(paragraph(text),))) == [
        (
            "We often find CHD in older men.",
            "In women coronary heart disease comes ten years later.",
        )
    ]


def test_cloze_gives_the_rest_of_the_paragraph() -> None:
    """The sentence is not in it; two sentences are too few."""
    first, second, third = (f"The {n} valve of the heart opens in time." for n in "abc")
    ((anchor, positive),) = pairs("cloze", under(blocks=(paragraph(f"{first} {second} {third}"),)))
    assert anchor not in positive
    assert {anchor, *sentences_of(positive)} == {first, second, third}
    assert pairs("cloze", under(blocks=(paragraph(f"{first} {second}"),))) == []


def test_neighbours_are_of_one_paragraph_and_not_too_short() -> None:
    """Sentences of two paragraphs are no neighbours."""
    a, b = "The atria fill first of all.", "They then fill the ventricles below."
    assert pairs("neighbours", under(blocks=(paragraph(f"{a} {b}"),))) == [(a, b)]
    assert pairs("neighbours", under(blocks=(paragraph(a), paragraph(b)))) == []
    assert pairs("neighbours", under(blocks=(paragraph(f"{a} It works."),))) == []


def test_a_caption_finds_the_paragraph_that_cites_it_on_either_side() -> None:
    """By its number, whatever the spelling; one that nobody cites gives nothing."""
    cites = paragraph("The atria lie above the ventricles (Fig. 2A), as everybody knows.")
    caption = Block(kind="caption", text="Chambers of the heart.", label="Figure 2a")
    other = Block(kind="caption", text="Vessels of the leg.", label="Table 2")
    expected = [("Chambers of the heart.", cites.text)]
    assert pairs("caption", under(blocks=(cites,)), under(blocks=(caption, other))) == expected
    assert pairs("caption", under(blocks=(caption, other, cites))) == expected
    assert pairs("caption", under(blocks=(caption, other))) == []
    assert key_of("Panel 3") == ""


def test_every_strategy_says_what_it_does() -> None:
    """A meaning and an example; the one that may send text away is off."""
    strategies = cardiobench_pair_strategies()
    assert all("->" in strategy.example for strategy in strategies)
    assert [strategy.name for strategy in strategies if not strategy.default] == ["paraphrase"]
