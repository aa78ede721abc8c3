"""The README of an adapter: what it is, how it was made, how to load it, what it is not for."""

import warnings
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING

from cardiobench.board.words import score_name
from cardiobench.evaluation.mteb_bridge import register_tasks
from cardiobench.foundation.files import write_text
from cardiobench.foundation.markdown import table
from cardiobench.pairs.origins import SUFFIXES
from cardiobench.pairs.pair import DOCUMENTS
from cardiobench.plugins.architecture import Architecture
from cardiobench.plugins.tasks import known_tasks
from cardiobench.results.entry import Entry, TrainingRecord
from cardiobench.statistics.estimates import estimate
from cardiobench.training.methods import FULL, METHODS

if TYPE_CHECKING:
    from huggingface_hub import EvalResult

# Where a card says to load from before it is published.
LOCAL = "path/to/this/folder"
_CARD = """---
{header}
---

# {name}

{kind} of {base} (revision `{revision}`) for
cardiology texts, trained by CardioBench. For research on text embeddings; not for clinical
decisions.

## Load

```python
from sentence_transformers import SentenceTransformer

{load}
```

With mteb, `mteb.evaluate(model, tasks)` takes that model; `import cardiobench.mteb` registers the
tasks below.

## Scores
{scores}

## Training

| option | value |
|---|---|
{options}

{kept} (anchor, positive) pairs of {concepts} training concepts ({sources}; hash `{pairs}`);
{steps} optimiser steps; {trainable} trainable parameters; seed {seed}. Test concepts of the
CardioBench tasks, and every text of theirs, were held out.

## Licences

- Base model: {licence}. What is here is offered under the same terms.
{attributions}

## Limits

- For research, not for clinical decisions: it was not checked on patients' records, and a high
  cosine is no medical statement.
- English only. Texts are short names, definitions and questions; whether the scores hold for notes,
  reports or other specialties is not known.
- Scores stand for these tasks: where an interval above is wide, the task decides little.
"""
_NO_SCORES = "\nNone yet: it was not evaluated."
_INTERVALS = (
    "\n95% bootstrap intervals over the concepts behind the items (10,000 resamples), at the data "
    "revisions in this card's metadata.\n\n"
)
# What a card must say of the sources that pairs came from.
_HPO = (
    "Human Phenotype Ontology, https://hpo.jax.org, whose licence "
    "(https://hpo.jax.org/app/license) asks for this attribution."
)
_ATTRIBUTIONS = {
    "hpo": _HPO,
    "hpo-annotations": _HPO,
    DOCUMENTS: "documents of whoever trained it, whose text is not here; their terms apply.",
    "icd10cm": "ICD-10-CM: US National Center for Health Statistics, public domain.",
}


def _load_lines(architecture: Architecture, source: str) -> str:
    """How plain sentence-transformers loads the adapter on its base."""
    options = ""
    if architecture.model_class:
        options = ", trust_remote_code=True  # and pip install cardiobench, which has the class"
    lines = f'model = SentenceTransformer("{source}"{options}'
    lines = lines.replace("  #", ")  #") if options else f"{lines})"
    if architecture.bidirectional:
        lines += "\nmodel[0].model.config.is_causal = False  # it was trained to see both sides"
    return lines


def _attributions(sources: Iterable[str]) -> str:
    """One line a source; of files of one's own we know no terms."""
    lines = dict.fromkeys(
        _ATTRIBUTIONS.get(source, f"{_shown(source)}: the terms of whoever supplies it.")
        for source in sources
    )
    return "\n".join(f"- Training pairs: {line}" for line in lines)


def _shown(value: object) -> str:
    """A recipe's value; of a file the name alone, since its folder is nobody else's business."""
    if isinstance(value, list | tuple):
        return ", ".join(map(_shown, value))
    text = str(value)
    return PurePath(text).name if text.endswith(SUFFIXES) else text


def _score_table(entry: Entry, tasks: Sequence[str]) -> str:
    """Main score of each task with its interval, as the board has them."""

    rows = []
    for task in tasks:
        score = estimate(entry.items(task))
        rows.append(
            {
                "task": task,
                "score": score_name(known_tasks()[task]),
                "value": f"{score.value:.3f}",
                "95% interval": f"[{score.low:.3f}, {score.high:.3f}]",
                "items": f"{score.n:,}",
            }
        )
    return _INTERVALS + table(rows)


def write_card(entry: Entry, architecture: Architecture, record: TrainingRecord) -> None:
    """Write the card of an entry's adapter, with the results that the entry has by now."""
    write_text(entry.adapter_folder / "README.md", entry_card(entry, architecture, record))


def entry_card(
    entry: Entry,
    architecture: Architecture,
    record: TrainingRecord,
    *,
    name: str = "",
    source: str = LOCAL,
) -> str:
    """The card with the results that an entry has, under its name or another.

    Args:
        entry: an entry, finished or just trained.
        architecture: what was adapted.
        record: how.
        name: the model's name where the card goes, or ``""`` for the entry's.
        source: what ``SentenceTransformer`` loads it from there.
    """
    from mteb.results import TaskResult

    register_tasks()  # mteb looks a result's task up by its name
    known = known_tasks()
    finished = entry.manifest().data if entry.manifest_path.is_file() else {}
    tasks = [task for task in finished if task in known]
    results = [TaskResult.from_disk(entry.result_path(task)) for task in tasks]
    with warnings.catch_warnings():
        # mteb now sends results to the hub's boards; a card still holds them in this form.
        warnings.simplefilter("ignore", DeprecationWarning)
        eval_results = [
            evaluated for result in results for evaluated in result.get_hf_eval_results()
        ]
    return adapter_card(
        name or entry.name,
        architecture,
        record,
        eval_results,
        scores=_score_table(entry, tasks) if tasks else _NO_SCORES,
        source=source,
    )


def adapter_card(
    name: str,
    architecture: Architecture,
    record: TrainingRecord,
    eval_results: "Sequence[EvalResult]" = (),
    *,
    scores: str = _NO_SCORES,
    source: str = LOCAL,
) -> str:
    """Markdown with the metadata that the hub reads; holds no training text.

    Args:
        name: the adapted model, ``organisation/model``.
        architecture: what was adapted.
        record: how.
        eval_results: main score of each task, as mteb describes it to the hub.
        scores: the same with intervals, in Markdown.
        source: what ``SentenceTransformer`` loads the adapter from.
    """
    method = str(record.recipe.get("method", "lora"))
    title = METHODS[method].title
    article = "An" if title[0] in "IO" else "A"
    kind = "A full fine-tuning" if method == FULL else f"{article} {title} adapter"
    options = "\n".join(f"| {key} | {_shown(value)} |" for key, value in record.recipe.items())
    return _CARD.format(
        header=_header(name, architecture, method, eval_results),
        name=name,
        kind=kind,
        base=_base(architecture),
        revision=architecture.revision,
        load=_load_lines(architecture, source),
        scores=scores,
        licence="; ".join(filter(None, (architecture.licence, architecture.licence_note))),
        attributions=_attributions(record.audit["by_source"]),
        options=options,
        kept=f"{record.audit['kept']:,}",
        concepts=f"{record.audit['train_concepts']:,}",
        sources=", ".join(
            f"{n:,} {_shown(origin)}" for origin, n in record.audit["by_source"].items()
        ),
        pairs=record.pairs_sha256[:12],
        steps=record.steps,
        trainable=f"{record.trainable_parameters:,}",
        seed=record.seed,
    )


def _base(architecture: Architecture) -> str:
    """The base model, linked where its page is known."""
    page = architecture.reference
    if not page and not architecture.is_local:
        page = f"https://huggingface.co/{architecture.checkpoint}"
    return f"[{architecture.checkpoint}]({page})" if page else architecture.checkpoint


def _header(
    name: str, architecture: Architecture, method: str, eval_results: "Sequence[EvalResult]"
) -> str:
    """The metadata that the hub reads, as YAML."""
    from huggingface_hub import ModelCardData

    full = method == FULL
    tags = ["full-fine-tuning"] if full else ["peft", method]
    metadata = ModelCardData(
        # A hub id that does not exist would be a dead link.
        base_model=None if architecture.is_local else architecture.checkpoint,
        base_model_relation=None if architecture.is_local else "finetune" if full else "adapter",
        eval_results=list(eval_results) or None,
        language="en",
        library_name="sentence-transformers",
        license=architecture.licence,
        model_name=name,
        tags=["sentence-transformers", *tags, "cardiology", "cardiobench", "mteb"],
    )
    return str(metadata.to_yaml())
