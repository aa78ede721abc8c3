"""Task data in folders that stock ``mteb`` and ``datasets`` load, here or from the hub."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from cardiobench.board.task_cards import (
    MAIN_STRATA,
    MATCHED,
    STRATUM,
    TaskFacts,
    card,
    task_facts,
    title,
)
from cardiobench.errors import CardioBenchError
from cardiobench.foundation.files import whole_file, write_text
from cardiobench.sources.attribution import WRITTEN
from cardiobench_tasks.catalogue import TaskSpec
from cardiobench_tasks.task_data import Row, Tables

# What mteb's RetrievalDatasetLoader calls the relevance judgements.
QRELS = "default"


def check_folder(folder: Path) -> None:
    """Fail before any work if files could not be stored in a folder.

    Raises:
        CardioBenchError: the folder cannot be made or written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise CardioBenchError(
            f"Cannot write to {folder}: {error.strerror}. Choose a writable folder."
        ) from error


def export_task(spec: TaskSpec, folder: Path) -> Path:
    """Write a task's data and its card to ``folder/{name}``.

    Data of another release than the pinned one go to ``folder/{name}-{revision}`` instead, under
    their own revision, and the card says that no score on them is a board score. Every file is
    written whole or not at all, the card last: it declares the other files.

    Returns:
        The task's folder, which ``load_dataset`` and mteb's ``dataset["path"]`` take.

    Raises:
        DataError: the carried sources give other data than the pinned revision.
        CardioBenchError: the folder cannot be written.
    """
    facts = task_facts(spec)
    own = f"-{facts.spec.revision[:12]}" if facts.pinned != facts.spec.revision else ""
    target = folder / f"{spec.name}{own}"
    configs = hub_configs(facts.tables)
    for config, rows in configs.items():
        _write_parquet(target / f"{config}.parquet", rows)
    write_text(target / "README.md", _readme(facts, list(configs)))
    return target


def hub_configs(tables: Tables) -> dict[str, list[Row]]:
    """The tables under the config and column names of mteb's own data sets.

    Pairs in further strata are configs of their own: mteb scores all the rows that it is given.
    """
    if "pairs" in tables:
        strata: dict[str, list[Row]] = {}
        for row in tables["pairs"]:
            stratum = row.get(STRATUM, MATCHED)
            strata.setdefault("default" if stratum in MAIN_STRATA else stratum, []).append(row)
        return strata
    qrels = [
        {"query-id": row["query"], "corpus-id": row["document"], "score": row.get("grade", 1)}
        for row in tables["qrels"]
    ]
    configs = {"corpus": tables["corpus"], "queries": tables["queries"], QRELS: qrels}
    if "candidates" in tables:
        configs["top_ranked"] = [
            {"query-id": row["query"], "corpus-ids": row["documents"]}
            for row in tables["candidates"]
        ]
    return configs


def _write_parquet(path: Path, rows: list[Row]) -> None:
    import pyarrow as pa
    from pyarrow import parquet

    with whole_file(path) as temporary:
        parquet.write_table(pa.Table.from_pylist(rows), temporary)


def _readme(facts: TaskFacts, configs: Sequence[str]) -> str:
    return f"{_front_matter(facts, configs)}\n\n{card(facts)}\n{_usage(facts.spec)}"


def _front_matter(facts: TaskFacts, configs: Sequence[str]) -> str:
    """The YAML that the hub and ``datasets`` read: licence, and the file of every config."""
    spec = facts.spec
    kind = "text-retrieval" if spec.type == "Retrieval" else "sentence-similarity"
    lines = ["---", f"pretty_name: {title(facts)}", *_licence(facts)]
    lines += ["language:", "- en", "task_categories:", f"- {kind}"]
    lines += ["tags:", "- mteb", "- medical", "- text", "configs:"]
    for config in configs:
        lines += [
            f"- config_name: {config}",
            "  data_files:",
            f"  - split: {spec.split}",
            f"    path: {config}.parquet",
        ]
    return "\n".join([*lines, "---"])


def _licence(facts: TaskFacts) -> list[str]:
    """The hub knows few licences by name; others are given by their address."""
    licence = str(facts.metadata.license)
    if not licence.startswith("http"):
        return [f"license: {licence}"]
    names = [source for source in facts.spec.sources if source != WRITTEN]
    name = "-".join(names[0].lower().split())
    return ["license: other", f"license_name: {name}", f"license_link: {licence}"]


def _usage(spec: TaskSpec) -> str:
    base = "AbsTaskRetrieval" if spec.type == "Retrieval" else "AbsTaskPairClassification"
    text = (
        "## Use without CardioBench\n\n"
        f"Make a subclass of mteb's `{base}` whose metadata have this folder (or its hub id) as "
        f'`dataset["path"]` and `eval_splits=["{spec.split}"]`.'
    )
    if spec.type != "Retrieval":
        text += (
            f" The main score, `{spec.main_score}`, needs the `cardiobench` package; mteb's own "
            "pair scores (`cosine_ap` and the others) do not, and are the same in both."
        )
        text += (
            " The matched pairs are the default; the others are the config `unmatched`."
            if spec.main_score == "auroc"
            else ""
        )
    return text + "\n"
