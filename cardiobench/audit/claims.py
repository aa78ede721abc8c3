"""What a task claims about shortcuts, and how far one may stand above chance by that claim."""

from cardiobench.audit.report import ShortcutScore, TaskAudit

# Least significant advantages: of an accuracy (or a retrieval score), and of an AUROC.
TOLERANCE = 0.03
AUROC_TOLERANCE = 0.05
# It has read definitions of medicine, so it is no shortcut around them: part of the floor, which a
# model must pass, and of no claim.
DEFINITION_LSA = "LSA of training definitions"


def tolerance(metric: str) -> float:
    """How far above chance a shortcut may score where a task claims lexical control."""
    return AUROC_TOLERANCE if metric == "auroc" else TOLERANCE


def breaches(audit: TaskAudit) -> list[ShortcutScore]:
    """The shortcuts that break a task's claim, the best first; none where it claims nothing.

    A claim is about wording, so :data:`DEFINITION_LSA` is left out of it.
    """
    if not audit.lexical_control:
        return []
    limit = audit.chance + tolerance(audit.metric)
    above = [s for s in audit.shortcuts if s.score > limit and s.name != DEFINITION_LSA]
    return sorted(above, key=lambda shortcut: -shortcut.score)
