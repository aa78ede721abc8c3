"""Models that no other beats in both score and speed."""

from collections.abc import Sequence


def pareto_front(points: Sequence[tuple[float, float]]) -> list[int]:
    """Positions of the points that no other equals or exceeds in both and exceeds in one.

    Pareto, *Manuale di economia politica*, 1906. Best first coordinate first; equal points stand
    or fall together.
    """
    order = sorted(range(len(points)), key=lambda k: (-points[k][0], -points[k][1], k))
    front: list[int] = []
    for position in order:
        best = points[front[-1]] if front else None
        if best is None or points[position][1] > best[1] or points[position] == best:
            front.append(position)
    return front
