"""The page about the audit: for each task its claim, its floor and every shortcut."""

from collections.abc import Sequence

from cardiobench.audit.claims import AUROC_TOLERANCE, TOLERANCE, breaches, tolerance
from cardiobench.audit.report import ShortcutScore, TaskAudit
from cardiobench.foundation.markdown import escape, table

COMMAND = "cardiobench audit --page"

_INTRODUCTION = f"""\
# The audit: what each task gives to those who know no medicine

Made by `{COMMAND}`. Shortcuts look at words, characters, length or one text alone; classifiers
are asked only about concepts that they have not seen. The best of them on a task is its *floor*:
the line that a model must pass. A task that claims *lexical control* claims more: no shortcut
scores more than {TOLERANCE:.2f} (accuracy) or {AUROC_TOLERANCE:.2f} (AUROC) above chance. How it is
done: `docs/audit.md`."""


def audit_page(audits: Sequence[TaskAudit]) -> str:
    """The page in Markdown, tasks in the order given."""
    sections = [_INTRODUCTION, table([_summary(audit) for audit in audits])]
    for audit in audits:
        sections += [f"## {escape(audit.task)}", _sentence(audit), table(_cells(audit))]
    sections.append("[Back to the board](README.md)")
    return "\n\n".join(sections) + "\n"


def verdict(audit: TaskAudit, shortcut: ShortcutScore) -> str:
    """What a shortcut's score means for the task; empty where it means nothing."""
    if shortcut in breaches(audit):
        return "breaks the claim"
    if shortcut == audit.floor:
        return "floor"
    return "ok" if audit.lexical_control else ""


def claim_verdict(audit: TaskAudit) -> str:
    """Whether the task's claim holds."""
    if not audit.lexical_control:
        return "no claim"
    return "broken" if breaches(audit) else "holds"


def _summary(audit: TaskAudit) -> dict[str, str]:
    return {
        "task": audit.task,
        "score": audit.metric,
        "items": f"{audit.items:,}",
        "chance": f"{audit.chance:.3f}",
        "floor": f"{audit.floor.score:.3f}",
        "best shortcut": audit.floor.name,
        "lexical control": claim_verdict(audit),
    }


def _sentence(audit: TaskAudit) -> str:
    if not audit.lexical_control:
        return (
            f"Claims no lexical control. A model must pass {audit.floor.score:.3f} "
            f"({escape(audit.floor.name)})."
        )
    limit = audit.chance + tolerance(audit.metric)
    broken = len(breaches(audit))
    return (
        f"Claims lexical control: no shortcut above {limit:.3f}. "
        f"{f'{broken} of {len(audit.shortcuts)} are above' if broken else 'The claim holds'}."
    )


def _cells(audit: TaskAudit) -> list[dict[str, str]]:
    ordered = sorted(audit.shortcuts, key=lambda shortcut: -shortcut.score)
    return [
        {
            "shortcut": shortcut.name,
            escape(audit.metric): f"{shortcut.score:.3f}",
            "above chance": f"{audit.above_chance(shortcut):+.3f}",
            "verdict": verdict(audit, shortcut),
        }
        for shortcut in ordered
    ]
