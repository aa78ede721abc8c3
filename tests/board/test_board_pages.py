"""What a board says and writes, from made-up rows: names, places, seeds, files, exports."""

import csv
import io
import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from markdown_it import MarkdownIt

from cardiobench.board.ablation import largest, swept_ablations
from cardiobench.board.assess import assessed
from cardiobench.board.build import board_pages
from cardiobench.board.drawings import ablations_of
from cardiobench.board.facts import board_of
from cardiobench.board.files import stale_files, write_board
from cardiobench.board.ranks import places_of
from cardiobench.board.read import BoardData
from cardiobench.board.rows import PUBLISHED, Row
from cardiobench.board.seeds import same_but_seed, seed_spreads
from cardiobench.board.show import FORMATS, show
from cardiobench.cli.main import main
from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.results.entry import Items, Manifest, ModelIdentity, TrainingRecord
from cardiobench_tasks.catalogue import CARDIO_NEGATION, CARDIO_SEPARATION, SUITE, TaskSpec

HOSTILE = "mit|`x`<script>alert(1)</script>[a](javascript:alert(1))$\\input{x}$"
RECIPE = {"name": "quick", "rank": 16}


def items_of(spec: TaskSpec, shift: float, seed: int, n: int = 40) -> Items:
    """Scores of one task: noise that all models share, a shift, and a little noise of their own."""
    task = int(spec.revision[:8], 16)
    shared = np.random.default_rng(task).uniform(0.2, 0.5, n)
    own = np.random.default_rng([seed, task]).normal(0, 0.02, n)
    labels = [k % 2 for k in range(n)] if spec.main_score == "auroc" else None
    gained = shift * np.array(labels) if labels else shift
    return Items(
        task=spec.name,
        main_score=spec.main_score,
        revision=spec.revision,
        ids=[f"i{k}" for k in range(n)],
        values=(shared + gained + own).tolist(),
        labels=labels,
        clusters=[[f"{spec.name}-{k // 2}"] for k in range(n)],
    )


def row(name: str, shift: float, seed: int, *, base: str = "", licence: str = "mit") -> Row:
    """A row without statistics; with a base it is adapted from that."""
    model = ModelIdentity(
        name=name,
        revision="1",
        architecture="tiny",
        kind="adapted" if base else "zero-shot",
        transformer="encoder",
        parameters=1_000_000,
        embedding_dim=32,
        licence=licence,
        adapted_from=base or None,
    )
    training = TrainingRecord(
        recipe=RECIPE,
        seed=seed,
        pairs_sha256="0" * 64,
        audit={"kept": 10, "removed_test_text": 0, "removed_separation": 0},
        trainable_parameters=1000,
        steps=1,
        train_seconds=1.0,
        loss=0.1,
        adapter_sha256="0" * 64,
    )
    manifest = Manifest(
        model=model,
        training=training if base else None,
        data={spec.name: spec.revision for spec in SUITE},
        sources={},
        versions={},
        commit="",
        hardware={"cpu": "x", "cores": 2, "memory_gib": 4, "accelerator": "", "threads": 1},
        date="2026-01-01",
    )
    return Row(
        manifest=manifest,
        origin=PUBLISHED,
        scores={spec.name: {"main_score": 0.0, "area_valve_separation": 0.1} for spec in SUITE},
        items={spec.name: items_of(spec, shift, seed) for spec in SUITE},
    )


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """Two alike models, a better one in two seeds, and a worse one."""
    return assessed(
        [
            row("a/base", 0.10, 1),
            row("a/twin", 0.10, 2),
            row("a/better-seed0", 0.20, 0, base="a/base"),
            row("a/better-seed1", 0.21, 9, base="a/base"),
            row("a/worse", 0.0, 4),
        ]
    )


@pytest.fixture(scope="module")
def pages(rows: list[Row]) -> dict[str, str]:
    """Their board."""
    return board_pages(BoardData(rows=tuple(rows)))


def test_places_are_sure_where_models_differ_and_wide_where_they_do_not(rows: list[Row]) -> None:
    """Intervals over the suite and on one task."""
    places = places_of(rows)
    for found in (places.suite, places.tasks["CardioNegation"]):
        said = {key[0]: str(rank) for key, rank in found.items()}
        assert said["a/worse"] == "5"
        assert said["a/base"] == said["a/twin"] == "3-4"
        assert said["a/better-seed0"] in ("1", "1-2", "2")


def test_letters_tell_apart_what_differs(rows: list[Row]) -> None:
    """Twins share a letter, others do not."""
    letters = {
        key[0]: set(text.split())
        for key, text in board_of(BoardData(rows=tuple(rows))).letters.items()
    }
    assert letters["a/base"] & letters["a/twin"]
    assert not letters["a/base"] & letters["a/better-seed0"]
    assert not letters["a/base"] & letters["a/worse"]


def test_a_row_without_a_task_is_last_there_and_not_compared_over_the_suite(
    rows: list[Row],
) -> None:
    """Leaving tasks out never pays."""
    part = rows[2]
    kept = {name: part.items[name] for name in list(part.items)[:3]}
    few = assessed([*rows[:2], replace(part, items=kept), *rows[3:]])
    board = board_of(BoardData(rows=tuple(few)))
    assert part.key not in board.letters
    assert board.mean_ranks[part.key] > board.mean_ranks[rows[3].key]
    assert "| -" in board_pages(BoardData(rows=tuple(few)))["README.md"]


def test_rows_of_other_items_are_not_paired(rows: list[Row]) -> None:
    """A row whose items differ has its interval, but no gain and no letter on that task."""
    odd = rows[2]
    name = CARDIO_NEGATION.name
    other = odd.items[name].model_copy(update={"ids": [f"x{k}" for k in range(40)]})
    found = assessed([rows[0], rows[1], replace(odd, items={**odd.items, name: other})])
    assert name in found[2].estimates
    assert name not in found[2].gains
    (facts,) = [f for f in board_of(BoardData(rows=tuple(found))).tasks if f.spec.name == name]
    assert len(facts.letters) in (0, 2)


def test_seed_spread_stands_apart_from_item_spread(rows: list[Row], pages: dict[str, str]) -> None:
    """Rows that differ only in their seed are grouped; the page gives both spreads."""
    (group,) = same_but_seed(rows)
    assert [r.manifest.model.name for r in group] == ["a/better-seed0", "a/better-seed1"]
    by_task = {spread.task: spread for spread in seed_spreads(group)}
    scores = [r.estimates["CardioNegation"].value for r in group]
    spread = by_task["CardioNegation"]
    assert spread.seed_sd == pytest.approx(np.std(scores, ddof=1))
    assert spread.mean == pytest.approx(np.mean(scores))
    assert spread.item_error == pytest.approx(
        group[0].estimates["CardioNegation"].standard_error, rel=0.3
    )
    assert "seeds 0, 9" in pages["adapted.md"]
    assert "| seed SD" in pages["adapted.md"]


def test_every_table_names_direction_n_and_data(pages: dict[str, str]) -> None:
    """On every page with scores."""
    for name, text in pages.items():
        if name.startswith(("tasks/", "areas/")) or name in ("README.md", "transfer.md"):
            assert "igher is better" in text, name
            assert "n = 40" in text or "n = 360" in text, name
            assert re.search(r"[Dd]ata:? `?[0-9a-f]{12}", text), name
    assert CARDIO_SEPARATION.revision[:12] in pages["tasks/CardioSeparation.md"]
    assert "not comparable" in pages["reported.md"]


def test_links_and_figures_lead_somewhere(pages: dict[str, str]) -> None:
    """Every relative target on every page is a file of the board."""
    for name, text in pages.items():
        if not name.endswith(".md"):
            continue
        for token in MarkdownIt("commonmark").enable("table").parse(text):
            for child in token.children or []:
                target = child.attrGet("href") or child.attrGet("src")
                if target and not str(target).startswith("http"):
                    reached = (Path("/board") / name).parent / str(target)
                    assert str(reached.resolve().relative_to("/board")) in pages, (name, target)


def test_a_hostile_entry_stays_text_on_every_page(rows: list[Row]) -> None:
    """Licence, architecture, recipe and hardware are what an entry may write freely."""
    bad = rows[2]
    model = bad.manifest.model.model_copy(
        update={"licence": HOSTILE, "architecture": HOSTILE, "adapted_from": "a/base"}
    )
    assert bad.manifest.training is not None
    training = bad.manifest.training.model_copy(update={"recipe": {"name": HOSTILE}})
    hardware = {**bad.manifest.hardware, "cpu": HOSTILE}
    manifest = bad.manifest.model_copy(
        update={
            "model": model,
            "training": training,
            "hardware": hardware,
            "versions": {"mteb": HOSTILE},
        }
    )
    found = board_pages(BoardData(rows=(*rows[:2], replace(bad, manifest=manifest), *rows[3:])))
    reader = MarkdownIt("commonmark", {"html": True}).enable("table")
    for name, text in found.items():
        if name.endswith(".md"):
            tokens = reader.parse(text)
            children = [child for token in tokens for child in token.children or []]
            assert not [t for t in (*tokens, *children) if t.type.startswith("html")], name
            targets = [str(t.attrGet("href") or t.attrGet("src") or "") for t in children]
            assert not [target for target in targets if "javascript" in target], name
        elif name.endswith(".svg"):
            assert "<script" not in text
    assert "\\input" not in found["leaderboard.tex"]
    assert json.loads(found["leaderboard.json"])["models"]


def test_exports_hold_what_the_pages_show(rows: list[Row], pages: dict[str, str]) -> None:
    """One CSV line for each row and task, one for each pair; JSON agrees with CSV."""
    scores = list(csv.DictReader(io.StringIO(pages["leaderboard.csv"])))
    assert len(scores) == len(rows) * len(SUITE)
    first = next(s for s in scores if s["model"] == "a/worse" and s["task"] == "CardioNegation")
    worse = next(r for r in rows if r.manifest.model.name == "a/worse")
    assert float(first["score"]) == pytest.approx(worse.estimates["CardioNegation"].value, abs=1e-6)
    assert first["n_items"] == "40"
    assert first["data_revision"] == CARDIO_NEGATION.revision
    pairs = list(csv.DictReader(io.StringIO(pages["comparisons.csv"])))
    assert len(pairs) == len(SUITE) * 10
    assert len(json.loads(pages["leaderboard.json"])["scores"]) == len(scores)


def test_building_twice_changes_nothing_and_check_sees_every_change(
    pages: dict[str, str], tmp_path: Path
) -> None:
    """A page, a figure, an export, a leftover; a file of the user's own is left alone."""
    write_board(tmp_path, pages)
    assert stale_files(tmp_path, pages) == []
    notes = tmp_path / "notes.md"
    notes.write_text("mine")
    for name in ("README.md", "figures/ranks.svg", "leaderboard.csv", "tasks/CardioNegation.md"):
        with (tmp_path / name).open("a") as stream:
            stream.write(" ")
        assert stale_files(tmp_path, pages) == [tmp_path / name]
        write_board(tmp_path, pages)
    extra = tmp_path / "tasks" / "Gone.md"
    extra.write_text(pages["tasks/CardioNegation.md"])
    assert stale_files(tmp_path, pages) == [extra]
    write_board(tmp_path, pages)
    assert not extra.exists()
    assert notes.read_text() == "mine"
    assert stale_files(tmp_path, pages) == []


def test_a_figure_of_another_matplotlib_is_only_looked_for(
    pages: dict[str, str], tmp_path: Path
) -> None:
    """Other versions draw other bytes; the numbers in the pages are checked all the same."""
    write_board(tmp_path, pages)
    figure = tmp_path / "figures" / "ranks.svg"
    text = figure.read_text()
    figure.write_text(text.replace("matplotlib 3", "matplotlib 2") + " ")
    assert stale_files(tmp_path, pages) == []
    figure.unlink()
    assert stale_files(tmp_path, pages) == [figure]


@pytest.mark.parametrize("style", FORMATS)
@pytest.mark.parametrize("task", [None, "CardioNegation"])
def test_a_board_is_shown_in_every_format(rows: list[Row], style: str, task: str | None) -> None:
    """The suite or one task, with all models; JSON and CSV can be read back."""
    text = show(board_of(BoardData(rows=tuple(rows))), task=task, style=style, sort=None)
    for name in ("base", "twin", "worse"):
        assert name in text
    if style == "json":
        assert len(json.loads(text)["rows"]) == len(rows)
    if style == "csv":
        assert len(list(csv.DictReader(io.StringIO(text)))) == len(rows)


def test_a_board_is_sorted_by_any_column(rows: list[Row]) -> None:
    """Best first where the heading says what is better, else smallest first."""
    board = board_of(BoardData(rows=tuple(rows)))

    def names(sort: str) -> list[str]:
        text = show(board, task=None, style="json", sort=sort)
        return [found["model"] for found in json.loads(text)["rows"]]

    assert names("separation AUROC")[-1] == "a/worse"
    assert names("model") == sorted(names("rank"))
    with pytest.raises(UnknownNameError, match="column"):
        names("sepration")
    with pytest.raises(UnknownNameError, match="Did you mean 'CardioNegation'"):
        show(board, task="CardioNegatoin", style="md", sort=None)


def test_estimates_are_kept_between_builds_and_a_damaged_cache_is_made_again(
    rows: list[Row], private_cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second build computes nothing and gives the same; changed scores are new."""
    assessed(rows)
    monkeypatch.setattr("cardiobench.board.assess.task_scores", lambda *_: pytest.fail("computed"))
    again = assessed(rows)
    assert [r.estimates for r in again] == [r.estimates for r in rows]
    assert [r.gains for r in again] == [r.gains for r in rows]
    path = private_cache / "estimates.json"
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    with pytest.raises(pytest.fail.Exception, match="computed"):
        assessed(rows)
    path.write_bytes(whole)
    changed = rows[0].items["CardioNegation"].model_copy(update={"values": [0.5] * 40})
    with pytest.raises(pytest.fail.Exception, match="computed"):
        assessed([replace(rows[0], items={"CardioNegation": changed})])


def test_figures_alone_are_drawn_into_a_folder(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """And the study's own need one, since they are not the board's."""
    with pytest.raises(SystemExit, match="2"):
        main(["leaderboard", "figures", "--reported"])
    assert "--output" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="0"):
        main(["leaderboard", "figures", "--reported", "--output", str(tmp_path)])
    assert (tmp_path / "pareto.svg").is_file()
    assert "cosines is left out" in capsys.readouterr().out


def test_a_sweep_on_the_board_gives_the_ablation_grid(rows: list[Row]) -> None:
    """Four settings of data, rank and loss of one architecture; two seeds of one are none."""
    assert largest(ablations_of(rows)) is None
    swept = []
    for k, (fraction, rank) in enumerate([(0.5, 8), (0.5, 16), (1.0, 8), (1.0, 16)]):
        made = row(f"a/swept{k}", 0.1, k, base="a/base")
        assert made.manifest.training is not None
        recipe = {"name": "sweep", "fraction": fraction, "rank": rank, "loss": "infonce"}
        training = made.manifest.training.model_copy(update={"recipe": recipe})
        swept.append(
            replace(made, manifest=made.manifest.model_copy(update={"training": training}))
        )
    found = largest(ablations_of(assessed(swept)))
    assert found is not None
    assert {(cell.fraction, cell.rank) for cell in found.cells} == {
        (0.5, 8),
        (0.5, 16),
        (1.0, 8),
        (1.0, 16),
    }


POINTS = """model,fraction,rank,loss,CardioSeparation,CardioSeparation low,CardioSeparation high
minilm,-,-,-,0.09,0.08,0.1
minilm,0.5,8,infonce,0.11,0.1,0.12
minilm,0.5,16,infonce,0.12,0.11,0.13
minilm,1.0,8,infonce,0.13,0.12,0.14
minilm,1.0,16,infonce,0.14,0.13,0.15
"""


def test_a_sweep_report_beside_the_entries_gives_it_too(rows: list[Row], tmp_path: Path) -> None:
    """Its points are no rows; the caption says which sweep they are of."""
    report = tmp_path / "sweeps" / "my_grid" / "points.csv"
    report.parent.mkdir(parents=True)
    report.write_text(POINTS)
    (found,) = swept_ablations(tmp_path, "CardioSeparation")
    assert found.settings == 4
    assert found.cells[0].high == 0.12
    page = board_pages(BoardData(rows=tuple(rows), ablations=(found,)))["adapted.md"]
    assert "minilm, sweep my\\_grid" in page or "minilm, sweep my_grid" in page
    assert "](figures/ablation.svg)" in page
    report.write_text(POINTS.replace("0.5,8", "half,8"))
    with pytest.raises(CardioBenchError, match=r"points.csv: not the points of a sweep .*half"):
        swept_ablations(tmp_path, "CardioSeparation")


def test_another_number_format_stands_beside_the_usual_one() -> None:
    """What it changes in cosines and scores; no section where there is none."""
    from cardiobench.board.pages.speed import variant_section
    from cardiobench.evaluation.variants import Deviation

    found = Deviation(reference="o/usual", texts=64, largest=0.005, mean=0.001)
    usual, other = row("o/usual", 0.1, 1), row("o/usual-bfloat16", 0.1, 2)
    assert variant_section(board_of(BoardData(rows=tuple(assessed([usual, other]))))) == []
    board = board_of(BoardData(rows=tuple(assessed([usual, replace(other, deviation=found)]))))
    shown = "\n".join(variant_section(board))
    assert "| o/usual-bfloat16 | o/usual   | 5.0e-03" in shown
    scores = {one.manifest.model.name: one.estimates for one in board.rows}
    changes = [
        scores["o/usual-bfloat16"][spec.name].value - scores["o/usual"][spec.name].value
        for spec in SUITE
    ]
    assert f"{max(changes, key=abs):+.4f} (" in shown
    assert (
        "## Number formats and backends"
        in board_pages(BoardData(rows=tuple(board.rows)))["speed.md"]
    )
