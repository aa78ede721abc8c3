"""Our tasks as a pull request to mteb wants them: classes in its style, statistics, data."""

import pprint
import re
from pathlib import Path
from typing import Any

from cardiobench.foundation.files import write_json, write_text
from cardiobench.sharing.task_export import check_folder, export_task
from cardiobench_tasks.catalogue import TaskSpec

# What mteb's own class of a type scores; further scores of ours need our package.
_BASES = {
    "Retrieval": ("retrieval", "AbsTaskRetrieval", "ndcg_at_10"),
    "PairClassification": ("pair_classification", "AbsTaskPairClassification", "max_ap"),
}
# In the order in which mteb writes them.
_FIELDS = (
    *("name", "description", "reference", "dataset", "type", "category", "modalities"),
    *("eval_splits", "eval_langs", "main_score", "date", "domains", "task_subtypes"),
    *("license", "annotations_creators", "dialect", "sample_creation", "prompt"),
    "bibtex_citation",
)
_README = """# CardioBench's tasks for mteb

Lay `mteb/` over a checkout of https://github.com/embeddings-benchmark/mteb, and add to its
`__init__.py` files:

```python
{imports}
```

`data/` holds what the classes load. Put each folder on the hub as `{organisation}/NAME` and write
the commit that the hub gives it as `revision`; until then a class runs with the folder's path as
`dataset["path"]`.

mteb's own classes score them. Retrieval has the same main score as CardioBench. Pairs have `max_ap`
there: AUROC, triplet accuracy, the strata and the rules of the hard suite need the package
`cardiobench`.
"""


def export_mteb_tasks(
    specs: tuple[TaskSpec, ...], folder: Path, organisation: str = "cardiobench"
) -> list[Path]:
    """Write task classes, descriptive statistics and data of tasks in mteb's layout.

    Args:
        specs: the tasks.
        folder: where to write; files that are there are replaced.
        organisation: of the data on the hub.

    Returns:
        The modules that were written.

    Raises:
        DataError: the carried sources give other data than the pinned revision.
        CardioBenchError: the folder cannot be written.
    """
    check_folder(folder)
    written, imports = [], []
    for spec in specs:
        package, base, score = _BASES[spec.type]
        task = spec.load()
        export_task(spec, folder / "data")
        module = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", spec.name).lower()
        path = folder / "mteb" / "tasks" / package / "eng" / f"{module}.py"
        metadata = _metadata(task.metadata, f"{organisation}/{spec.name}", score)
        write_text(path, _source(spec.name, base, package, metadata))
        statistics = folder / "mteb" / "descriptive_stats" / spec.type / f"{spec.name}.json"
        write_json(statistics, task.calculate_descriptive_statistics())
        written.append(path)
        imports.append(f"from .{module} import {spec.name}  # mteb/tasks/{package}/eng")
    readme = _README.format(imports="\n".join(imports), organisation=organisation)
    write_text(folder / "README.md", readme)
    return written


def _metadata(metadata: Any, path: str, score: str) -> dict[str, Any]:
    """The fields of a task's metadata as mteb's own classes write them."""
    values = {name: getattr(metadata, name) for name in _FIELDS}
    values["dataset"] = {"path": path, "revision": metadata.dataset["revision"]}
    values["main_score"] = score
    return {name: str(v) if name == "reference" else v for name, v in values.items() if v}


def _source(name: str, base: str, package: str, metadata: dict[str, Any]) -> str:
    # mteb wants every field, empty lists too.
    fields = {"task_subtypes": [], "dialect": [], **metadata}
    ordered = [(field, fields[field]) for field in _FIELDS if field in fields]
    lines = [f"        {field}={_literal(value)}," for field, value in ordered]
    return (
        f"from mteb.abstasks.{package} import {base}\n"
        "from mteb.abstasks.task_metadata import TaskMetadata\n\n\n"
        f"class {name}({base}):\n    metadata = TaskMetadata(\n" + "\n".join(lines) + "\n    )\n"
    )


def _literal(value: Any) -> str:
    if isinstance(value, str) and "\n" in value:
        return f'r"""{value}"""'
    return pprint.pformat(value, width=80, sort_dicts=False).replace("\n", "\n        ")
