"""What one model gets wrong on one task: the worst items first, and by area."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from cardiobench.errors import UnknownNameError
from cardiobench.inspection.items import Item, items_of, tables_of
from cardiobench.inspection.model import Model
from cardiobench.statistics.estimates import Estimate, estimate
from cardiobench_tasks.catalogue import TaskSpec


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """The items of one area of cardiology.

    Attributes:
        name: of the area; empty for items without one.
        n: number of its items.
        unsolved: of these, no better than chance.
        score: mean score of its items.
    """

    name: str
    n: int
    unsolved: int
    score: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistakes:
    """One model on one task.

    Attributes:
        model: who.
        spec: the task.
        estimate: the main score with its interval.
        n: items of the task, or of the area that was asked for.
        unsolved: those no better than chance, worst first.
        areas: with most unsolved items first; none if the task knows no areas.
        seed: of a recipe's seeds, the one that is shown; None for a single model.
        whole: whether the predictions are there, so that similarities and ranks are known.
    """

    model: Model
    spec: TaskSpec
    estimate: Estimate
    n: int
    unsolved: Sequence[Item]
    areas: Sequence[Area]
    seed: int | None
    whole: bool


def mistakes(model: Model, spec: TaskSpec, area: str | None = None) -> Mistakes:
    """What a model gets wrong; of a recipe, what its first seed does.

    Raises:
        UnknownNameError: there are no results on the task, or no such area in it.
    """
    items = model.items(spec.name)[0]
    every = items_of(spec, tables_of(spec), model.entries[0], items)
    areas = _areas(every)
    names = [one.name for one in areas if one.name]
    if area is not None and area not in names:
        raise UnknownNameError(f"area of {spec.name}", area, names)
    chosen = [one for one in every if area is None or one.area == area]
    training = model.rows[0].manifest.training if model.is_recipe else None
    return Mistakes(
        model=model,
        spec=spec,
        estimate=estimate(items),
        n=len(chosen),
        unsolved=sorted((i for i in chosen if not i.solved), key=lambda i: (i.margin, i.id)),
        areas=areas if names else [],
        seed=training.seed if training else None,
        whole=model.entries[0].predictions_path(spec.name).is_file(),
    )


def _areas(items: Sequence[Item]) -> list[Area]:
    groups: dict[str, list[Item]] = defaultdict(list)
    for item in items:
        groups[item.area].append(item)
    areas = [
        Area(
            name=name,
            n=len(group),
            unsolved=sum(not item.solved for item in group),
            score=fmean(item.score for item in group),
        )
        for name, group in groups.items()
    ]
    return sorted(areas, key=lambda area: (-area.unsolved / area.n, area.name))
