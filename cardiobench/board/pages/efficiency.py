"""The page about cost: speed per hardware, efficiency, and how scores go with size and speed."""

from collections.abc import Mapping, Sequence

from cardiobench.board.facts import Board, suite_version
from cardiobench.board.figures.subject import TASK
from cardiobench.board.pages.speed import by_hardware, speed_section
from cardiobench.board.pages.variants import variant_section
from cardiobench.board.rows import Row
from cardiobench.board.words import GENERATED, p_value, score_name, show_figure
from cardiobench.evaluation.speed import Speed
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
_EFFICIENCY_NOTE = (
    "Texts a second for each GB (10^9 bytes) of peak memory, higher is better; memory of a process "
    "and of a GPU are different things, so compare within one table. Adapter: its float32 weights. "
    "Front: no other model of the table beats it in both separation and throughput."
)
_CORRELATION_NOTE = (
    "Over the scored models that are no baselines; a model's adapted and zero-shot rows are not "
    "independent, so read p-values with care. Pearson's r and Spearman's rho, two-sided p, not "
    "corrected. Throughput on the hardware with most rows."
)


def speed_page(board: Board, reported: Mapping[str, Reported]) -> str:
    """Speed tables, efficiency, correlations and figures 2 to 8."""
    sections = ["# Speed and cost", GENERATED, *speed_section(board.timed, reported)]
    sections += ["## Efficiency", *_efficiency(board.timed)]
    sections += variant_section(board)
    if board.rows:
        sections += ["## Scores against size, dimension and speed", *_correlations(board)]
        sections += ["## Figures", f"On CardioSeparation; one hardware only. {suite_version()}."]
        sections += [part for name in _FIGURES for part in show_figure(board.figures.get(name))]
    return "\n\n".join([*sections, "[Back to the board](README.md)"]) + "\n"


def _efficiency(rows: Sequence[Row]) -> list[str]:
    parts = []
    for label, timed in sorted(by_hardware(rows).items()):
        scored = [k for k, (row, _) in enumerate(timed) if TASK in row.estimates]
        points = [
            (timed[k][0].estimates[TASK].value, timed[k][1].best_texts_per_second) for k in scored
        ]
        front = {scored[k] for k in pareto_front(points)}
        cells = [_cells(row, speed, k in front) for k, (row, speed) in enumerate(timed)]
        parts += [f"**{escape(label)}**", table(cells)]
    return [_EFFICIENCY_NOTE, *parts] if parts else ["Not timed yet."]


def _cells(row: Row, speed: Speed, on_front: bool) -> dict[str, str]:
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


def _correlations(board: Board) -> list[str]:
    fastest: list[tuple[Row, Speed]] = max(by_hardware(board.rows).values(), key=len, default=[])
    rates = {row.key: speed.best_texts_per_second for row, speed in fastest}
    cells = []
    for facts in board.suite:
        models = [row for row in facts.rows if row.manifest.model.kind != "baseline"]
        scores = {row.key: row.estimates[facts.spec.name].value for row in models}
        axes: dict[str, dict[tuple[str, str, str], float]] = {
            "parameters": {row.key: row.manifest.model.parameters for row in models},
            "dimension": {row.key: row.manifest.model.embedding_dim for row in models},
            "texts/s": {key: rates[key] for key in scores if key in rates},
        }
        for name, sizes in axes.items():
            found = correlate([scores[key] for key in sizes], list(sizes.values()))
            if found is not None:
                label = f"{facts.spec.name} ({score_name(facts.spec)})"
                cells.append({"score": label, "against": name, **_correlation_cells(found)})
    if not cells:
        return ["Fewer than four models, or all of one size: no correlation yet."]
    return [f"{_CORRELATION_NOTE} {suite_version()}.", table(cells)]


def _correlation_cells(found: Correlation) -> dict[str, str]:
    return {
        "models": str(found.n),
        "r": f"{found.pearson:+.3f}",
        "p of r": p_value(found.pearson_p),
        "rho": f"{found.spearman:+.3f}",
        "p of rho": p_value(found.spearman_p),
    }
