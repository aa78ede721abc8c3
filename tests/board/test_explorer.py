"""``board.html`` and the front page as browsers show them."""

import base64
import hashlib
import html
import json
import os
import re
import subprocess
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from markdown_it import MarkdownIt

from cardiobench.board.assess import assessed
from cardiobench.board.explorer.page import explorer_page
from cardiobench.board.facts import Board
from cardiobench.foundation.html import embedded
from tests.board.test_board_pages import HOSTILE, board, row

CHROMIUM = Path("/usr/bin/chromium")
LEADERBOARD = Path(__file__).parents[2] / "leaderboard"
# GitHub's page: 936 px, 16 px letters, and this much room in a cell.
WIDTH = 936
GITHUB = "body{font:16px/1.5 sans-serif} table{border-collapse:collapse} td,th{padding:6px 13px}"

needs_chromium = [
    pytest.mark.chromium,
    pytest.mark.skipif(not CHROMIUM.is_file(), reason="needs Chromium: apt-get install chromium"),
]


@pytest.fixture(scope="module")
def shown() -> Board:
    """Two zero-shot models, a recipe with two seeds, a baseline; one has hostile words."""
    hostile = row("a/base", 0.1, 1)
    model = hostile.manifest.model.model_copy(update={"licence": HOSTILE})
    rows = [
        replace(hostile, manifest=hostile.manifest.model_copy(update={"model": model})),
        row("b/other", 0.05, 2),
        row("a/tuned-seed0", 0.2, 3, base="a/base"),
        row("a/tuned-seed1", 0.2, 4, base="a/base"),
        row("a/floor", 0.0, 5, kind="baseline"),
    ]
    return board(*assessed(rows))


@pytest.fixture(scope="module")
def page(shown: Board) -> str:
    return explorer_page(shown)


def held(page: str) -> Any:
    """The data in a page."""
    match = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert match
    return json.loads(match[1])


def test_the_page_holds_the_boards_numbers_and_every_seed(shown: Board, page: str) -> None:
    data = held(page)
    lines = [line for line in data["lines"] if line["parent"] is None]
    assert [line["name"] for line in lines] == [one.title for one in shown.shown]
    for line, one in zip(lines, shown.shown, strict=True):
        for task, estimate in one.estimates.items():
            ends = [estimate.value, estimate.low, estimate.high]
            assert line["values"][task] == pytest.approx(ends, abs=1e-6)
    (recipe,) = [k for k, line in enumerate(data["lines"]) if line["seeds"] == 2]
    seeds = [line for line in data["lines"] if line["parent"] == recipe]
    assert [line["name"] for line in seeds] == ["a/tuned-seed0", "a/tuned-seed1"]
    assert seeds[1]["made"]["seed"] == "4"
    assert "a/tuned-seed1" in data["lines"][recipe]["made"]["models"]
    facts = next(f for f in shown.tasks if f.pairs is not None)
    assert facts.pairs is not None
    assert data["pairs"][facts.spec.name]["p"][0][0] == pytest.approx(
        facts.pairs.p_holm[0, 1], abs=1e-6
    )


def test_names_from_outside_cannot_become_markup_or_script(page: str) -> None:
    assert "<script>alert" not in page
    assert HOSTILE in {line["licence"] for line in held(page)["lines"]}
    script = (files("cardiobench.board.explorer") / "script.js").read_text(encoding="utf-8")
    for door in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval("):
        assert door not in script
    assert len(script.splitlines()) < 300
    assert "<" not in embedded({"name": "</script><!--"})


def test_the_policy_lets_in_what_the_page_holds_and_nothing_else(page: str) -> None:
    (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', page)
    rules = dict(rule.strip().split(" ", 1) for rule in html.unescape(policy).split(";"))
    assert rules["default-src"] == "'none'"
    for tag, rule in (("script", "script-src"), ("style", "style-src")):
        (content,) = re.findall(f"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert rules[rule] == f"'sha256-{digest}'"
    # No attribute that the policy would refuse, and nothing to load.
    body = page.split("<body>")[1].split("<script")[0]
    assert not re.search(r"\s(?:on\w+|style|src|href)=", body)


DRIVER = """<!doctype html><meta charset="utf-8"><iframe id="frame" src="board.html"
style="width:1300px;height:900px"></iframe><pre id="said"></pre><script>
const frame = document.getElementById("frame");
frame.addEventListener("load", () => {
  const page = frame.contentDocument, window_ = frame.contentWindow, said = {};
  const all = (where) => [...page.querySelectorAll(where)];
  const names = () => all("#board tbody th").map((cell) => cell.textContent);
  const set = (id, value) => { const one = page.getElementById(id);
    if (one.type === "checkbox") one.checked = value; else one.value = value;
    one.dispatchEvent(new window_.Event("input")); };
  try { %s } catch (error) { said.error = String(error); }
  document.getElementById("said").textContent = JSON.stringify(said);
});</script>"""


def driven(folder: Path, page: str, steps: str) -> dict[str, Any]:
    """What a page says after some steps in a real browser."""
    (folder / "board.html").write_text(page, encoding="utf-8")
    (folder / "driver.html").write_text(DRIVER % steps, encoding="utf-8")
    dumped = browser(folder / "driver.html", "--allow-file-access-from-files")
    match = re.search(r'<pre id="said">(.*?)</pre>', dumped, re.DOTALL)
    assert match, dumped[-2000:]
    said: dict[str, Any] = json.loads(html.unescape(match[1]))
    assert "error" not in said, said
    return said


def browser(file: Path, *options: str) -> str:
    """The document of a file after its scripts, from a browser without network or profile."""
    root = ["--no-sandbox"] if os.geteuid() == 0 else []
    quiet = ["--headless", "--disable-gpu", "--no-first-run", "--disable-extensions", *root]
    done = subprocess.run(
        [
            str(CHROMIUM),
            *quiet,
            f"--user-data-dir={file.parent / 'profile'}",
            "--host-resolver-rules=MAP * ~NOTFOUND",
            "--window-size=1400,1000",
            *options,
            "--dump-dom",
            file.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.stdout


A_READERS_STEPS = """
said.names = names();
const head = (text) =>
  all("#board thead th").find((cell) => cell.textContent.startsWith(text));
head("model").querySelector("button").click();
said.byName = [names(), head("model").getAttribute("aria-sort")];
page.activeElement.click();
said.back = [names()[0], head("model").getAttribute("aria-sort")];
set("collapse", false); said.seeds = names(); set("collapse", true);
set("kind", "baseline"); said.baselines = names(); set("kind", "");
set("size", "200-1000"); said.large = names(); set("size", "");
set("task", "CardioNegation");
said.task = head("CardioNegation").getAttribute("aria-sort");
all("#columns input").find((mark) => mark.value === "licence").click();
const cells = all("#board td").map((cell) => cell.textContent);
said.licences = cells.filter((text) => text.includes("alert"));
said.scripts = all("script").length;
said.points = all("#plot .point").length;
said.bars = all("#plot .bar").length;
said.front = page.getElementById("front").textContent;
all("#board tbody th button")[0].click();
const made = page.getElementById("made");
said.dialog = [made.open, made.textContent];
made.close();
const marks = all("#board tbody input"); marks[0].click(); marks[1].click();
const compared = all("#comparison tr").length;
said.compared = [page.getElementById("comparison").hidden, compared];
said.labels = marks.map((mark) => mark.getAttribute("aria-label"));
said.unnamed = all("input, select")
  .filter((control) => !control.labels.length && !control.ariaLabel).length;
"""


class TestChromium:
    """In Debian's Chromium."""

    pytestmark = needs_chromium

    def test_a_reader_sorts_filters_plots_looks_and_compares(
        self, tmp_path: Path, page: str
    ) -> None:
        said = driven(
            tmp_path,
            page,
            A_READERS_STEPS,
        )
        recipe = "a/tuned (2 seeds)"
        assert said["names"] == [recipe, "a/base", "b/other", "a/floor", "chance"]
        assert said["byName"] == [
            ["a/base", "a/floor", recipe, "b/other", "chance"],
            "ascending",
        ]
        assert said["back"] == ["b/other", "descending"]
        assert {"a/tuned-seed0", "a/tuned-seed1"} < set(said["seeds"])
        assert recipe not in said["seeds"]
        assert said["baselines"] == ["a/floor", "chance"]
        assert said["large"] == ["chance"]
        assert said["task"] == "descending"
        assert said["licences"] == [HOSTILE]
        assert said["scripts"] == 2
        assert (said["points"], said["bars"]) == (4, 8)
        assert recipe in said["front"]
        assert said["dialog"][0]
        assert "a/tuned-seed1" in said["dialog"][1]
        assert not said["compared"][0]
        assert said["compared"][1] > 10
        assert said["labels"][0] == f"Compare {recipe}"
        assert said["unnamed"] == 0

    def test_a_thousand_rows_stay_quick(self, tmp_path: Path, page: str) -> None:
        data = held(page)
        one = next(line for line in data["lines"] if line["kind"] == "zero-shot")
        data["lines"] = [{**one, "name": f"many/model-{k}"} for k in range(1000)]
        before = re.search(r'id="data">(.*?)</script>', page, re.DOTALL)
        assert before
        many = page.replace(before[1], embedded(data))
        said = driven(
            tmp_path,
            many,
            """
            const begun = performance.now();
            all("#board thead button")[1].click();
            said.ms = performance.now() - begun;
            said.rows = names().length;
            """,
        )
        assert said["rows"] == 1001
        # A tenth of this on a machine that has nothing else to do.
        assert said["ms"] < 3000

    def test_no_table_of_the_front_page_is_wider_than_the_page(self, tmp_path: Path) -> None:
        text = (LEADERBOARD / "README.md").read_text(encoding="utf-8")
        body = MarkdownIt("commonmark").enable("table").render(text)
        measure = """<pre id="said"></pre><script>
        const widths = [...document.querySelectorAll("table")].map((table) => table.scrollWidth);
        document.getElementById("said").textContent = JSON.stringify(widths);</script>"""
        file = tmp_path / "front.html"
        file.write_text(
            f'<!doctype html><meta charset="utf-8"><style>{GITHUB} main{{width:{WIDTH}px}}</style>'
            f"<main>{body}</main>{measure}",
            encoding="utf-8",
        )
        match = re.search(r'<pre id="said">(.*?)</pre>', browser(file))
        assert match
        widths = json.loads(match[1])
        assert len(widths) >= 3
        assert max(widths) <= WIDTH, widths
