"""From rows to the files of a board: a pure function, so that anyone can check a committed one."""

from collections.abc import Sequence
from dataclasses import replace

from cardiobench.board_adapted import adapted_page, transfer_page
from cardiobench.board_areas import area_pages, areas_of
from cardiobench.board_efficiency import speed_page
from cardiobench.board_facts import Board, board_of, suite_version
from cardiobench.board_figures import figures_of
from cardiobench.board_formats import data_files
from cardiobench.board_models import data_page, models_page
from cardiobench.board_reported import reported_page
from cardiobench.board_tasks import task_pages
from cardiobench.board_text import GENERATED, page_name, show_figure
from cardiobench.board_top import baseline_table, differences, gains_in_words, task_table, top_table
from cardiobench.leaderboard import Row
from cardiobench.markdown import escape
from cardiobench.plugins import load_plugins
<<<<<<< HEAD
from cardiobench.statistics import Estimate, paired_gain
from cardiobench.submission.withdrawals import Retired, retired_section
from cardiobench_tasks.catalogue import CATALOGUE, SUITE, SUITE_NAME, TaskSpec

_GROUPS = {
    "separation": "separation ↑",
    "negation": "negation accuracy ↑",
    "retrieval": "retrieval, mean nDCG@10 ↑",
    "transfer": "other specialties, mean separation ↑",
}
=======
>>>>>>> main

_TITLE = "# CardioBench leaderboard"
_HOW_TO_READ = """- **Rank**: 95% interval of a row's place. Where two overlap, the order may be \
chance.
- **Group**: rows that share a letter cannot be told apart over the suite.
- Rows are ordered by mean rank over the suite's tasks (1 is best). The other columns are means \
over tasks of one kind, since scores of unlike scales are never averaged.
- Arrows: ↑ higher is better, ↓ lower is better. Brackets on other pages are 95% intervals over \
the concepts behind the items (10,000 resamples)."""
_PAGES = """- [Speed and cost](speed.md), per hardware, never ranked across hardware
- [Zero-shot against adapted](adapted.md), and the spread over seeds
- [Transfer](transfer.md) to other specialties and to MTEB's medical tasks
- [Models](models.md): licences, restrictions, how each row was made
- [Data, contamination and leaks](data.md)
- [Reported by the study](reported.md): on the authors' own 50-pair sets, not comparable
- The same numbers as [CSV](leaderboard.csv), [JSON](leaderboard.json) and \
[LaTeX](leaderboard.tex); all tested pairs as [CSV](comparisons.csv)"""


<<<<<<< HEAD
def board_pages(rows: Sequence[Row], retired: Sequence[Retired] = ()) -> dict[str, str]:
    """The board's pages by file name; equal rows give equal bytes.
=======
def board_pages(rows: Sequence[Row]) -> dict[str, str]:
    """The text of every file of a board, by name; equal rows give equal bytes.
>>>>>>> main

    Args:
        rows: the entries to rank.
        retired: withdrawn and superseded entries, a line each.

    Raises:
        CardioBenchError: there are no rows.
    """
<<<<<<< HEAD
    if not rows:
        raise CardioBenchError("No finished entries to show. Type: cardiobench run")
    scored = ranked(row for row in rows if row.manifest.model.kind != "speed-only")
    timed = [*scored, *(row for row in rows if row.manifest.model.kind == "speed-only")]
    reported = {spec.name: spec.reported for spec, _ in load_plugins().architectures()}
    speed = speed_section(timed, {name: found for name, found in reported.items() if found})
    if not scored:
        return {"README.md": "\n\n".join([_TITLE, _GENERATED, "## Speed", *speed]) + "\n"}
    supplied = {spec.name: spec for row in scored for spec in row.supplied}
    tasks = (*CATALOGUE, *(supplied[name] for name in sorted(supplied)))
    main = _main_page(scored, tasks, speed) + retired_section(retired)
    return {"README.md": main, "details.md": detail_page(scored, tasks)}
=======
    board = board_of(rows)
    architectures = {spec.name: spec for spec, _ in load_plugins().architectures()}
    reported = {name: spec.reported for name, spec in architectures.items() if spec.reported}
    if not board.rows:
        speed = speed_page(board, reported).replace("# Speed and cost", _TITLE, 1)
        return {"README.md": speed.replace("[Back to the board](README.md)\n", "")}
    board = replace(board, figures=figures_of(board))
    drawn = {f"figures/{f.name}.svg": f.svg for f in board.figures.values() if f.svg}
    return {
        "README.md": _main_page(board),
        "adapted.md": adapted_page(board),
        "transfer.md": transfer_page(board),
        "speed.md": speed_page(board, reported),
        "models.md": models_page(board, architectures),
        "data.md": data_page(board),
        "reported.md": reported_page(),
        **task_pages(board),
        **area_pages(board),
        **data_files(board),
        **drawn,
    }
>>>>>>> main


def _main_page(board: Board) -> str:
    items = sum(facts.n for facts in board.suite)
    sections = [
        _TITLE,
        f"Cardiology text embeddings on {suite_version()}: {len(board.suite)} tasks, n = {items:,} "
        "items, that anyone rebuilds from openly licensed sources.",
        top_table(board),
        _HOW_TO_READ,
        "## Which differences are real",
        *differences(board),
        *gains_in_words(board),
        *show_figure(board.figures.get("ranks")),
        "## Tasks",
        task_table(board),
        f"By area: {_area_links(board)}." if areas_of(board) else "",
        "## Baselines",
        *baseline_table(board),
        "## Separation and cosines",
        f"On CardioSeparation, higher is better. {suite_version()}.",
        *show_figure(board.figures.get("separation")),
        *show_figure(board.figures.get("cosines")),
        "## More",
        _PAGES,
        GENERATED,
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _area_links(board: Board) -> str:
    return ", ".join(
        f"[{escape(area.replace('_', ' '))}](areas/{page_name(area)}.md)"
        for area in areas_of(board)
    )
<<<<<<< HEAD
    return [note, *parts]


def _gain_row(spec: TaskSpec, row: Row, base: Row) -> dict[str, str]:
    gain = paired_gain(row.items[spec.name], base.items[spec.name])
    before, after = base.estimates[spec.name].value, row.estimates[spec.name].value
    return {
        "task": spec.name,
        "score": score_name(spec),
        "zero-shot": f"{before:.3f}",
        "adapted": f"{after:.3f}",
        "gain": _interval(gain, signed=True),
        "retention": f"{after / before:.2f}" if before > 0 else "-",
        "resolves": f"{gain.resolvable:.3f}",
    }


def _task_section(spec: TaskSpec, rows: Sequence[Row]) -> list[str]:
    shown = [row for row in rows if spec.name in row.scores]
    if not shown:
        return []
    label = " (hard suite)" if spec.hard else ""
    if spec.from_plugin:
        label = f" (from {spec.provider}; not part of {SUITE_NAME})"
    cells = [
        {
            "model": row.manifest.model.name,
            f"{score_name(spec)} ↑": _interval(row.estimates[spec.name]),
            **{heading: _score(row, spec, key) for heading, key in spec.details},
        }
        for row in shown
    ]
    n = shown[0].estimates[spec.name].n
    return [f"## {spec.name}{label}", f"{cell(spec.asks)} n = {n:,} items.", table(cells)]


def _provenance_row(row: Row, mixed: bool) -> dict[str, str]:
    training, versions = row.manifest.training, row.manifest.versions
    audit = training.audit if training else {}
    return {
        **_name(row, mixed),
        "revision": row.manifest.model.revision[:12],
        "recipe": str(training.recipe["name"]) if training else "-",
        "seed": str(training.seed) if training else "-",
        "pairs": f"{audit['kept']:,}" if training else "-",
        "leaks removed": str(audit["removed_test_text"] + audit["removed_separation"])
        if training
        else "-",
        "trainable": f"{training.trainable_parameters:,}" if training else "-",
        "mteb / sentence-transformers / torch": " / ".join(
            versions.get(name, "-") for name in ("mteb", "sentence-transformers", "torch")
        ),
        "date": row.manifest.date,
        "verified": row.verified,
    }


def _contamination_tables(rows: Sequence[Row]) -> list[str]:
    """Each adapted row's audit: test items that also stand in training, exactly or nearly."""
    parts = []
    for row in rows:
        training = row.manifest.training
        audit = training.audit.get("near_duplicates") if training else None
        if not audit or not audit["items"]:
            continue
        cells = [
            {
                "task": task,
                "texts tested": f"{size:,}",
                "same": str(audit["counts"][task]["exact"]),
                "same words": str(audit["counts"][task]["normalised"]),
                f"Jaccard {audit['threshold']:g} or more": str(audit["counts"][task]["near"]),
            }
            for task, size in sorted(audit["items"].items())
        ]
        parts += [f"**{row.manifest.model.name}**", table(cells)]
    if not parts:
        return ["No adapted model yet."]
    note = (
        "Separation names concepts seen in training on purpose: no training pair joins the two, "
        "and scores by exposure are on the [detail page](details.md). CardioPhenotypeRetrieval "
        "holds out diseases, so names of findings are seen. Elsewhere the texts of test concepts "
        "are held out; what is left are near wordings of other concepts."
    )
    return [note, *parts]


def _data_row(spec: TaskSpec) -> dict[str, str]:
    return {
        "task": spec.name,
        "suite": _suite(spec),
        "type": spec.type,
        "main score": score_name(spec),
        "sources": ", ".join(spec.sources),
        "data revision": spec.revision[:12],
    }


def _score(row: Row, spec: TaskSpec, key: str) -> str:
    value = row.scores[spec.name].get(key)
    return f"{value:.3f}" if isinstance(value, int | float) else "-"


def _suite(spec: TaskSpec) -> str:
    return SUITE_NAME if spec in SUITE else spec.provider if spec.from_plugin else "hard"
=======
>>>>>>> main
