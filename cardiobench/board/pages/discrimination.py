"""The page about what each task can tell apart between the models that are there."""

from functools import partial

import numpy as np

from cardiobench.board.columns import Column, markdown
from cardiobench.board.facts import Board, TaskFacts, suite_version
from cardiobench.board.words import GENERATED
from cardiobench.statistics.comparisons import LEVEL
from cardiobench.statistics.discrimination import LEAST_MODELS, Discrimination, discrimination
from cardiobench.statistics.estimates import resolvable

LEAST_INFORMATIVE = 0.1
_NOTE = (
    "Over the lines with a place that hold the same items; baselines count nowhere here. "
    "Item-total: mean over items of the correlation, over models, of an item with the mean of all "
    f"others ({LEAST_MODELS} models or more; noisy with few, and models of one base agree more "
    "than others would). Right: a credit of one half or more, which is a query's score, or for a "
    "pair the share of pairs of the other kind on its right side. Informative: some models right, "
    "others not. Resolves: the smallest difference between two models that the task finds with 80% "
    "power, median over their pairs. Told apart: pairs whose difference is real (Holm, 5%)."
)


def discrimination_page(board: Board) -> str:
    """A line for each task, and a warning where few items are informative."""
    shown = [facts for facts in board.tasks if facts.tested]
    of_task = {facts.spec.name: _discrimination(facts) for facts in shown}
    sections = ["# Discrimination", GENERATED]
    if shown:
        sections += [
            f"{_NOTE} {suite_version()}.",
            markdown(_columns(of_task), shown),
            *_warnings(of_task),
        ]
    else:
        sections.append("No model yet.")
    return "\n\n".join([*sections, "[Back to the board](README.md)"]) + "\n"


def _discrimination(facts: TaskFacts) -> Discrimination:
    return discrimination(
        [[row.items[facts.spec.name] for row in line.rows] for line in facts.tested]
    )


def _columns(of_task: dict[str, Discrimination]) -> list[Column[TaskFacts]]:
    def share(facts: TaskFacts, name: str) -> float | None:
        measured = of_task[facts.spec.name]
        return float(getattr(measured, name)) if measured.models > 1 else None

    return [
        Column(key="task", value=lambda facts: facts.spec.name),
        Column(key="n", value=lambda facts: facts.n, form="{:,}".format),
        Column(key="models", value=lambda facts: len(facts.tested)),
        Column(
            key="item_total",
            heading="item-total",
            value=lambda facts: of_task[facts.spec.name].item_total,
            form="{:z.2f}".format,
        ),
        *(
            Column(key=key, heading=heading, value=partial(share, name=key), form="{:z.1%}".format)
            for key, heading in (
                ("all_right", "all right"),
                ("none_right", "none right"),
                ("informative", "informative"),
            )
        ),
        Column(key="resolves", value=_resolves, form="{:.3f}".format),
        Column(key="told_apart", heading="told apart", value=_told_apart),
    ]


def _resolves(facts: TaskFacts) -> float | None:
    if facts.pairs is None:
        return None
    upper = np.triu_indices(len(facts.tested), 1)
    return resolvable(float(np.median(facts.pairs.standard_error[upper])))


def _told_apart(facts: TaskFacts) -> str | None:
    if facts.pairs is None:
        return None
    p = facts.pairs.p_holm[np.triu_indices(len(facts.tested), 1)]
    return f"{(p < LEVEL).sum()} of {len(p)}"


def _warnings(of_task: dict[str, Discrimination]) -> list[str]:
    few = [
        name
        for name, measured in of_task.items()
        if measured.models >= LEAST_MODELS and measured.informative < LEAST_INFORMATIVE
    ]
    if not few:
        return [f"Less than {LEAST_INFORMATIVE:.0%} of the items are informative in no task."]
    names = ", ".join(few)
    return [
        f"**Warning**: less than {LEAST_INFORMATIVE:.0%} of the items are informative in {names}. "
        "Such a task is mended or leaves the suite."
    ]
