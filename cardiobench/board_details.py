"""The board's second page: every task by area, source, kind and style."""

import re
from collections.abc import Sequence

from cardiobench.leaderboard import Row
from cardiobench.markdown import table
from cardiobench_tasks.catalogue import TaskSpec

_SCORE_NAMES = {
    "separation": "separation",
    "ndcg_at_10": "nDCG@10",
    "triplet_accuracy": "triplet accuracy",
}


def score_name(spec: TaskSpec) -> str:
    """How the board calls a task's main score."""
    return _SCORE_NAMES.get(spec.main_score, spec.main_score)


def detail_page(rows: Sequence[Row], tasks: Sequence[TaskSpec]) -> str:
    """Every stratum of every task: strata down, models across."""
    sections = [
        "# CardioBench leaderboard: details",
        "Main score within each stratum; small strata are noisy. This file is generated.",
    ]
    for spec in tasks:
        shown = [row for row in rows if spec.name in row.scores]
        if not spec.strata or not shown:
            continue
        keys = {
            match[1]: key
            for row in shown
            for key in row.scores[spec.name]
            if (match := re.fullmatch(spec.strata, key))
        }
        cells = [
            {
                "stratum": label,
                **{
                    f"{row.manifest.model.name} ({number})": f"{row.scores[spec.name][key]:.3f}"
                    for number, row in enumerate(shown, start=1)
                },
            }
            for label, key in sorted(keys.items())
        ]
        sections += [f"## {spec.name} ({score_name(spec)})", table(cells)]
    return "\n\n".join(sections) + "\n"
