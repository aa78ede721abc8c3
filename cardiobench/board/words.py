"""Words and cells that several pages of the board share."""

import re

from cardiobench.board.chance import chance_of
from cardiobench.board.facts import TaskFacts
from cardiobench.board.figures.catalogue import Drawn
from cardiobench.foundation.markdown import Markup, escape
from cardiobench.statistics.estimates import Estimate
from cardiobench_tasks.catalogue import SUITE, SUITE_NAME, TaskSpec

NO_TASKS = "No results on this version's data yet. Type: cardiobench run"
GENERATED = "This file is generated: `cardiobench leaderboard build`."

_SCORE_NAMES = {
    "auroc": "AUROC",
    "findings_auroc": "AUROC of findings",
    "mirror_accuracy": "mirror accuracy",
    "ndcg_at_10": "nDCG@10",
    "triplet_accuracy": "triplet accuracy",
}


def score_name(spec: TaskSpec) -> str:
    """How the board calls a task's main score."""
    return _SCORE_NAMES.get(spec.main_score, spec.main_score)


def suite_label(spec: TaskSpec) -> str:
    """What a task counts in."""
    return SUITE_NAME if spec in SUITE else spec.provider if spec.from_plugin else "hard"


def caption(facts: TaskFacts) -> str:
    """Score, direction, number of items and data version of a task's tables."""
    spec = facts.spec
    return (
        f"Score: {score_name(spec)}, higher is better, chance {chance_of(spec):.3f}. "
        f"n = {facts.n:,} items. "
        f"Data: `{spec.revision[:12]}`."
    )


def interval(estimate: Estimate | None, signed: bool = False) -> str:
    """A value and its 95% interval, for a table."""
    if estimate is None:
        return "-"
    sign = "+" if signed else ""
    return Markup(
        f"{estimate.value:{sign}z.3f} [{estimate.low:{sign}z.3f}, {estimate.high:{sign}z.3f}]"
    )


def p_value(p: float) -> str:
    """Three digits, or that it is less than they show."""
    return "<0.001" if p < 0.001 else f"{p:.3f}"


def page_name(name: str) -> str:
    """A file name for a task or an area, of letters that need no quoting in a link."""
    return re.sub(r"[^A-Za-z0-9.-]", "_", name).lstrip(".") or "_"


def show_figure(drawn: Drawn | None) -> list[str]:
    """A figure in Markdown, or the line that says why it is missing; nothing if there are none."""
    if drawn is None:
        return []
    number = f"Figure {drawn.number} of the study. " if drawn.number else ""
    if not drawn.svg:
        return [f"*{number}{escape(drawn.title)}: left out, since {drawn.lacking}.*"]
    return [
        f"![{escape(drawn.title)}](figures/{drawn.name}.svg)",
        f"*{number}{escape(drawn.title)}.*",
    ]
