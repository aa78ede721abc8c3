"""The README of an adapter: what it is, how it was made, how to load it, what it is not for."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from cardiobench.architecture import Architecture
from cardiobench.entry import Entry, TrainingRecord
from cardiobench.files import write_text
from cardiobench.peft_methods import FULL, METHODS

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

_CARD = """---
{header}
---

# {name}

{what} of [{checkpoint}](https://huggingface.co/{checkpoint}) (revision `{revision}`) for
cardiology texts, trained by CardioBench. For research on text embeddings; not for clinical
decisions.

## Load

```python
from sentence_transformers import SentenceTransformer

{load}
```

## Training

| option | value |
|---|---|
{options}

{kept} (anchor, positive) pairs of {concepts} training concepts ({sources}; hash `{pairs}`);
{steps} optimiser steps; {trainable} trainable parameters; seed {seed}. Test concepts of the
CardioBench tasks, and every text of theirs, were held out.

Pairs come from the Human Phenotype Ontology, https://hpo.jax.org, whose licence
(https://hpo.jax.org/app/license) asks for this attribution, and from ICD-10-CM (US National Center
for Health Statistics), as far as the recipe names them.
"""


def _load_lines(architecture: Architecture) -> str:
    """How plain sentence-transformers loads the adapter on its base."""
    options = ""
    if architecture.model_class:
        options = ", trust_remote_code=True  # and pip install cardiobench, which has the class"
    lines = f'model = SentenceTransformer("path/to/this/folder"{options}'
    lines = lines.replace("  #", ")  #") if options else f"{lines})"
    if architecture.bidirectional:
        lines += "\nmodel[0].model.config.is_causal = False  # it was trained to see both sides"
    return lines


def write_card(entry: Entry, architecture: Architecture, record: TrainingRecord) -> None:
    """Write the card of an entry's adapter, with the results that the entry has by now."""
    from mteb.results import TaskResult

    from cardiobench.known_tasks import known_tasks
    from cardiobench.mteb_bridge import register_tasks

    register_tasks()  # mteb looks a result's task up by its name
    known = known_tasks()
    tasks = [task for task in entry.manifest().data if task in known]
    results = [TaskResult.from_disk(entry.result_path(task)) for task in tasks]
    card = adapter_card(
        entry.name,
        architecture,
        record,
        [found for result in results for found in result.get_hf_eval_results()],
    )
    write_text(entry.adapter_folder / "README.md", card)


def adapter_card(
    name: str,
    architecture: Architecture,
    record: TrainingRecord,
    eval_results: "Sequence[EvalResult]" = (),
) -> str:
    """Markdown with the metadata that the hub reads; holds no training text.

    Args:
        name: the adapted model, ``organisation/model``.
        architecture: what was adapted.
        record: how.
        eval_results: main score of each task, as mteb describes it to the hub.
    """
    from huggingface_hub import ModelCardData

    method = str(record.recipe.get("method", "lora"))
    whole = method == FULL
    title = METHODS[method].title
    article = "An" if title[0] in "IO" else "A"
    what = "A full fine-tuning" if whole else f"{article} {title} adapter"
    tags = ["full-fine-tuning"] if whole else ["peft", method]
    header = ModelCardData(
        base_model=architecture.checkpoint,
        base_model_relation="finetune" if whole else "adapter",
        eval_results=list(eval_results) or None,
        language="en",
        library_name="sentence-transformers",
        license=architecture.licence,
        model_name=name,
        tags=["sentence-transformers", *tags, "cardiology", "cardiobench", "mteb"],
    )
    options = "\n".join(
        f"| {key} | {', '.join(value) if isinstance(value, list) else value} |"
        for key, value in record.recipe.items()
    )
    return _CARD.format(
        header=header.to_yaml(),
        name=name,
        what=what,
        checkpoint=architecture.checkpoint,
        revision=architecture.revision,
        load=_load_lines(architecture),
        options=options,
        kept=f"{record.audit['kept']:,}",
        concepts=f"{record.audit['train_concepts']:,}",
        sources=", ".join(f"{n:,} {name}" for name, n in record.audit["by_source"].items()),
        pairs=record.pairs_sha256[:12],
        steps=record.steps,
        trainable=f"{record.trainable_parameters:,}",
        seed=record.seed,
    )
