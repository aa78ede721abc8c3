"""What chance gives on a task, from its main score."""

from cardiobench_tasks.catalogue import TaskSpec

# Of two texts, or of a right and a wrong one, chance finds the right one every other time.
_EVEN = ("auroc", "accuracy")


def chance_of(spec: TaskSpec) -> float:
    """The main score of an order by chance.

    0.5 for a share of right choices between two; 0 for a difference of means, and for rankings of
    so many documents that chance finds next to nothing (the random baseline shows how little).
    """
    return 0.5 if spec.main_score.endswith(_EVEN) else 0.0
