"""Words that terminal and pages say of items alike."""

from cardiobench.board.words import p_value, score_name
from cardiobench.inspection.comparison import Comparing, Difference
from cardiobench.inspection.items import Item, Text
from cardiobench.inspection.mistakes import Mistakes
from cardiobench_tasks.catalogue import TaskSpec

_SOLVED = {
    "auroc": "A pair's score is the share of pairs of the other kind on its right side.",
    "findings_auroc": "A query's score is the share of right and wrong findings in order.",
    "ndcg_at_10": "A query is solved if a right document is among the first ten.",
}


def what_counts(spec: TaskSpec) -> str:
    """When an item is solved."""
    said = _SOLVED.get(spec.main_score, "An item is solved if the right text is the closer one.")
    return f"{said} Unsolved: no better than chance."


def headline(found: Mistakes) -> str:
    """Who got how much wrong."""
    score, seed = found.estimate, "" if found.seed is None else f", seed {found.seed}"
    return (
        f"{found.model.name}{seed} on {found.spec.name}: {score_name(found.spec)} "
        f"{score.value:.3f} [{score.low:.3f}, {score.high:.3f}], "
        f"{len(found.unsolved)} of {found.n} items unsolved."
    )


def remarks(found: Mistakes) -> list[str]:
    """What a reader must know of this list."""
    notes = [what_counts(found.spec)]
    if not found.whole:
        notes.append("Predictions are not kept here: similarities and ranks are not shown.")
    if found.seed is not None:
        notes.append(f"The recipe has {len(found.model.rows)} seeds; name one to see that one.")
    return notes


def reading(text: Text) -> str:
    """Where a text stands and how similar it is; nothing where neither is known."""
    rank = f"rank {text.rank}" if text.rank else ""
    if text.beyond:
        rank = f"not among the first {text.beyond}"
    similarity = "" if text.similarity is None else f"similarity {text.similarity:.3f}"
    return ", ".join(part for part in (rank, similarity) if part)


def label(item: Item) -> str:
    """An item's name, area and score."""
    area = f", {item.area.replace('_', ' ')}" if item.area else ""
    return f"{item.id}{area}: score {item.score:.3f}"


def verdict(compared: Comparing, ahead: int | None) -> str:
    """Who is better, by name."""
    return "not told apart" if ahead is None else compared.models[ahead].name


def difference_cells(compared: Comparing, one: Difference) -> dict[str, str]:
    """A line of the table of tasks."""
    return {
        "task": one.spec.name,
        "n": f"{one.n:,}",
        "A": f"{one.scores[0]:.3f}",
        "B": f"{one.scores[1]:.3f}",
        "A - B": f"{one.difference:+.3f} [{one.low:+.3f}, {one.high:+.3f}]",
        "p": p_value(one.p_holm),
        "better": "-" if one.ahead is None else "AB"[one.ahead],
    }


def suite_line(compared: Comparing) -> str:
    """What the test over the whole suite says, if both models have it."""
    if compared.suite_p is None:
        return ""
    who = verdict(compared, compared.suite_ahead)
    return f"Over the whole suite: p {p_value(compared.suite_p)}, better: {who}."


NOTE = (
    "A - B with its 95% interval, paired by item. p: paired sign-flip test, Holm-corrected over "
    "the tasks shown; better: where p < 0.05. A recipe counts with its seeds."
)
