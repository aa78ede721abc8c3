"""Which differences between models on the same items are real: tests of all pairs at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cardiobench.results.entry import Items
from cardiobench.statistics.contenders import Contenders, each_alone
from cardiobench.statistics.estimates import linear_values
from cardiobench.statistics.resampling import RESAMPLES, Design, Floats, design_of, on_grid, signs

LEVEL = 0.05
# Fewer flips than this reach the difference: their count is too rough, the normal tail is taken.
_FEW = 10


@dataclass(frozen=True, slots=True, eq=False)
class Comparison:
    """All pairs of contenders on one task, as square arrays, shape (contenders, contenders).

    Attributes:
        difference: score of the row's contender minus that of the column's.
        p: two-sided p-value of the paired sign-flip test.
        p_holm: the same, corrected by Holm over all pairs.
        welch_p: two-sided p-value of Welch's test, which does not know that items are paired.
        welch_holm: the same, corrected by Holm over all pairs.
        cohens_d: difference in units of the pooled standard deviation over items.
        standard_error: of the differences, under random signs and with the spread over seeds.
    """

    difference: Floats
    p: Floats
    p_holm: Floats
    welch_p: Floats
    welch_holm: Floats
    cohens_d: Floats
    standard_error: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Flips:
    """Scores of models under random signs, and what they are compared with.

    Attributes:
        scores: the main scores, shape (models,).
        flipped: under each set of signs, shape (models, 10000); differences of two rows are draws
            of their difference if the two models are alike.
        concept_sums: what each concept adds, shape (models, concepts).
    """

    scores: Floats
    flipped: Floats
    concept_sums: Floats

    def variances(self, model: int) -> Floats:
        """Variance of the differences from one model under all signs, shape (models,)."""
        apart = self.concept_sums - self.concept_sums[model]
        return np.asarray((apart**2).sum(axis=1))


@dataclass(frozen=True, slots=True, eq=False)
class SuiteComparison:
    """All pairs of contenders over several tasks, as square arrays, shape (contenders, contenders).

    Attributes:
        difference: mean of the tasks' standardised differences, row minus column: its sign says
            who is better.
        p: two-sided p-values.
        p_holm: the same, corrected by Holm over all pairs.
    """

    difference: Floats
    p: Floats
    p_holm: Floats


def compare(
    models: Sequence[Items], contenders: Contenders | None = None, task: str = ""
) -> Comparison:
    """Test every pair of contenders on the same items of one task.

    Args:
        models: per-item scores of all models.
        contenders: which models belong together; each stands for itself if None.
        task: its name in the contenders' pool of seeds.
    """
    contenders = contenders or each_alone(len(models))
    values = linear_values(models)
    flips = _together(sign_flips(design_of(models[0]), values), contenders)
    _, p = _pairwise({task: flips}, {task: 1.0}, contenders)
    welch_p, cohens_d = _welch(design_of(models[0]), contenders.means(values))
    difference = flips.scores[:, None] - flips.scores[None, :]
    shares = np.add.outer(contenders.shares, contenders.shares)
    items = np.array([flips.variances(k) for k in range(len(contenders.members))])
    error = np.sqrt(items + contenders.pool.spread(task) ** 2 * shares)
    return Comparison(difference, p, holm(p), welch_p, holm(welch_p), cohens_d, error)


def compare_suite(
    tasks: Mapping[str, Sequence[Items]],
    contenders: Contenders | None = None,
    weights: Mapping[str, float] | None = None,
) -> SuiteComparison:
    """Test every pair of contenders over several tasks together.

    The difference of two contenders on each task is divided by its standard error under random
    signs, and their weighted mean over the tasks is tested by flipping the signs of all tasks
    together: a concept that several tasks share flips once. What other seeds would change is added
    to the flipped differences, all tasks of a seed together.

    Args:
        tasks: per-item scores of the same models, in the same order, by task.
        contenders: which models belong together; each stands for itself if None.
        weights: of the tasks, with a sum of 1; equal if None.
    """
    contenders = contenders or each_alone(len(next(iter(tasks.values()))))
    flips = {
        name: _together(sign_flips(design_of(models[0]), linear_values(models)), contenders)
        for name, models in tasks.items()
    }
    difference, p = _pairwise(flips, weights or dict.fromkeys(tasks, 1 / len(tasks)), contenders)
    return SuiteComparison(difference, p, holm(p))


def _together(flips: Flips, contenders: Contenders) -> Flips:
    """Means over the models of each contender: under given signs, scores are sums over items."""
    return Flips(
        *(contenders.means(part) for part in (flips.scores, flips.flipped, flips.concept_sums))
    )


def sign_flips(design: Design, values: Floats) -> Flips:
    """Scores under 10,000 sets of random signs, one sign for each concept.

    If two models are alike, each item's scores could as well be swapped: the difference changes
    its sign (Fisher's randomisation test; Good, *Permutation Tests*, 2000). Items of one concept
    swap together. An item with two concepts counts with the sign of each, which errs on the side
    of no difference (cf. Aronow, Samii and Assenova, *Political Analysis* 2015, on dyads). Where
    the score is a difference of two means, what both means share is taken out first, as no such
    score sees it (null imposed: Cameron, Gelbach and Miller, *Rev. Econ. Stat.* 2008).

    Args:
        design: of the items.
        values: per-item scores, or what stands for them in a difference of means
            (:func:`cardiobench.statistics.linear_values`), shape (models, items).
    """
    grid, step = on_grid(values)
    means = [grid[:, side.items].mean(axis=1) for side in design.sides]
    if len(means) == 2:
        grid = grid - np.rint((means[0] + means[1]) / 2)[:, None]
    sums = np.zeros((len(values), len(design.concepts) + 1))
    # Whole numbers times the size of the other side instead of fractions: sums stay exact.
    sizes = [len(side.items) for side in design.sides]
    for side, sign, factor in zip(
        design.sides, (1, -1), (sizes[1:] or [1]) + sizes[:1], strict=False
    ):
        unit = side.unit_sums(grid) * (sign * factor)
        for column in side.members.T:
            np.add.at(sums.T, column, unit.T)
    sums = sums[:, :-1]
    unit_worth = step / (sizes[0] * (sizes[1] if len(sizes) == 2 else 1))
    drawn = signs(design.concepts)[:-1]
    # In parts, so that what is widened stays in the processor's cache.
    parts = np.array_split(drawn, 10, axis=1)
    flipped = np.concatenate([sums @ part.astype(np.float64) for part in parts], axis=1)
    scores = (means[0] - means[1] if len(means) == 2 else means[0]) * step
    return Flips(scores, flipped * unit_worth, sums * unit_worth)


def _pairwise(
    tasks: Mapping[str, Flips], weights: Mapping[str, float], contenders: Contenders
) -> tuple[Floats, Floats]:
    """Weighted standardised differences over the tasks, row minus column, and their p-values.

    (exceeding + 1) / (flips + 1) (Phipson and Smyth, *Stat. Appl. Genet. Mol. Biol.* 2010), two-
    sided; where almost no flip exceeds, the tail of the normal that the flips tend to, if that is
    smaller (cf. Knijnenburg et al., *Bioinformatics* 2009). Seeds add ``s sqrt(1/S + 1/S') t`` to
    each flip, so that the sum is the reference of Behrens and Fisher (*Annals of Eugenics* 1935)
    with the flips as its other part; it has heavier tails, so only flips are counted there.
    """
    from scipy.stats import norm

    count = len(contenders.members)
    difference, p = np.zeros((count, count)), np.ones((count, count))
    student, shares = contenders.pool.student(list(tasks)), contenders.shares
    for one in range(count - 1):
        others = slice(one + 1, count)
        total = np.zeros((count - one - 1, RESAMPLES))
        observed = np.zeros(count - one - 1)
        scales: dict[str, Floats] = {}
        for name, flips in tasks.items():
            error = np.sqrt(flips.variances(one)[others])
            # Two models that are equal on every item differ by nothing.
            scale = np.divide(weights[name], error, out=np.zeros_like(error), where=error > 0)
            total += (flips.flipped[others] - flips.flipped[one]) * scale[:, None]
            observed += (flips.scores[others] - flips.scores[one]) * scale
            scales[name] = scale
        strays = contenders.pool.spread_of(scales) * np.sqrt(shares[one] + shares[others])
        total += strays[:, None] * student
        # Equal up to rounding counts as reached.
        reached = np.abs(total) >= np.abs(observed)[:, None] * (1 - 1e-9) - 1e-12
        counts = reached.sum(axis=1)
        p_values = (counts + 1) / (RESAMPLES + 1)
        spread = np.sqrt((total**2).mean(axis=1))
        z = np.divide(np.abs(observed), spread, out=np.zeros_like(spread), where=spread > 0)
        few = (counts < _FEW) & (strays == 0)
        p_values = np.where(few, np.minimum(p_values, 2 * norm.sf(z)), p_values)
        p[one, others] = p[others, one] = p_values
        difference[one, others], difference[others, one] = -observed, observed
    return difference, p


def holm(p: Floats) -> Floats:
    """Holm's step-down correction over the pairs above the diagonal, symmetric like ``p``.

    Holm, *Scandinavian Journal of Statistics* 1979.
    """
    upper = np.triu_indices(len(p), 1)
    corrected = np.ones_like(p)
    corrected[upper] = holm_of(p[upper])
    corrected.T[upper] = corrected[upper]
    return corrected


def holm_of(p: Floats) -> Floats:
    """Holm's correction over a list of p-values, shape (tests,)."""
    order = np.argsort(p, kind="stable")
    factors = np.arange(len(p), 0, -1)
    corrected = np.empty_like(p)
    corrected[order] = np.minimum(np.maximum.accumulate(p[order] * factors), 1.0)
    return corrected


def _welch(design: Design, values: Floats) -> tuple[Floats, Floats]:
    """Welch's p-value and Cohen's d of every pair.

    Welch, *Biometrika* 1947, with Satterthwaite's degrees of freedom over all means involved (two,
    or four for a difference of two means); d over the root of the mean of their variances (Cohen,
    *Statistical Power Analysis*, 1988).
    """
    from scipy.stats import t as student

    parts = [values[:, side.items] for side in design.sides]
    means = sum(sign * part.mean(axis=1) for sign, part in zip((1, -1), parts, strict=False))
    variances = [part.var(axis=1, ddof=1) for part in parts]
    errors = [variance / part.shape[1] for variance, part in zip(variances, parts, strict=True)]
    inner = [e**2 / (part.shape[1] - 1) for e, part in zip(errors, parts, strict=True)]
    difference = np.subtract.outer(means, means)
    squared = np.add.outer(sum(errors), sum(errors))
    degrees = _ratio(squared**2, np.add.outer(sum(inner), sum(inner)))
    pooled = np.sqrt(np.add.outer(sum(variances), sum(variances)) / (2 * len(parts)))
    p = 2 * student.sf(np.abs(_ratio(difference, np.sqrt(squared))), np.maximum(degrees, 1.0))
    return np.asarray(p), _ratio(difference, pooled)


def _ratio(over: Floats, under: Floats) -> Floats:
    """Ratios, 0 where both are 0."""
    return np.divide(over, under, out=np.zeros_like(over), where=under > 0)


def letter_groups(p: NDArray[np.float64], level: float = LEVEL) -> list[str]:
    """Letters for each model: two that share one cannot be told apart.

    Insert and absorb (Piepho, *J. Comput. Graph. Stat.* 2004). Models are given best first, and
    letters follow that order.
    """
    groups = [frozenset(range(len(p)))]
    for one, other in zip(*np.nonzero(np.triu(p < level, 1)), strict=True):
        split = [g for g in groups if one in g and other in g]
        kept = [g for g in groups if g not in split]
        for group in split:
            for part in (group - {one}, group - {other}):
                if not any(part <= whole for whole in kept):
                    kept = [*[g for g in kept if not g <= part], part]
        groups = kept
    ordered = sorted(groups, key=sorted)
    return [_letters([k for k, g in enumerate(ordered) if m in g]) for m in range(len(p))]


def _letters(numbers: Sequence[int]) -> str:
    """a to z, then (27), (28) and so on; three or more in a row as a range."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    names = [[chr(ord("a") + n) if n < 26 else f"({n + 1})" for n in run] for run in runs]
    return " ".join(f"{run[0]}-{run[-1]}" if len(run) > 2 else " ".join(run) for run in names)
