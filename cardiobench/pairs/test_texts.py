"""What the tasks test, for the leak checks of training pairs."""

import json
from collections.abc import Collection, Iterable, Iterator
from importlib import resources
from typing import TYPE_CHECKING, Any

from cardiobench.errors import DataError
from cardiobench.foundation.text import split_sentences
from cardiobench.pairs.pair import texts_of
from cardiobench.pairs.relations import source_of
from cardiobench.pairs.selection import MEDICINE, gather
from cardiobench.plugins.tasks import load_task
from cardiobench.sources.split import split_of
from cardiobench_tasks.catalogue import CATALOGUE
from cardiobench_tasks.task_data import tables_in_use, task_tables

if TYPE_CHECKING:
    from cardiobench_tasks.catalogue import TaskSpec

# Keys of written items that say what an item is, not what it asks: no model sees them.
# fmt: off
LABELS = frozenset({
    "abbreviation", "area", "asks", "contrast", "group", "id", "kind", "level", "other",
    "quantity", "relevant", "sense", "stem", "stratum", "style", "topic", "unit", "value",
})
# fmt: on
# A text of more words is a document, of which each sentence counts as well.
LONGEST_ITEM = 100


def separation_items(scope: str) -> set[tuple[str, str]]:
    """The concept pairs of the separation tasks' items, similar and different.

    Under :func:`cardiobench.sources.releases.releases` they are the items of those releases.

    Args:
        scope: a recipe's scope; within ``cardiology`` only the cardiology task's concepts occur,
            so the other specialties' data need not be built.

    Raises:
        DataError: a task's data are not the pinned version.
    """

    joined: set[tuple[str, str]] = set()
    for spec in CATALOGUE:
        wanted = {"separation"} if scope == "cardiology" else {"separation", "transfer"}
        if spec.group in wanted:
            # Only a cold cache needs the task class, and with it mteb.
            _, tables = tables_in_use(spec, lambda spec=spec: spec.load().build())  # type: ignore[misc]
            joined.update((row["concept1"], row["concept2"]) for row in tables["pairs"])
    return joined


def task_texts(specs: "Iterable[TaskSpec]") -> dict[str, dict[str, str]]:
    """What each task tests: its pairs' texts, its queries and the documents that answer them.

    These are the tables ``pairs`` (id, sentence1, sentence2), ``queries`` and ``corpus`` (id, text)
    and ``qrels`` (query, document).

    Distractors of a corpus are left out: they may well be seen in training. The sentences of a
    document are items of their own (``{id}/{number}``).

    Returns:
        Task to item identifier to text.
    """

    by_task: dict[str, dict[str, str]] = {}
    for spec in specs:
        tables = task_tables(spec, lambda spec=spec: load_task(spec).build())  # type: ignore[misc]
        texts = {
            f"{row['id']}/{column}": row[column]
            for row in tables.get("pairs", ())
            for column in ("sentence1", "sentence2")
        }
        relevant = {row["document"] for row in tables.get("qrels", ())}
        texts |= {row["id"]: row["text"] for row in tables.get("queries", ())}
        answers = (row for row in tables.get("corpus", ()) if row["id"] in relevant)
        for row in answers:
            texts[row["id"]] = row["text"]
            sentences = enumerate(sentences_of(row["text"]), start=1)
            texts |= {f"{row['id']}/{number}": sentence for number, sentence in sentences}
        by_task[spec.name] = texts
    return by_task


def sentences_of(text: str) -> list[str]:
    """The sentences of a document, six words or more each; none of a text of up to 100 words."""
    if len(text.split()) <= LONGEST_ITEM:
        return []
    return split_sentences(text)


def supplied_texts(specs: "Iterable[TaskSpec]") -> set[str]:
    """The texts that the tasks of plugins among these test; ours are held out by concept."""
    by_task = task_texts(spec for spec in specs if spec.from_plugin)
    return {text for texts in by_task.values() for text in texts.values()}


def source_test_texts(sources: Collection[str]) -> set[str]:
    """Every text of the test concepts of some sources, of the releases in use."""

    return {
        text
        for concept in gather((), MEDICINE).terms.concepts.values()
        if source_of(concept.id) in sources and split_of(concept.id) == "test"
        for text in texts_of(concept)
    }


def written_texts() -> set[str]:
    """The texts of the tasks that we wrote (``cardiobench_tasks/data/*.jsonl``).

    Every text counts, in lists and below other values too, except under the keys in :data:`LABELS`,
    which no model sees; a document counts as a whole and by its sentences.

    Raises:
        DataError: a line is not JSON; names file and line.
    """
    folder = resources.files("cardiobench_tasks") / "data"
    texts: set[str] = set()
    if not folder.is_dir():
        return texts
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if not file.name.endswith(".jsonl"):
            continue
        lines = file.read_text(encoding="utf-8").split("\n")
        for number, line in enumerate(lines, start=1):
            if line.strip():
                try:
                    texts.update(_strings(json.loads(line)))
                except ValueError as error:
                    raise DataError(f"{file.name}:{number}: not JSON ({error}).") from error
    return texts


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
        yield from sentences_of(value)
    elif isinstance(value, list):
        for below in value:
            yield from _strings(below)
    elif isinstance(value, dict):
        for key, below in value.items():
            if key not in LABELS:
                yield from _strings(below)
