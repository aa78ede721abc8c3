"""The page about cost: speed per hardware, efficiency, and how scores go with size and speed."""

from collections.abc import Mapping, Sequence

from cardiobench.board.facts import Board, suite_version
from cardiobench.board.rows import PUBLISHED, Row, RowKey
from cardiobench.board.separation import TASK
from cardiobench.board.words import GENERATED, p_value, score_name, show_figure
from cardiobench.evaluation.speed import Speed
from cardiobench.foundation.machine import hardware_label
from cardiobench.foundation.markdown import escape, table
from cardiobench.plugins.architecture import Reported
from cardiobench.statistics.correlation import Correlation, correlate
from cardiobench.statistics.pareto import pareto_front

_FIGURES = (
    "separation-throughput",
    "memory-parameters",
    "dimension-cost",
    "radar",
    "pareto",
    "throughput-per-gb",
)
_SPEED_NOTE = (
    "One text at a time (100 rounds after 10 warm-up rounds) and in batches, over cardiology "
    "definitions, loading left out, by pytest-benchmark. Compare within one table only: speed "
    "on other hardware is another quantity. Latency and memory: lower is better; texts/s: higher."
)
_RANDOM_NOTE = (
    "Rows named `random-weights/` are models of the published class and size with random weights "
    "(`cardiobench speed --random-weights`): as fast as the published ones, without scores."
)
_REPORTED_NOTE = (
    "The last column is what the [study](https://arxiv.org/abs/2511.19739) reports on an A100 80GB."
)
_VARIANT_NOTE = (
    "Change of cosine: largest and mean over all pairs of the texts that are timed. Change of "
    "score: the largest over the tasks that both have. Speed as a ratio, on the same hardware only."
)
_EFFICIENCY_NOTE = (
    "Texts a second for each GB (10^9 bytes) of peak memory, higher is better; memory of a process "
    "and of a GPU are different things, so compare within one table. Adapter: its float32 weights. "
    "Front: no other model of the table beats it in both score on CardioSeparation and throughput."
)
_CORRELATION_NOTE = (
    "Over zero-shot models, each base once: rows adapted from one base are no further evidence. "
    "Pearson's r and Spearman's rho, two-sided p, not corrected. Throughput on the hardware with "
    "most rows."
)


def speed_page(board: Board, reported: Mapping[str, Reported]) -> str:
    """Speed tables, efficiency, correlations and figures 2 to 8."""
    timed = [*board.timed, *board.data.timings]
    sections = ["# Speed and cost", GENERATED, *_speed_section(timed, reported)]
    sections += ["## Efficiency", *_efficiency(timed)]
    sections += variant_section(board)
    if board.rows:
        sections += ["## Scores against size, dimension and speed", *_correlations(board)]
        sections += ["## Figures", f"On CardioSeparation; one hardware only. {suite_version()}."]
        sections += [part for name in _FIGURES for part in show_figure(board.figures.get(name))]
    return "\n\n".join([*sections, "[Back to the board](README.md)"]) + "\n"


def _speed_section(rows: Sequence[Row], reported: Mapping[str, Reported]) -> list[str]:
    """Notes and tables, one per hardware.

    Args:
        rows: all rows, timed or not.
        reported: published figures by architecture name.
    """
    timed_by_hardware = _by_hardware(rows)
    if not timed_by_hardware:
        return ["Not timed yet."]
    notes = [_SPEED_NOTE]
    if any(row.manifest.model.kind == "speed-only" for row in rows):
        notes.append(_RANDOM_NOTE)
    if any(row.manifest.model.architecture in reported for row in rows if row.speed):
        notes.append(_REPORTED_NOTE)
    tables = [
        _speed_table(label, timed, reported) for label, timed in sorted(timed_by_hardware.items())
    ]
    return [" ".join(notes), *tables]


def _by_hardware(rows: Sequence[Row]) -> dict[str, list[tuple[Row, Speed]]]:
    """Timed rows and their speed by the hardware's label, in the order given."""
    timed: dict[str, list[tuple[Row, Speed]]] = {}
    for row in rows:
        if row.speed is not None:
            label = hardware_label(row.manifest.hardware)
            timed.setdefault(label, []).append((row, row.speed))
    return timed


def _speed_table(
    label: str, timed: Sequence[tuple[Row, Speed]], reported: Mapping[str, Reported]
) -> str:
    cells = [_speed_cells(row, speed) for row, speed in timed]
    figures = [reported.get(row.manifest.model.architecture) for row, _ in timed]
    if any(figures):
        for row_cells, figure in zip(cells, figures, strict=True):
            row_cells["study, A100: texts/s"] = f"{figure.texts_per_second:g}" if figure else "-"
    return f"**{escape(label)}**\n\n{table(cells)}"


def _speed_cells(row: Row, speed: Speed) -> dict[str, str]:
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


def _efficiency(rows: Sequence[Row]) -> list[str]:
    parts = []
    for label, timed in sorted(_by_hardware(rows).items()):
        scored = [k for k, (row, _) in enumerate(timed) if TASK in row.estimates]
        points = [
            (timed[k][0].estimates[TASK].value, timed[k][1].best_texts_per_second) for k in scored
        ]
        front = {scored[k] for k in pareto_front(points)}
        cells = [_efficiency_cells(row, speed, k in front) for k, (row, speed) in enumerate(timed)]
        parts += [f"**{escape(label)}**", table(cells)]
    return [_EFFICIENCY_NOTE, *parts] if parts else ["Not timed yet."]


def _efficiency_cells(row: Row, speed: Speed, on_front: bool) -> dict[str, str]:
    model, training = row.manifest.model, row.manifest.training
    memory_gb = speed.peak_memory_mib * 2**20 / 1e9
    trainable = training.trainable_parameters if training else 0
    return {
        "model": model.name,
        "texts/s for each GB ↑": f"{speed.best_texts_per_second / memory_gb:,.1f}",
        "memory GB ↓": f"{memory_gb:.2f}",
        "adapter MB ↓": f"{trainable * 4 / 1e6:.2f}" if trainable else "-",
        "trainable share": f"{trainable / model.parameters:.2%}"
        if trainable and model.parameters
        else "-",
        "front": "yes" if on_front else "no" if TASK in row.estimates else "-",
    }


def variant_section(board: Board) -> list[str]:
    """What each variant changes; nothing if there is none."""
    cells = [_variant_cells(row, _reference(board, row)) for row in board.timed if row.deviation]
    return ["## Number formats and backends", _VARIANT_NOTE, table(cells)] if cells else []


def _reference(board: Board, variant: Row) -> Row | None:
    """The row that a variant was compared with, from the same place if it is there."""
    name = variant.deviation.reference if variant.deviation else ""
    rows = {row.origin: row for row in board.rows if row.manifest.model.name == name}
    return rows.get(variant.origin) or rows.get(PUBLISHED)


def _variant_cells(row: Row, reference: Row | None) -> dict[str, str]:
    deviation = row.deviation
    assert deviation is not None  # noqa: S101 -- the caller's condition
    return {
        "model": row.manifest.model.name,
        "against": deviation.reference,
        "change of cosine, largest": f"{deviation.largest:.1e}",
        "mean": f"{deviation.mean:.1e}",
        "change of score, largest": _score_change(row, reference) if reference else "-",
        "texts/s, ratio": _speed_ratio(row, reference) if reference else "-",
    }


def _score_change(row: Row, reference: Row) -> str:
    changes = {
        name: row.estimates[name].value - reference.estimates[name].value
        for name in row.estimates
        if name in reference.estimates
    }
    if not changes:
        return "-"
    worst = max(changes, key=lambda name: (abs(changes[name]), name))
    return f"{changes[worst]:+z.4f} ({worst})"


def _speed_ratio(row: Row, reference: Row) -> str:
    same = hardware_label(row.manifest.hardware) == hardware_label(reference.manifest.hardware)
    if row.speed is None or reference.speed is None or not same:
        return "-"
    return f"{row.speed.best_texts_per_second / reference.speed.best_texts_per_second:.2f}"


def _correlations(board: Board) -> list[str]:
    fastest: list[tuple[Row, Speed]] = max(_by_hardware(board.rows).values(), key=len, default=[])
    rates = {row.key: speed.best_texts_per_second for row, speed in fastest}
    cells = []
    for facts in board.suite:
        models = [line for line in facts.competitors if not line.is_trained]
        scores = {line.key: line.estimates[facts.spec.name].value for line in models}
        axes: dict[str, dict[RowKey, float]] = {
            "parameters": {line.key: line.manifest.model.parameters for line in models},
            "dimension": {line.key: line.manifest.model.embedding_dim for line in models},
            "texts/s": {key: rates[key] for key in scores if key in rates},
        }
        for name, sizes in axes.items():
            correlation = correlate([scores[key] for key in sizes], list(sizes.values()))
            if correlation is not None:
                label = f"{facts.spec.name} ({score_name(facts.spec)})"
                cells.append({"score": label, "against": name, **_correlation_cells(correlation)})
    if not cells:
        return ["Fewer than four models, or all of one size: no correlation yet."]
    return [f"{_CORRELATION_NOTE} {suite_version()}.", table(cells)]


def _correlation_cells(correlation: Correlation) -> dict[str, str]:
    return {
        "models": str(correlation.n),
        "r": f"{correlation.pearson:+.3f}",
        "p of r": p_value(correlation.pearson_p),
        "rho": f"{correlation.spearman:+.3f}",
        "p of rho": p_value(correlation.spearman_p),
    }
