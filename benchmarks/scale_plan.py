"""Prints docs/scale.md: what a hundred models take, from entries, data and reported throughput.

``python benchmarks/scale_plan.py > docs/scale.md``
"""

import sys
from pathlib import Path

from cardiobench.foundation.markdown import table
from cardiobench.pairs.selection import recipe_pairs
from cardiobench.pairs.test_texts import separation_items, written_texts
from cardiobench.plugins.architecture import Architecture
from cardiobench.plugins.registry import load_plugins
from cardiobench.plugins.tasks import load_task
from cardiobench.results.entry import Entry, finished_entries, published_folder
from cardiobench.training.recipe import load_recipe
from cardiobench_tasks.catalogue import CATALOGUE, SUITE, TaskSpec
from cardiobench_tasks.task_data import task_tables

MODELS = 100
# Forward and backward passes of training, in forward passes: activations' gradients, and with frozen
# base weights hardly any others.
PASSES_OF_TRAINING = 2.5
# Measured by `pytest benchmarks/test_jobs.py -s`, 1,000 jobs.
OVERHEAD_MS = 3.2


def texts_of(specs: tuple[TaskSpec, ...]) -> int:
    """Distinct texts that the tasks encode."""
    found: set[str] = set()
    for spec in specs:
        tables = task_tables(spec, lambda spec=spec: load_task(spec).build())  # type: ignore[misc]
        for rows in tables.values():
            for row in rows:
                keys = ("text", "sentence1", "sentence2", "anchor", "positive", "negative")
                found.update(str(row[key]) for key in keys if key in row)
    return len(found)


def size_mib(entry: Entry, pattern: str) -> float:
    """Size of an entry's files, in MiB."""
    return sum(p.stat().st_size for p in entry.folder.glob(pattern) if p.is_file()) / 2**20


def storage_rows(root: Path) -> list[dict[str, str]]:
    """What each published entry takes, by kind of file."""
    patterns = {
        "scores": "*.json",
        "items": "cardiobench/items/*",
        "predictions": "cardiobench/predictions/*",
        "adapter": "cardiobench/adapter/**/*",
        "all": "**/*",
    }
    return [
        {
            "entry": entry.name,
            "tasks": str(len(entry.manifest().data)),
            **{f"{name}, MiB": f"{size_mib(entry, p):.2f}" for name, p in patterns.items()},
        }
        for entry in finished_entries(root)
    ]


def time_row(spec: Architecture, suite: int, trained: int) -> dict[str, str]:
    """Hours of one A100 for one model, at the throughput that the study reports."""
    assert spec.reported is not None
    rate = spec.reported.texts_per_second * 3600
    evaluating, training = suite / rate, trained * PASSES_OF_TRAINING / rate
    return {
        "architecture": spec.name,
        "parameters (M)": f"{spec.parameters / 1e6:,.0f}",
        "reported texts/s": f"{spec.reported.texts_per_second:,.0f}",
        "suite, GPU-min": f"{evaluating * 60:.1f}",
        "`quick` training, GPU-min": f"{training * 60:.1f}",
        f"{MODELS} models, adapted, GPU-hours": f"{MODELS * (evaluating + training):.1f}",
    }


def main() -> None:
    root = published_folder()
    assert root is not None
    recipe = load_recipe("quick")
    pairs = recipe_pairs(
        recipe, separation=separation_items(recipe.scope), held_out_texts=written_texts()
    )
    suite, everything = texts_of(SUITE), texts_of(CATALOGUE)
    trained = round(len(pairs.pairs) * 2 * recipe.epochs)
    specs = [spec for spec, _ in load_plugins().architectures() if spec.reported]
    total = [size_mib(entry, "**/*") for entry in finished_entries(root)]
    page = f"""# A hundred models, on paper

Printed by `python benchmarks/scale_plan.py`, from the published entries, the tasks' data and the throughput
that the study reports for one A100 (arXiv:2511.19739); nobody here has measured these GPUs. A job also
loads its weights and the libraries, half a minute or more, which for small models is most of its time.

The suite encodes {suite:,} distinct texts, with the hard tasks {everything:,}. `quick` trains on \
{len(pairs.pairs):,} pairs, {trained:,} texts over its epochs; a trained text is counted as \
{PASSES_OF_TRAINING} encoded ones.

{table([time_row(spec, suite, trained) for spec in specs])}

## Storage

{table(storage_rows(root))}

A hundred entries of the largest kind take {MODELS * max(total) / 1024:.1f} GiB. Embeddings kept between runs
are bounded (4 GiB by default); they hold {suite:,} texts a model, 4 bytes a dimension.

## Where the coordinator saturates

Looking after a job costs {OVERHEAD_MS} ms from 100 jobs on (`pytest benchmarks/test_jobs.py -s`: 10, 100 and
1,000 jobs that do nothing), most of it for four small files. Jobs of one minute therefore keep one coordinator busy
at about {60_000 / OVERHEAD_MS:,.0f} workers, far above where a cluster's own scheduler is the limit. Without a shared
folder an entry comes back as one archive through the driver's memory, at most {max(total):.0f} MiB each here.
"""
    sys.stdout.write(page)


if __name__ == "__main__":
    main()
