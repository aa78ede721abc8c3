"""The board's speed tables: one per hardware, since speed on other hardware is another quantity."""

from collections.abc import Mapping, Sequence

from cardiobench.board.rows import Row
from cardiobench.evaluation.speed import Speed
from cardiobench.foundation.machine import hardware_label
from cardiobench.foundation.markdown import escape, table
from cardiobench.plugins.architecture import Reported

_NOTE = (
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


def speed_section(rows: Sequence[Row], reported: Mapping[str, Reported]) -> list[str]:
    """Notes and tables, one per hardware.

    Args:
        rows: all rows, timed or not.
        reported: published figures by architecture name.
    """
    found = by_hardware(rows)
    if not found:
        return ["Not timed yet."]
    notes = [_NOTE]
    if any(row.manifest.model.kind == "speed-only" for row in rows):
        notes.append(_RANDOM_NOTE)
    if any(row.manifest.model.architecture in reported for row in rows if row.speed):
        notes.append(_REPORTED_NOTE)
    tables = [_table(label, timed, reported) for label, timed in sorted(found.items())]
    return [" ".join(notes), *tables]


def by_hardware(rows: Sequence[Row]) -> dict[str, list[tuple[Row, Speed]]]:
    """Timed rows and their speed by the hardware's label, in the order given."""
    found: dict[str, list[tuple[Row, Speed]]] = {}
    for row in rows:
        if row.speed is not None:
            label = hardware_label(row.manifest.hardware)
            found.setdefault(label, []).append((row, row.speed))
    return found


def _table(label: str, timed: Sequence[tuple[Row, Speed]], reported: Mapping[str, Reported]) -> str:
    cells = [_cells(row, speed) for row, speed in timed]
    figures = [reported.get(row.manifest.model.architecture) for row, _ in timed]
    if any(figures):
        for row_cells, figure in zip(cells, figures, strict=True):
            row_cells["study, A100: texts/s"] = f"{figure.texts_per_second:g}" if figure else "-"
    return f"**{escape(label)}**\n\n{table(cells)}"


def _cells(row: Row, speed: Speed) -> dict[str, str]:
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
