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
from cardiobench.board.facts import Board, board_of
from cardiobench.board.files import stale_files, write_board
from cardiobench.board.read import BoardData
from cardiobench.board.rows import OWN, PUBLISHED, Row
from cardiobench.board.seeds import same_but_seed, seed_spreads
from cardiobench.board.show import FORMATS, run_table, show
from cardiobench.cli.main import main
from cardiobench.errors import CardioBenchError, UnknownNameError
from cardiobench.results.entry import Items, Manifest, ModelIdentity, TrainingRecord
from cardiobench_tasks.catalogue import CARDIO_NEGATION, CARDIO_SEPARATION, SUITE, TaskSpec

HOSTILE = "mit|`x`<script>alert(1)</script>[a](javascript:alert(1))$\\input{x}$"


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


def row(
    name: str, shift: float, seed: int, *, base: str = "", kind: str = "", rank: int = 16
) -> Row:
    """A row without statistics; with a base it is adapted from that, by a recipe of some rank."""
    model = ModelIdentity(
        name=name,
        revision="1",
        architecture="tiny",
        kind=kind or ("adapted" if base else "zero-shot"),
        transformer="encoder",
        parameters=1_000_000,
        embedding_dim=32,
        licence="mit",
        adapted_from=base or None,
    )
    training = TrainingRecord(
        recipe={"name": "quick", "rank": rank},
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


def board(*shown: Row) -> Board:
    """The board of some rows."""
    return board_of(BoardData(rows=shown))


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    """Two alike models, a better recipe in three seeds, a worse model, and a baseline."""
    return assessed(
        [
            row("a/base", 0.10, 1),
            row("a/twin", 0.10, 2),
            row("a/better-seed0", 0.200, 0, base="a/base"),
            row("a/better-seed1", 0.201, 9, base="a/base"),
            row("a/better-seed2", 0.202, 7, base="a/base"),
            row("a/worse", 0.0, 4),
            row("a/floor", 0.3, 5, kind="baseline"),
        ]
    )


@pytest.fixture(scope="module")
def pages(rows: list[Row]) -> dict[str, str]:
    """Their board."""
    return board_pages(BoardData(rows=tuple(rows)))


def test_places_are_sure_where_models_differ_and_wide_where_they_do_not(rows: list[Row]) -> None:
    """Over the suite and on one task; the seeds of a recipe have one place together."""
    places = board(*rows).places
    for ranks in (places.suite, places.tasks["CardioNegation"], places.kinds["retrieval"]):
        by_name = {key[0]: str(rank) for key, rank in ranks.items()}
        assert by_name["a/worse"] == "4"
        assert by_name["a/base"] == by_name["a/twin"] == "2-3"
        assert by_name["a/better-seed0"] == "1"
        assert not {"a/better-seed1", "a/better-seed2"} & set(by_name)


def test_kinds_of_task_weigh_alike(rows: list[Row]) -> None:
    """A model that is best in one kind of four has a place there and three times the other."""
    retrieval = {spec.name for spec in SUITE if spec.group == "retrieval"}
    assert len(retrieval) > 1
    good = row("a/good", 0.3, 5)
    items = {
        name: found if name in retrieval else rows[0].items[name]
        for name, found in good.items.items()
    }
    places = board(*assessed([rows[0], rows[5], replace(good, items=items)])).places
    kinds = len({spec.group for spec in SUITE})
    assert places.mean_ranks[good.key] == 1
    assert places.mean_ranks[rows[0].key] == pytest.approx((kinds - 1 + 2) / kinds)


def test_a_baseline_is_shown_and_moves_nobody(rows: list[Row], pages: dict[str, str]) -> None:
    """It has no place, no letter, no test, and is never the best, however high it scores."""
    with_floor, without = board(*rows), board(*rows[:-1])
    floor = rows[-1]
    assert with_floor.places == without.places
    assert with_floor.letters == without.letters
    assert [one.key for one in with_floor.floors] == [floor.key]
    line = next(line for line in pages["README.md"].splitlines() if "a/floor" in line)
    assert line.split("|")[1].strip() == "-"
    assert "a/floor" not in pages["comparisons.csv"]
    assert "| -" in next(
        line for line in pages["tasks/CardioNegation.md"].splitlines() if "a/floor" in line
    )


def test_the_front_table_has_seven_columns_and_a_line_of_chance(pages: dict[str, str]) -> None:
    """Chance is shown in each column of scores."""
    (table, *_) = [part for part in pages["README.md"].split("\n\n") if part.startswith("| rank")]
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in table.splitlines()]
    assert {len(line) for line in lines} == {7}
    chance = dict(zip(lines[0], lines[-1], strict=True))
    assert chance["model"] == "*chance*"
    assert chance["triplets ↑"] == "0.500"
    assert chance["retrieval ↑"] == "0.000"


def test_letters_tell_apart_what_differs(rows: list[Row]) -> None:
    """Twins share a letter, others do not."""
    letters = {key[0]: set(text.split()) for key, text in board(*rows).letters.items()}
    assert letters["a/base"] & letters["a/twin"]
    assert not letters["a/base"] & letters["a/better-seed0"]
    assert not letters["a/base"] & letters["a/worse"]


def test_the_better_one_of_a_pair_is_named(pages: dict[str, str]) -> None:
    """Where the two are told apart; on the front page and on each task's."""
    front = pages["README.md"].split("## Which differences are real")[1]
    headings = next(line for line in front.splitlines() if line.startswith("| model"))
    assert "better" in headings
    by_pair = {
        (cells[1], cells[2]): cells[5]
        for line in pages["tasks/CardioNegation.md"].split("## Pairs")[1].splitlines()
        if len(cells := [cell.strip() for cell in line.split("|")]) > 6
    }
    assert by_pair["a/better (3 seeds)", "a/worse"] == "a/better (3 seeds)"
    assert "not told apart" in {
        by_pair.get(("a/base", "a/twin")),
        by_pair.get(("a/twin", "a/base")),
    }


def test_seeds_that_stray_make_a_difference_unsure(rows: list[Row]) -> None:
    """The same mean difference is real where seeds agree, and is not where they stray."""
    p = []
    for spread in (0.001, 0.2):
        shifts = (0.2 - spread, 0.2, 0.2 + spread)
        seeds = [row(f"a/r-seed{k}", s, 20 + k, base="a/base") for k, s in enumerate(shifts)]
        (pairs,) = [board(*assessed([rows[0], *seeds])).pairs]
        assert [one.title for one in pairs.tested] == ["a/r (3 seeds)", "a/base"]
        p.append(pairs.p_holm[0, 1])
    assert p[0] < 0.01
    assert p[1] > 0.05


def test_a_part_of_the_suite_has_no_place_anywhere(rows: list[Row]) -> None:
    """The page says what is missing; the others stand as if it were not there."""
    part = rows[1]
    kept = {name: part.items[name] for name in list(part.items)[:3]}
    few = assessed([rows[0], replace(part, items=kept), *rows[2:]])
    partial, without = board(*few), board(rows[0], *rows[2:])
    assert partial.places.suite == without.places.suite
    assert [one.title for one in partial.unranked] == ["a/twin"]
    assert part.key not in partial.letters
    front = board_pages(BoardData(rows=tuple(few)))["README.md"]
    missing = next(line for line in front.splitlines() if line.startswith("- a/twin lacks"))
    assert all(spec.name in missing for spec in SUITE if spec.name not in kept)
    assert "a/twin has no rank: it lacks" in run_table(partial, {part.key[:2]}, kept)
    for style in ("table", "md"):
        shown = show(partial, task=None, style=style, sort=None)
        assert "a/twin has no rank: it lacks" in shown
        assert shown.index("a/twin") > max(shown.index(one.title) for one in partial.competitors)


def test_own_rows_stand_beside_published_ones_and_move_none(rows: list[Row]) -> None:
    """Places, intervals, letters and p-values of the published are as without them."""
    own = [
        replace(one, origin=OWN, content=f"own {one.manifest.model.name}")
        for one in (row("a/mine", 0.15, 11), row("a/best", 0.4, 12))
    ]
    alone, beside = board(*rows), board(*assessed([*rows, *own]))
    for key, rank in alone.places.suite.items():
        assert beside.places.suite[key] == rank
    assert beside.letters == alone.letters
    np.testing.assert_array_equal(beside.pairs.p_holm, alone.pairs.p_holm)
    places = {one.title: beside.places.suite[one.key].place for one in beside.competitors}
    assert places["a/best"] == 1
    assert places["a/mine"] == 2
    assert "Rows of this folder" in board_pages(beside.data)["README.md"]


def test_the_terminal_shows_what_was_run_and_the_boards_own_ranks(rows: list[Row]) -> None:
    """One column or block for each task that was run; the mean rank is the board's."""
    everything = board(*rows)
    base = next(one for one in everything.competitors if one.title == "a/base")
    models = {base.key[:2], rows[-1].key[:2]}
    text = run_table(everything, models, [spec.name for spec in SUITE])
    mean = everything.places.mean_ranks[base.key]
    assert f"{mean:.2f}" in next(line for line in text.splitlines() if "a/base" in line)
    for spec in SUITE:
        assert spec.name in text
    assert max(map(len, text.splitlines())) <= 80
    found = base.estimates["CardioNegation"]
    shown = f"{found.value:.3f} [{found.low:.3f}, {found.high:.3f}]"
    assert shown in text
    one_task = run_table(everything, models, ["CardioNegation"])
    assert shown in next(line for line in one_task.splitlines() if "a/base" in line)
    assert "CardioSeparation" not in one_task


def test_a_board_without_a_result_on_todays_data_says_so(rows: list[Row]) -> None:
    """As after data changed: the rows are listed, and none has a place."""
    old = assessed([replace(one, scores={}, items={}, estimates={}, gains={}) for one in rows])
    pages = board_pages(BoardData(rows=tuple(old)))
    assert "No results on this version's data yet" in pages["README.md"]
    assert "| -      | a/base" in pages["README.md"]
    assert board(*old).places.suite == {}


def test_rows_of_other_items_are_not_paired(rows: list[Row]) -> None:
    """A row whose items differ has its interval, but no gain and no letter on that task."""
    odd = rows[2]
    name = CARDIO_NEGATION.name
    other = odd.items[name].model_copy(update={"ids": [f"x{k}" for k in range(40)]})
    found = assessed([rows[0], rows[1], replace(odd, items={**odd.items, name: other})])
    assert name in found[2].estimates
    assert name not in found[2].gains
    (facts,) = [f for f in board(*found).tasks if f.spec.name == name]
    assert len(facts.letters) in (0, 2)


def test_seed_spread_stands_apart_from_item_spread(rows: list[Row], pages: dict[str, str]) -> None:
    """Rows that differ only in their seed are grouped; the page gives both spreads."""
    (group,) = same_but_seed(rows)
    assert [r.title for r in group] == ["a/better-seed0", "a/better-seed2", "a/better-seed1"]
    by_task = {spread.task: spread for spread in seed_spreads(group)}
    scores = [r.estimates["CardioNegation"].value for r in group]
    spread = by_task["CardioNegation"]
    assert spread.seed_sd == pytest.approx(np.std(scores, ddof=1))
    assert spread.mean == pytest.approx(np.mean(scores))
    assert spread.item_error == pytest.approx(
        group[0].estimates["CardioNegation"].standard_error, rel=0.3
    )
    assert "seeds 0, 7, 9" in pages["adapted.md"]
    assert "| seed SD" in pages["adapted.md"]


def test_every_table_names_direction_n_and_data(pages: dict[str, str]) -> None:
    """On every page with scores."""
    for name, text in pages.items():
        if name.startswith(("tasks/", "areas/")) or name in ("README.md", "transfer.md"):
            assert "igher is better" in text, name
            assert re.search(r"n = (40|360|440)\b", text), name
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
    """One CSV line for each line of the board and task, one for each pair; JSON agrees with CSV."""
    scores = list(csv.DictReader(io.StringIO(pages["leaderboard.csv"])))
    assert len(scores) == 5 * len(SUITE)
    negation = {s["model"]: s for s in scores if s["task"] == "CardioNegation"}
    worse = rows[5].estimates["CardioNegation"].value
    assert float(negation["a/worse"]["score"]) == pytest.approx(worse, abs=1e-6)
    assert negation["a/worse"]["n_items"] == "40"
    assert negation["a/worse"]["chance"] == "0.5"
    assert negation["a/worse"]["data_revision"] == CARDIO_NEGATION.revision
    assert negation["a/better"]["seeds"] == "3"
    assert negation["a/floor"]["suite_rank"] == ""
    pairs = list(csv.DictReader(io.StringIO(pages["comparisons.csv"])))
    assert len(pairs) == len(SUITE) * 6
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
    text = show(board(*rows), task=task, style=style, sort=None)
    for name in ("base", "twin", "worse"):
        assert name in text
    if style == "json":
        assert len(json.loads(text)["rows"]) == 5
    if style == "csv":
        assert len(list(csv.DictReader(io.StringIO(text)))) == 5


def test_a_board_is_sorted_by_any_column(rows: list[Row]) -> None:
    """Best first where the column says what is better, else smallest first; no value comes last."""
    shown = board(*rows)

    def names(sort: str) -> list[str]:
        text = show(shown, task=None, style="json", sort=sort)
        return [line["model"] for line in json.loads(text)["rows"]]

    assert names("separation")[0] == "a/floor"
    assert names("separation")[-1] == "a/worse"
    assert names("mean")[0] == "a/better (3 seeds)"
    assert names("mean")[-1] == "a/floor"
    assert names("model") == sorted(names("rank"))
    with pytest.raises(UnknownNameError, match="column"):
        names("sepration")
    with pytest.raises(UnknownNameError, match="Did you mean 'CardioNegation'"):
        show(shown, task="CardioNegatoin", style="md", sort=None)


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
    (found,) = swept_ablations(tmp_path, "CardioSeparation", "separation")
    assert found.settings == 4
    assert found.cells[0].high == 0.12
    page = board_pages(BoardData(rows=tuple(rows), ablations=(found,)))["adapted.md"]
    assert "minilm, sweep my\\_grid" in page or "minilm, sweep my_grid" in page
    assert "](figures/ablation.svg)" in page
    report.write_text(POINTS.replace("0.5,8", "half,8"))
    with pytest.raises(CardioBenchError, match=r"points.csv: not the points of a sweep .*half"):
        swept_ablations(tmp_path, "CardioSeparation", "separation")


def test_another_number_format_stands_beside_the_usual_one() -> None:
    """What it changes in cosines and scores; no section where there is none."""
    from cardiobench.board.pages.speed import variant_section
    from cardiobench.evaluation.variants import Deviation

    found = Deviation(reference="o/usual", texts=64, largest=0.005, mean=0.001)
    usual, other = row("o/usual", 0.1, 1), row("o/usual-bfloat16", 0.1, 2)
    assert variant_section(board(*assessed([usual, other]))) == []
    varied = board(*assessed([usual, replace(other, deviation=found)]))
    shown = "\n".join(variant_section(varied))
    assert "| o/usual-bfloat16 | o/usual   | 5.0e-03" in shown
    scores = {one.manifest.model.name: one.estimates for one in varied.rows}
    changes = [
        scores["o/usual-bfloat16"][spec.name].value - scores["o/usual"][spec.name].value
        for spec in SUITE
    ]
    assert f"{max(changes, key=abs):+.4f} (" in shown
    assert "## Number formats and backends" in board_pages(varied.data)["speed.md"]
