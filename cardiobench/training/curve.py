"""Loss, learning rate and validation over the steps: points of the trainer's log, and a figure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.foundation.files import whole_file, write_json

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SCHEMA_VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CurvePoint:
    """What is known after some steps.

    Attributes:
        step: optimiser steps done, at least 1.
        epoch: passes over the pairs done.
        loss: mean training loss since the point before.
        learning_rate: of the last step.
        validation_loss: loss on the validation pairs; comparable within one loss only.
        validation_score: nDCG@10 of finding each validation anchor's positives, in [0, 1].
    """

    step: int
    epoch: float
    loss: float | None = None
    learning_rate: float | None = None
    validation_loss: float | None = None
    validation_score: float | None = None


def curve_points(log: Iterable[Mapping[str, Any]], score: str) -> tuple[CurvePoint, ...]:
    """The points of a trainer's log, by step.

    Args:
        log: ``TrainerState.log_history``; checkpoints carry it over a kill.
        score: key of the validation score in it.
    """
    names = {
        "loss": "loss",
        "learning_rate": "learning_rate",
        "eval_loss": "validation_loss",
        score: "validation_score",
    }
    points: dict[int, dict[str, Any]] = {}
    for row in log:
        known = {names[key]: float(row[key]) for key in names if key in row}
        if known:
            point = points.setdefault(row["step"], {"step": row["step"], "epoch": row["epoch"]})
            point.update(known)
    return tuple(CurvePoint(**point) for _, point in sorted(points.items()))


def mean_loss(points: Sequence[CurvePoint]) -> float:
    """Mean training loss over all steps; 0 if there is none."""
    total, before = 0.0, 0
    for point in points:
        if point.loss is not None:
            total += point.loss * (point.step - before)
            before = point.step
    return total / before if before else 0.0


def write_curve(points: Sequence[CurvePoint], json_path: Path, svg_path: Path) -> None:
    """Write the points and their figure; same points, same bytes."""
    rows = [{k: v for k, v in asdict(point).items() if v is not None} for point in points]
    write_json(json_path, {"schema_version": SCHEMA_VERSION, "points": rows})
    _draw(points, svg_path)


def _draw(points: Sequence[CurvePoint], path: Path) -> None:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    validated = any(point.validation_score is not None for point in points)
    with mpl.rc_context({"svg.hashsalt": "cardiobench", "font.family": "DejaVu Sans"}):
        figure = Figure(figsize=(7, 4.5 if validated else 3), layout="constrained")
        axes = figure.subplots(2 if validated else 1, 1, sharex=True, squeeze=False)[:, 0]
        _line(axes[0], points, "loss", "training")
        if validated:
            _line(axes[0], points, "validation_loss", "validation")
            axes[0].legend(frameon=False)
            _line(axes[1], points, "validation_score", "validation")
            axes[1].set_ylabel("nDCG@10")
        axes[0].set_ylabel("loss")
        axes[-1].set_xlabel("optimiser steps")
        with whole_file(path) as unfinished:
            figure.savefig(unfinished, format="svg", metadata={"Date": None})


def _line(axes: "Axes", points: Sequence[CurvePoint], field: str, label: str) -> None:
    values = [(p.step, getattr(p, field)) for p in points if getattr(p, field) is not None]
    marker = "o" if label == "validation" else ""
    axes.plot(*zip(*values, strict=True), label=label, marker=marker, markersize=3, linewidth=1)
