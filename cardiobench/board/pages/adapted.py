"""The pages about adaptation: against zero-shot, over seeds, and what it changes elsewhere."""

from collections.abc import Sequence
from statistics import fmean

from cardiobench.board.chance import chance_of
from cardiobench.board.competitors import Competitor
from cardiobench.board.facts import Board, TaskFacts, suite_version
from cardiobench.board.rows import Row
from cardiobench.board.seeds import same_but_seed, seed_spreads
from cardiobench.board.shared_columns import KIND, name_columns
from cardiobench.board.words import GENERATED, interval, score_name, show_figure
from cardiobench.evaluation.medical import MTEB_MEDICAL
from cardiobench.foundation.markdown import escape, table

_GAIN_NOTE = (
    "Gains are paired by item; an interval that holds 0 shows no gain. Retention: the score "
    "above chance, adapted over zero-shot. Resolves: the smallest difference between two such "
    "models that the task finds with 80% power. Higher is better for every score."
)
_SEED_NOTE = (
    "Rows that differ only in the training seed. Seed SD: spread of the scores over the seeds. "
    "Item error: standard error from the choice of items; the intervals of gains hold this "
    "one alone, those of the board's lines both. Higher is better."
)
_TRANSFER_NOTE = (
    "Scores in specialties that no pair was made for. Retention: the score above chance, adapted "
    "over zero-shot; below 1 adaptation did harm there. Higher is better."
)
_MEDICAL_NOTE = (
    "Main score of MTEB's own medical tasks, English (`cardiobench run --mteb-medical`): they "
    "count in no mean or rank above. Where an adapted model falls below its base, adaptation made "
    "it forget."
)


def adapted_page(board: Board) -> str:
    """Zero-shot against adapted, figures 9 to 13, and the spread over seeds."""
    names = ("zero-shot-adapted", "gain", "relative-gain", "before-after", "ablation")
    sections = [
        "# Adapted against zero-shot",
        GENERATED,
        *_gain_tables(board),
        "## Figures",
        f"Separation on CardioSeparation, higher is better. {suite_version()}.",
        *[part for name in names for part in show_figure(board.figures.get(name))],
        "## Seeds",
        *_seed_tables(board.rows),
        "[Back to the board](README.md)",
    ]
    return "\n\n".join(sections) + "\n"


def transfer_page(board: Board) -> str:
    """Other specialties, and mteb's medical tasks."""
    transfer = [facts for facts in board.tasks if facts.spec.group == "transfer"]
    sections = ["# Transfer", GENERATED, "## Other specialties"]
    if transfer:
        counts = "; ".join(
            f"{_short(f)} n = {f.n:,}, data `{f.spec.revision[:12]}`" for f in transfer
        )
        sections += [
            f"{_TRANSFER_NOTE} {counts}.",
            table([_transfer_cells(board, transfer, competitor) for competitor in board.shown]),
        ]
    else:
        sections.append("No results yet.")
    sections += [*_medical_section(board.rows), "[Back to the board](README.md)"]
    return "\n\n".join(sections) + "\n"


def _short(facts: TaskFacts) -> str:
    return facts.spec.name.removesuffix("Separation")


def _transfer_cells(
    board: Board, tasks: Sequence[TaskFacts], competitor: Competitor
) -> dict[str, str]:
    columns = [*name_columns(board), KIND]
    line = {column.title: column.text(competitor) for column in columns}
    for facts in tasks:
        name = facts.spec.name
        estimate = competitor.estimates.get(name)
        gains = [row.gains[name].value for row in competitor.rows if name in row.gains]
        line[f"{_short(facts)} ↑"] = interval(estimate)
        line[f"{_short(facts)} retention"] = (
            _retention(facts, estimate.value, fmean(gains)) if estimate and gains else "-"
        )
    return line


def _retention(facts: TaskFacts, after: float, gain: float) -> str:
    """What stands above chance after adaptation, over what stood there before."""
    chance = chance_of(facts.spec)
    before = after - gain - chance
    return f"{(after - chance) / before:.2f}" if before > 0 else "-"


def _gain_tables(board: Board) -> list[str]:
    """Each adapted row against the zero-shot row of its base, task by task, paired by item."""
    parts = []
    for row in board.rows:
        shown = [facts for facts in board.tasks if facts.spec.name in row.gains]
        if shown:
            model = row.manifest.model
            parts += [
                f"**{escape(model.name)}** against {escape(model.adapted_from or '')}:",
                table([_gain_cells(facts, row) for facts in shown]),
            ]
    return [_GAIN_NOTE, *parts] if parts else ["No adapted model yet."]


def _gain_cells(facts: TaskFacts, row: Row) -> dict[str, str]:
    spec = facts.spec
    gain, after = row.gains[spec.name], row.estimates[spec.name].value
    before = after - gain.value
    return {
        "task": spec.name,
        "score": score_name(spec),
        "n": f"{facts.n:,}",
        "data": spec.revision[:12],
        "zero-shot": f"{before:.3f}",
        "adapted": f"{after:.3f}",
        "gain": interval(gain, signed=True),
        "retention": _retention(facts, after, gain.value),
        "resolves": f"{gain.resolvable:.3f}",
    }


def _seed_tables(rows: Sequence[Row]) -> list[str]:
    parts = []
    for group in same_but_seed(rows):
        spreads = seed_spreads(group)
        if not spreads:
            continue
        training = group[0].manifest.training
        recipe = str(training.recipe.get("name", "")) if training else ""
        seeds = ", ".join(str(r.manifest.training.seed) for r in group if r.manifest.training)
        architecture = group[0].manifest.model.architecture
        parts += [
            f"**{escape(architecture)}**, recipe {escape(recipe)}, seeds {seeds}:",
            table(
                [
                    {
                        "task": spread.task,
                        "mean": f"{spread.mean:.3f}",
                        "seed SD": f"{spread.seed_sd:.4f}",
                        "item error": f"{spread.item_error:.4f}",
                    }
                    for spread in spreads
                ]
            ),
        ]
    if not parts:
        return ["No two rows differ only in their seed yet."]
    return [f"{_SEED_NOTE} {suite_version()}.", *parts]


def _medical_section(rows: Sequence[Row]) -> list[str]:
    """Heading, note, table and what was skipped; nothing where no row tried these tasks."""
    shown = [row for row in rows if row.medical]
    if not shown:
        return []
    cells = [
        {
            "model": row.manifest.model.name,
            **{f"{name} ↑": _medical_score(row.medical.get(name)) for name in MTEB_MEDICAL},
        }
        for row in shown
    ]
    reasons = {
        (name, outcome)
        for row in shown
        for name, outcome in row.medical.items()
        if isinstance(outcome, str)
    }
    skipped = [f"- {name} was skipped: {reason}." for name, reason in sorted(reasons)]
    parts = ["## MTEB's medical tasks", _MEDICAL_NOTE, table(cells), "\n".join(skipped)]
    return [part for part in parts if part]


def _medical_score(outcome: float | str | None) -> str:
    if outcome is None:
        return "-"
    return "skipped" if isinstance(outcome, str) else f"{outcome:.3f}"
