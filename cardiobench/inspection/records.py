"""Mistakes and comparisons as plain values, for scripts."""

from typing import Any

from cardiobench.board.columns import rounded
from cardiobench.inspection.comparison import Comparing, Flip
from cardiobench.inspection.items import Item
from cardiobench.inspection.mistakes import Mistakes


def mistakes_record(found: Mistakes) -> dict[str, Any]:
    """All unsolved items, worst first, with the areas."""
    score = found.estimate
    return {
        "model": found.model.name,
        "revision": found.model.rows[0].manifest.model.revision,
        "seed": found.seed,
        "task": found.spec.name,
        "data_revision": found.spec.revision,
        "main_score": found.spec.main_score,
        "score": rounded(score.value),
        "ci_low": rounded(score.low),
        "ci_high": rounded(score.high),
        "n_items": found.n,
        "n_unsolved": len(found.unsolved),
        "areas": [
            {"area": a.name, "n": a.n, "unsolved": a.unsolved, "mean_score": rounded(a.score)}
            for a in found.areas
        ],
        "items": [_item(item) for item in found.unsolved],
    }


def comparing_record(compared: Comparing) -> dict[str, Any]:
    """Every task, and the items that differ if they were asked for."""
    names = [model.name for model in compared.models]
    record: dict[str, Any] = {
        "models": names,
        "seeds": [len(model.rows) for model in compared.models],
        "suite_p": None if compared.suite_p is None else rounded(compared.suite_p),
        "suite_better": _name(names, compared.suite_ahead),
        "tasks": [
            {
                "task": one.spec.name,
                "data_revision": one.spec.revision,
                "main_score": one.spec.main_score,
                "n_items": one.n,
                "scores": [rounded(score) for score in one.scores],
                "difference": rounded(one.difference),
                "ci_low": rounded(one.low),
                "ci_high": rounded(one.high),
                "p": rounded(one.p),
                "p_holm": rounded(one.p_holm),
                "better": _name(names, one.ahead),
            }
            for one in compared.tasks
        ],
    }
    if compared.flips is not None:
        record["flips"] = [_flip(flip, names) for flip in compared.flips]
    return record


def _name(names: list[str], which: int | None) -> str | None:
    return None if which is None else names[which]


def _flip(flip: Flip, names: list[str]) -> dict[str, Any]:
    return {
        "id": flip.sides[0].id,
        "area": flip.sides[0].area,
        "solved_by": names[flip.solved_by],
        "sides": [_item(side) for side in flip.sides],
    }


def _item(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "area": item.area,
        "score": rounded(item.score),
        "texts": [
            {
                "role": text.role,
                "text": text.text,
                "similarity": None if text.similarity is None else rounded(text.similarity),
                "rank": text.rank,
            }
            for text in item.texts
        ],
    }
