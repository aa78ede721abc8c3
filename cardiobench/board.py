"""From rows to Markdown: a pure function, so that anyone can check a committed board."""

from collections.abc import Sequence

from cardiobench.errors import CardioBenchError
from cardiobench.leaderboard import PUBLISHED, Row, ranked
from cardiobench.machine import hardware_label
from cardiobench.speed import Speed
from cardiobench.statistics import Estimate, paired_gain
from cardiobench_tasks.catalogue import CATALOGUE, TaskSpec

_SCORE_NAMES = {"separation": "separation", "ndcg_at_10": "nDCG@10"}


def board_markdown(rows: Sequence[Row]) -> str:
    """The whole board as Markdown; equal rows give equal bytes.

    Raises:
        CardioBenchError: there are no rows.
    """
    if not rows:
        raise CardioBenchError("No finished entries to show. Type: cardiobench run")
    order = ranked(rows)
    mixed = len({row.origin for row in rows}) > 1
    sections = [
        "# CardioBench leaderboard",
        "Cardiology text embeddings on tasks that anyone rebuilds from openly licensed sources. "
        "Higher is better for every score. Brackets hold 95% bootstrap intervals over items "
        "(10,000 resamples). Rows are ordered by mean rank over the tasks. Baselines (random "
        "vectors, TF-IDF) show what a score is worth without understanding.",
        "This file is generated: `cardiobench leaderboard build`.",
        "## Scores",
        _table([_score_row(row, mixed) for row in order]),
        "## Gain of adaptation over zero-shot",
        _gains(order),
        *[part for spec in CATALOGUE for part in _task_section(spec, order)],
        "## Speed",
        "One text at a time (100 rounds after 10 warm-up rounds) and in batches, over cardiology "
        "definitions, loading left out, by pytest-benchmark. Compare within one table only: speed "
        "on other hardware is another quantity.",
        *_speed_tables(order),
        "## How each row was made",
        _table([_provenance_row(row, mixed) for row in order]),
        "## Data",
        _table([_data_row(spec) for spec in CATALOGUE]),
        "HPO: Human Phenotype Ontology, https://hpo.jax.org, under its own licence "
        "(https://hpo.jax.org/app/license).",
    ]
    return "\n\n".join(part for part in sections if part) + "\n"


def short_table(rows: Sequence[Row]) -> str:
    """A few columns for the terminal: model, main scores with intervals, throughput."""
    from tabulate import tabulate

    table = [
        {
            "model": row.manifest.model.name,
            **{
                f"{spec.name} ({_SCORE_NAMES[spec.main_score]})": _interval(
                    row.estimates.get(spec.name)
                )
                for spec in CATALOGUE
            },
            "texts/s": f"{row.speed.best_texts_per_second:,.0f}" if row.speed else "-",
        }
        for row in ranked(rows)
    ]
    return tabulate(table, headers="keys", disable_numparse=True)


def _table(rows: Sequence[dict[str, str]]) -> str:
    from tabulate import tabulate

    right = {name: "right" for name in rows[0] if name.startswith(("params", "dim"))}
    return tabulate(
        [{key: _safe(value) for key, value in row.items()} for row in rows],
        headers="keys",
        tablefmt="pipe",
        disable_numparse=True,
        colalign=[right.get(name, "left") for name in rows[0]],
    )


def _safe(text: str) -> str:
    """A table cell that cannot end its cell or smuggle markup."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def _name(row: Row, mixed: bool) -> dict[str, str]:
    cells = {"model": row.manifest.model.name}
    return {**cells, "from": row.origin} if mixed else cells


def _interval(found: Estimate | None, signed: bool = False) -> str:
    if found is None:
        return "-"
    sign = "+" if signed else ""
    return f"{found.value:{sign}.3f} [{found.low:{sign}.3f}, {found.high:{sign}.3f}]"


def _score_row(row: Row, mixed: bool) -> dict[str, str]:
    model = row.manifest.model
    size = f"{model.parameters / 1e6:,.1f}" if model.parameters else "-"
    return {
        **_name(row, mixed),
        "kind": model.kind,
        "params (M)": size,
        "dim": str(model.embedding_dim),
        "licence": model.licence,
        **{
            f"{spec.name} ({_SCORE_NAMES[spec.main_score]} ↑)": _interval(
                row.estimates.get(spec.name)
            )
            for spec in CATALOGUE
        },
    }


def _gains(rows: Sequence[Row]) -> str:
    """Adapted rows against the zero-shot row of the same base, paired by item."""
    bases = {
        (r.manifest.model.name, r.origin): r for r in rows if not r.manifest.model.adapted_from
    }
    table = []
    for row in rows:
        base_name = row.manifest.model.adapted_from
        if base_name is None:
            continue
        base = bases.get((base_name, row.origin)) or bases.get((base_name, PUBLISHED))
        cells = {"adapted model": row.manifest.model.name, "zero-shot": base_name}
        for spec in CATALOGUE:
            gain = None
            if base and spec.name in row.items and spec.name in base.items:
                gain = paired_gain(row.items[spec.name], base.items[spec.name])
            cells[f"{spec.name} ({_SCORE_NAMES[spec.main_score]})"] = _interval(gain, signed=True)
        table.append(cells)
    if not table:
        return "No adapted model yet."
    return "Paired by item; an interval that holds 0 is no shown gain.\n\n" + _table(table)


def _task_section(spec: TaskSpec, rows: Sequence[Row]) -> list[str]:
    shown = [row for row in rows if spec.name in row.scores]
    if not shown:
        return []
    n = next(iter(shown)).estimates[spec.name].n
    parts = [f"## {spec.name}", f"{spec.asks} n = {n:,} items."]
    table = [
        {
            "model": row.manifest.model.name,
            _SCORE_NAMES[spec.main_score]: f"{row.estimates[spec.name].value:.3f}",
            **{heading: f"{row.scores[spec.name][key]:.3f}" for heading, key in spec.details},
        }
        for row in shown
    ]
    parts.append(_table(table))
    if spec.main_score == "separation":
        parts += [
            "Separation by exposure: how many of a pair's two concepts are on the training side "
            "of the split.",
            _table([_exposure_row(row, spec) for row in shown]),
        ]
    return parts


def _exposure_row(row: Row, spec: TaskSpec) -> dict[str, str]:
    scores = row.scores[spec.name]
    return {
        "model": row.manifest.model.name,
        **{
            seen: f"{scores[f'exposure_{seen}_separation']:.3f}"
            for seen in ("neither", "one", "both")
        },
    }


def _speed_tables(rows: Sequence[Row]) -> list[str]:
    by_hardware: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        if row.speed is not None:
            label = hardware_label(row.manifest.hardware)
            by_hardware.setdefault(label, []).append(_speed_row(row, row.speed))
    if not by_hardware:
        return ["Not timed yet."]
    return [f"**{label}**\n\n{_table(table)}" for label, table in sorted(by_hardware.items())]


def _speed_row(row: Row, speed: Speed) -> dict[str, str]:
    return {
        "model": row.manifest.model.name,
        "latency ms, mean ± SD": f"{speed.latency_mean_ms:.1f} ± {speed.latency_sd_ms:.1f}",
        "p50": f"{speed.latency_p50_ms:.1f}",
        "p95": f"{speed.latency_p95_ms:.1f}",
        **{
            f"texts/s, batch {size}": f"{rate:,.0f}"
            for size, rate in sorted(speed.texts_per_second.items())
        },
        f"peak memory MiB ({speed.peak_memory_kind})": f"{speed.peak_memory_mib:,.0f}",
        "load": f"{speed.load_average:.1f}",
    }


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
    }


def _data_row(spec: TaskSpec) -> dict[str, str]:
    return {
        "task": spec.name,
        "type": spec.type,
        "main score": _SCORE_NAMES[spec.main_score],
        "sources": ", ".join(spec.sources),
        "data revision": spec.revision[:12],
    }
