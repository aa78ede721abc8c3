"""What a task can tell apart: the smallest difference that its items resolve."""

from cardiobench.results.entry import Entry, finished_entries, published_folder
from cardiobench.statistics.estimates import paired_gain
from cardiobench_tasks.catalogue import TaskSpec

_NONE = (
    "No two published results on these data yet (a model and its adapted form), so the smallest "
    "difference that the task resolves is not known."
)


def power_statement(spec: TaskSpec) -> str:
    """The smallest difference that a task resolves with 80% power, and from which models.

    It is that of the board's column "resolves", for the first adapted model, by name, that is
    published beside its base with results at this revision of the data.
    """
    both = _compared(spec)
    if both is None:
        return _NONE
    after, before = both
    gain = paired_gain(after.items(spec.name), before.items(spec.name))
    return (
        f"Between two models like {before.name} and {after.name}, the {gain.n:,} scored items "
        f"resolve a difference of **{gain.resolvable:.3f}** in `{spec.main_score}`: a two-sided 5% "
        "test, paired by item, with concepts resampled, finds a true difference of that size with "
        "80% power. Models less alike differ more from item to item and need a larger one."
    )


def _compared(spec: TaskSpec) -> tuple[Entry, Entry] | None:
    """An adapted entry and that of its base, both with items of the task."""
    folder = published_folder()
    entries = {} if folder is None else {e.name: e for e in finished_entries(folder)}
    manifests = {name: entry.manifest() for name, entry in entries.items()}
    scored = {
        n for n, manifest in manifests.items() if manifest.data.get(spec.name) == spec.revision
    }
    for name in sorted(scored):
        base = manifests[name].model.adapted_from
        if base in scored:
            return entries[name], entries[base]
    return None
