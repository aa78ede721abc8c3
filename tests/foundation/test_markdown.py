"""Text from outside stays text: in Markdown, LaTeX and CSV, whatever it holds."""

import csv
import io
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from cardiobench.board.formats import as_csv, as_latex, latex
from cardiobench.foundation.markdown import Markup, escape, link, own_table, table, visible

HOSTILE = (
    "x|y",
    "`code`",
    "<script>alert(1)</script>",
    "[a](javascript:alert(1))",
    "![a](http://x/y.png)",
    "<img src=x onerror=alert(1)>",
    "**bold** _em_ ~~gone~~",
    "$\\href{javascript:alert(1)}{x}$",
    "a\nb | c\n---|---",
    "&lt;b&gt; &#60;",
    "\\| \\<b> \\",
    "<javascript:alert(1)>",
    "\\input{/etc/passwd} % #1 ^^41 {",
    "=HYPERLINK(1)",
    "a\u202eb\u200bc\x00d\u2028e",
)
TEXT = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(max_size=40),
    st.text(alphabet="|`<>[]()!*_~$\\&#:;/ab \n", max_size=40),
)


def shown(text: str) -> str:
    """What a reader sees of a text: spaces as Markdown folds them."""
    return " ".join(visible(text).split())


@given(TEXT, TEXT)
def test_a_table_shows_any_text_literally(one: str, other: str) -> None:
    """A Markdown reader finds the two cells, each plain text, and nothing else."""
    page = table([{"model": one, "licence": other}])
    tokens = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).parse(page)
    assert not [token for token in tokens if token.type.startswith("html")]
    cells = [
        tokens[k + 1] for k, token in enumerate(tokens) if token.type in ("th_open", "td_open")
    ]
    assert len(cells) == 4
    for cell, text in zip(cells[2:], (one, other), strict=True):
        assert {child.type for child in cell.children or []} <= {"text", "text_special"}
        seen = "".join(child.content for child in cell.children or [])
        assert " ".join(seen.split()) == shown(text)


@given(TEXT)
def test_a_line_shows_any_text_literally(text: str) -> None:
    """Also outside tables, after other words."""
    (_, inline, _) = MarkdownIt("commonmark", {"html": True}).parse(f"Model {escape(text)}")[:3]
    assert {child.type for child in inline.children or []} <= {"text", "text_special"}


@given(TEXT)
def test_latex_shows_any_text_literally(text: str) -> None:
    """No command but our own, no comment, no unbalanced brace, one line."""
    found = latex(text)
    assert "\n" not in found
    for ours in ("textbackslash", "textasciitilde", "textasciicircum", "textless", "textgreater"):
        found = found.replace(f"\\{ours}{{}}", "")
    for ours in ("textbar", "textasciigrave", "textquotedbl"):
        found = found.replace(f"\\{ours}{{}}", "")
    for ours in ("$\\uparrow$", "$\\downarrow$"):
        found = found.replace(ours, "")
    for ours in "{}$&#%_":
        found = found.replace(f"\\{ours}", "")
    assert not set(found) & set('\\{}$&#%_~^<>|`"')


@given(TEXT)
def test_csv_gives_the_text_back_and_no_formula(text: str) -> None:
    """A spreadsheet shows it; a program reads it."""
    rows = list(csv.reader(io.StringIO(as_csv([{"name": text, "n": 1}]))))
    assert len(rows) == 2
    assert rows[1][0].removeprefix("'") == visible(text).removeprefix("'")
    assert not rows[1][0].startswith(("=", "+", "-", "@"))


@given(st.text())
def test_what_cannot_be_seen_is_left_out(text: str) -> None:
    """Controls, direction marks, joiners, line ends."""
    assert not [
        c for c in visible(text) if unicodedata.category(c)[0] == "C" or c in "\u2028\u2029"
    ]


def test_our_own_markdown_works_in_tables() -> None:
    """Links and code of ours are not escaped; pipes and tags still are."""
    assert "[a&#124;b](tasks/x.md)" in table([{"task": link("a|b", "tasks/x.md")}])
    page = own_table([{"key": "`code`", "value": "<a|b>"}])
    assert "| `code` |" in page
    assert "&lt;a\\|b>" in page
    assert isinstance(link("a", "b"), Markup)


def test_a_latex_table_has_a_line_for_each_row() -> None:
    """Between booktabs' rules, with the version of the data as a comment."""
    lines = as_latex([{"model": "a_b", "score ↑": "0.5"}] * 2, "data 1").splitlines()
    assert lines[1] == "% data 1"
    assert lines.count(r"a\_b & 0.5 \\") == 2
    assert r"model & score $\uparrow$ \\" in lines


@pytest.mark.parametrize("text", ["minilm-quick-seed0", "a_b/c_d", "0.104 up", "E5 (large)"])
def test_ordinary_names_stay_readable_in_the_source(text: str) -> None:
    """No backslash where none is needed."""
    assert escape(text) == text
