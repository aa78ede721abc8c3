"""The study's own figures, kept apart from the board's."""

from cardiobench.board.study.facts import (
    SOURCE,
    USEFUL_SEPARATION,
    ReportedModel,
    reported_models,
    tier,
)
from cardiobench.board.words import GENERATED, p_value
from cardiobench.foundation.markdown import table
from cardiobench.statistics.correlation import correlate
from cardiobench.statistics.pareto import pareto_front


def reported_page() -> str:
    """Reported figures of the study's ten models, and what recomputes from them."""
    models = reported_models()
    sections = [
        "# Reported by the study, not comparable",
        GENERATED,
        f"From {SOURCE}: **reported on the authors' own 50-pair sets, not comparable** with this "
        "board, whose data, pairs and hardware are others. Separation, texts/s: higher is better; "
        "memory: lower. n = 50 pairs a side; the data were not published, so they have no version.",
        reported_table(models),
        "Recomputed from this table:",
        "\n".join(f"- {line}" for line in recomputed(models)),
        "[Back to the board](README.md)",
    ]
    return "\n\n".join(sections) + "\n"


def reported_table(models: list[ReportedModel]) -> str:
    """One line a model."""
    front = {models[k].name for k in _front(models)}
    return table(
        [
            {
                "model": model.name,
                "base": model.base,
                "params (M)": f"{model.parameters / 1e6:,.0f}",
                "dim": str(model.embedding_dim),
                "zero-shot": f"{model.zero_shot_separation:.3f}",
                "adapted ↑": f"{model.separation:.3f}",
                "gain": f"{model.gain:+.3f}",
                "tier": tier(model.separation),
                "texts/s ↑": f"{model.texts_per_second:g}",
                "memory GB ↓": f"{model.memory_gb:g}",
                "texts/s for each GB ↑": f"{model.texts_per_second / model.memory_gb:,.1f}",
                "front": "yes" if model.name in front else "no",
                "licence": model.licence,
            }
            for model in models
        ],
        right=("params (M)", "dim"),
    )


def recomputed(models: list[ReportedModel]) -> list[str]:
    """What our statistics make of the reported figures, one line each."""
    scores = [model.separation for model in models]
    lines = []
    for name, sizes in (
        ("dimension", [float(model.embedding_dim) for model in models]),
        ("parameters", [model.parameters for model in models]),
    ):
        correlation = correlate(scores, sizes)
        if correlation is not None:
            lines.append(
                f"separation against {name}: Pearson r = {correlation.pearson:.3f}, "
                f"p = {p_value(correlation.pearson_p)}; Spearman rho = {correlation.spearman:.3f}, "
                f"p = {p_value(correlation.spearman_p)}; n = {correlation.n}"
            )
    useful = sum(score > USEFUL_SEPARATION for score in scores)
    largest = max(models, key=lambda model: model.gain)
    falling = [f"{model.name} ({model.gain:+.3f})" for model in models if model.gain < 0]
    front = ", ".join(models[k].name for k in _front(models))
    return [
        *lines,
        f"Pareto front of separation and throughput: {front}",
        f"{useful} of {len(models)} are above {USEFUL_SEPARATION} (the study says eight)",
        f"largest gain: {largest.name} ({largest.gain:+.3f}); falling: {', '.join(falling)}",
    ]


def _front(models: list[ReportedModel]) -> list[int]:
    return pareto_front([(model.separation, model.texts_per_second) for model in models])
