"""The study's figures: from its own numbers and from a board; same bytes, readable, harmless."""

import re
import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from cardiobench.board.ablation import AblationCell
from cardiobench.board.drawings import reported_figures
from cardiobench.board.figures import style
from cardiobench.board.figures.ablation import ablation_grid
from cardiobench.board.figures.catalogue import FIGURES, Drawn, draw_figures
from cardiobench.board.figures.ranks import rank_plot
from cardiobench.board.figures.subject import Subject, reported_subjects
from cardiobench.board.ranks import Rank
from cardiobench.board.study.facts import reported_models

ROOT = Path(__file__).parents[2]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def drawn() -> dict[str, Drawn]:
    """The study's figures, drawn from its tables, or why not."""
    return reported_figures()


@pytest.fixture(scope="module")
def reported(drawn: dict[str, Drawn]) -> dict[str, str]:
    """Those that there are, as SVG."""
    return {name: figure.svg for name, figure in drawn.items() if figure.svg}


def texts(svg: str) -> list[str]:
    """What a figure says."""
    return ["".join(found.itertext()) for found in ET.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314


def test_the_studys_figures_are_drawn_from_its_tables(
    drawn: dict[str, Drawn], reported: dict[str, str]
) -> None:
    """All but the box plots, whose data it does not give, and the rank plot, which is not its."""
    numbers = {spec.name: spec.number for spec in FIGURES}
    assert sorted([*(numbers[name] for name in reported if name in numbers), 13]) == [
        *range(1, 5),
        *range(6, 14),
    ]
    assert {name for name, figure in drawn.items() if figure.lacking and not figure.svg} == {
        "cosines",
        "ranks",
    }
    for name, svg in reported.items():
        if name != "ablation":
            assert "BioLinkBERT" in texts(svg), name


def test_the_documents_figures_are_current(reported: dict[str, str]) -> None:
    """`cardiobench leaderboard figures --reported --output docs/figures` changes nothing."""
    committed = {path.stem: path for path in (ROOT / "docs" / "figures").glob("*.svg")}
    assert set(committed) == set(reported)
    for name, svg in reported.items():
        assert committed[name].read_text(encoding="utf-8") == svg, name


def test_equal_models_give_equal_bytes(reported: dict[str, str]) -> None:
    """No date, no random identifier, whatever was drawn before."""
    subjects = reported_subjects(reported_models())
    for spec in FIGURES[::-4]:
        assert spec.draw(subjects, spec.title) == reported[spec.name]
    assert not [name for name, svg in reported.items() if re.search(r"<dc:date>", svg)]


def test_figures_hold_the_studys_numbers(reported: dict[str, str]) -> None:
    """Gains and throughput per GB, as printed."""
    assert {"+0.477", "-0.238"} <= set(texts(reported["gain"]))
    assert {"1,947.1", "95.0", "1.5"} <= set(texts(reported["throughput-per-gb"]))
    assert {"0.168", "-0.024"} <= {t.replace("\u2212", "-") for t in texts(reported["ablation"])}


def contrast(one: str, other: str) -> float:
    """WCAG 2 contrast ratio of two colours, 1 to 21."""

    def luminance(colour: str) -> float:
        parts = [int(colour[k : k + 2], 16) / 255 for k in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("page", ["#ffffff", "#0d1117"])
def test_figures_are_readable_on_light_and_dark_pages(page: str, reported: dict[str, str]) -> None:
    """Text has a contrast above 4, marks above 2, and nothing paints a background."""
    assert contrast(style.GREY, page) > 4
    assert all(contrast(colour, page) > 2 for colour in style.CYCLE)
    for name, svg in reported.items():
        body = svg.partition('<g id="patch_1">')[2].partition("</g>")[0]
        assert "fill: none" in body, name


def test_a_hostile_name_is_text_in_every_figure() -> None:
    """No markup, no mathematics, no letters that the font lacks, no endless line."""
    name = "<script>alert(1)</script>$\\frac{a}{b}$\u4e2d\u202e" + "x" * 200
    subjects = [
        replace(s, name=f"{name}{k}" if k == 0 else s.name)
        for k, s in enumerate(reported_subjects(reported_models()))
    ]
    found = [spec.draw(subjects, spec.title) for spec in FIGURES if spec.name in ("pareto", "gain")]
    found.append(rank_plot([(name, Rank(place=1, low=1, high=2))], "places"))
    for svg in found:
        assert "<script" not in svg
        assert any(text.startswith("<script>") for text in texts(svg))
        assert all(len(text) <= 70 for text in texts(svg))


def test_a_figure_without_data_says_what_is_lacking() -> None:
    """A board without timings, pairs or adapted models draws what it can."""
    bare = Subject(name="a", kind="zero-shot", decoder=False, parameters=0, embedding_dim=8)
    found = draw_figures([bare])
    assert not any(figure.svg for figure in found.values())
    assert all(figure.lacking for figure in found.values())
    assert "sweep" in found["ablation"].lacking


def test_an_ablation_grid_takes_any_sweep() -> None:
    """Missing runs leave a hole, equal settings are averaged."""
    cells = [
        AblationCell(fraction=0.5, rank=8, loss="infonce", score=0.1),
        AblationCell(fraction=0.5, rank=8, loss="infonce", score=0.3),
        AblationCell(fraction=1.0, rank=16, loss="triplet", score=0.25, low=0.2, high=0.3),
    ]
    said = texts(ablation_grid(cells, "a sweep", score="nDCG@10"))
    assert {"0.200", "0.250", "[0.200, 0.300]", "infonce", "triplet", "50%", "100%"} <= set(said)
    assert "nan" not in said
