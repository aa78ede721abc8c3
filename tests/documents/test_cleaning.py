"""What cleaning leaves out, and what it must not."""

import pytest

from cardiobench.documents.cleaning import clean
from cardiobench.documents.dropped import REASONS, Dropped
from cardiobench.documents.duplicates import Marks, Seen
from cardiobench.documents.raw import RawBlock

LONG = (
    "Beta blockers slow the heart and lower its need for oxygen, so they help in angina, after an "
    "infarction and in heart failure, where they are begun at a low dose and raised step by step."
)


def cleaned(text: str, **options) -> tuple[list[str], Dropped]:
    dropped = Dropped()
    block = RawBlock(**{"kind": "paragraph", "text": text, **options})
    return [kept.text for kept in clean(iter([block]), dropped)], dropped


@pytest.mark.parametrize(
    ("reason", "block"),
    [
        ("reference", {"text": "Wu A, Li B. Heart rates. N Engl J Med. 2019;380:12-20."}),
        ("reference", {"text": "Any line at all", "heading": ("Book", "References")}),
        ("contents", {"text": "Heart failure ............ 123"}),
        ("contents", {"text": "Angina", "heading": ("Contents",)}),
        ("table of numbers", {"kind": "table", "text": "dose | 1.5 | 2.5 | 3 (4%) | 7"}),
        ("link or source", {"text": "Source: http://www.example.org/topics/aat"}),
        ("running head", {"text": "A pocket book", "label": "running head"}),
    ],
)
def test_what_is_no_prose_goes_and_is_counted(reason: str, block: dict[str, str]) -> None:
    """With the text itself to look at."""
    kept, dropped = cleaned(**block)
    assert kept == []
    assert dropped.counts == {reason: 1}
    assert dropped.examples[reason] == [block["text"]]
    assert reason in REASONS


@pytest.mark.parametrize(
    "text",
    [
        LONG,
        "In 2019 the guideline changed, and 380 patients were treated in 12 to 20 centres.",
        "It was begun in 2019; 12 patients were treated in the first year of the study.",
        "The source of the bleeding was found in the stomach.",
        "We refer to the tables in the contents of chapter 4.",
    ],
)
def test_prose_stays(text: str) -> None:
    """Also where it has numbers, or words that stand in reference lists."""
    kept, dropped = cleaned(text)
    assert kept == [text]
    assert not dropped.counts


def test_a_broken_word_is_joined_and_keeps_a_hyphen_of_its_own() -> None:
    """The document itself tells which words have one."""
    dropped = Dropped()
    blocks = [
        RawBlock(kind="paragraph", text="A long-term cardio-\nmyopathy"),
        RawBlock(kind="paragraph", text="It is a long-\nterm plan."),
    ]
    kept = [block.text for block in clean(iter(blocks), dropped)]
    assert kept == ["A long-term cardiomyopathy", "It is a long-term plan."]
    assert dropped.counts["hyphenation joined"] == 2


def test_repeated_text_goes_word_for_word_and_nearly() -> None:
    """A changed word is a near copy; another sentence is none; the third time is boilerplate."""
    seen, marks = Seen(), Marks()
    other = LONG.replace("Beta blockers", "Nitrates").replace("angina", "any chest pain at all")
    assert seen.reason(LONG, marks) == ""
    assert seen.reason(LONG.upper(), marks) == "repeated"
    assert seen.reason(LONG, marks) == "boilerplate"
    assert seen.reason(f"{LONG} Slowly.", marks) == "near repeated"
    assert seen.reason("Diuretics rid the body of salt and water. " * 6 + other, marks) == ""


def test_a_reading_that_goes_on_knows_what_was_seen() -> None:
    """Marks are all that is kept of earlier documents."""
    marks, again = Marks(), Seen()
    Seen().reason(LONG, marks)
    again.replay(Marks.from_bytes(*marks.to_bytes()))
    assert again.reason(LONG, Marks()) == "repeated"
    assert again.reason(f"{LONG} Slowly.", Marks()) == "near repeated"
