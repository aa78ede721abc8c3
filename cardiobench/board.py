"""From rows to Markdown: a pure function, so that anyone can check a committed board."""

from collections.abc import Sequence

from cardiobench.board_details import detail_page, score_name
from cardiobench.board_medical import medical_section
from cardiobench.board_speed import speed_section
from cardiobench.errors import CardioBenchError
from cardiobench.leaderboard import PUBLISHED, Row, group_mean, mean_ranks, ranked
from cardiobench.markdown import cell, table
from cardiobench.plugins import load_plugins
from cardiobench.statistics import Estimate, paired_gain
from cardiobench.submission.withdrawals import Retired, retired_section
from cardiobench_tasks.catalogue import CATALOGUE, SUITE, SUITE_NAME, TaskSpec

_GROUPS = {
    "separation": "separation ↑",
    "negation": "negation accuracy ↑",
    "retrieval": "retrieval, mean nDCG@10 ↑",
    "transfer": "other specialties, mean separation ↑",
}

_TITLE = "# CardioBench leaderboard"
_GENERATED = "This file is generated: `cardiobench leaderboard build`."
_INTRODUCTION = f"""Cardiology text embeddings on `{SUITE_NAME}`: tasks that anyone rebuilds from \
openly licensed sources. Higher is better for every score. Rows are ordered by mean rank over the \
suite's tasks (1 is best); the other columns are means over tasks of one kind, since scores of \
unlike scales are never averaged. Baselines (random vectors, TF-IDF) show what a score is worth \
without understanding. Intervals below are 95% bootstrap intervals over the concepts behind the \
items (10,000 resamples). [By area, source, kind and style](details.md)."""


def board_pages(rows: Sequence[Row], retired: Sequence[Retired] = ()) -> dict[str, str]:
    """The board's pages by file name; equal rows give equal bytes.

    Args:
        rows: the entries to rank.
        retired: withdrawn and superseded entries, a line each.

    Raises:
        CardioBenchError: there are no rows.
    """
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


def _main_page(rows: Sequence[Row], tasks: Sequence[TaskSpec], speed: Sequence[str]) -> str:
    mixed = len({row.origin for row in rows}) > 1
    ranks = mean_ranks(rows)
    sections = [
        _TITLE,
        _INTRODUCTION,
        _GENERATED,
        table([{**_name(r, mixed), **_suite_cells(r, ranks[r.key])} for r in rows]),
        "## Adapted against zero-shot",
        *_gain_tables(rows, tasks),
        *[part for spec in tasks for part in _task_section(spec, rows)],
        *medical_section(rows),
        "## Speed",
        *speed,
        "## How each row was made",
        table([_provenance_row(row, mixed) for row in rows]),
        "## Training texts among the test items",
        *_contamination_tables(rows),
        "## Data",
        table([_data_row(spec) for spec in tasks]),
        "HPO: Human Phenotype Ontology, https://hpo.jax.org, under its own licence "
        "(https://hpo.jax.org/app/license). ICD-10-CM: US National Center for Health Statistics, "
        "public domain. Texts written for CardioBench: CC BY 4.0.",
    ]
    return "\n\n".join(sections) + "\n"


def short_table(rows: Sequence[Row]) -> str:
    """A few columns for the terminal: model, means over the suite, throughput."""
    from tabulate import tabulate

    ranks = mean_ranks(rows)
    cells = [
        {
            "model": row.manifest.model.name,
            **_group_cells(row, ranks[row.key]),
            "texts/s": f"{row.speed.best_texts_per_second:,.0f}" if row.speed else "-",
        }
        for row in ranked(rows)
    ]
    return tabulate(cells, headers="keys", disable_numparse=True)


def _name(row: Row, mixed: bool) -> dict[str, str]:
    cells = {"model": row.manifest.model.name}
    return {**cells, "from": row.origin} if mixed else cells


def _interval(found: Estimate | None, signed: bool = False) -> str:
    if found is None:
        return "-"
    sign = "+" if signed else ""
    return f"{found.value:{sign}.3f} [{found.low:{sign}.3f}, {found.high:{sign}.3f}]"


def _suite_cells(row: Row, mean_rank: float) -> dict[str, str]:
    model = row.manifest.model
    return {
        "kind": model.kind,
        "params (M)": f"{model.parameters / 1e6:,.1f}" if model.parameters else "-",
        "dim": str(model.embedding_dim),
        "licence": model.licence,
        **_group_cells(row, mean_rank),
    }


def _group_cells(row: Row, mean_rank: float) -> dict[str, str]:
    cells = {"mean rank ↓": f"{mean_rank:.2f}"}
    for group, heading in _GROUPS.items():
        mean = group_mean(row, group)
        cells[heading] = "-" if mean is None else f"{mean:.3f}"
    return cells


def _gain_tables(rows: Sequence[Row], tasks: Sequence[TaskSpec]) -> list[str]:
    """Each adapted row against the zero-shot row of its base, task by task, paired by item."""
    bases = {(row.manifest.model.name, row.origin): row for row in rows}
    parts = []
    for row in rows:
        base_name = row.manifest.model.adapted_from or ""
        base = bases.get((base_name, row.origin)) or bases.get((base_name, PUBLISHED))
        if base is None:
            continue
        cells = [
            _gain_row(spec, row, base)
            for spec in tasks
            if spec.name in row.items and spec.name in base.items
        ]
        if cells:
            parts += [f"**{row.manifest.model.name}** against {base_name}:", table(cells)]
    if not parts:
        return ["No adapted model yet."]
    note = (
        "Gains are paired by item; an interval that holds 0 shows no gain. Retention is adapted "
        "over zero-shot: below 1 in another specialty, adaptation did harm there. The last column "
        "is the smallest difference between two such models that the task resolves with 80% power."
    )
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
