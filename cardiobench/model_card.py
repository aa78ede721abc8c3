"""The README of an adapter: what it is, how it was made, how to load it, what it is not for."""

from cardiobench.architecture import Architecture
from cardiobench.entry import TrainingRecord

_CARD = """---
library_name: sentence-transformers
base_model: {checkpoint}
base_model_relation: adapter
license: {licence}
language: en
tags: [sentence-transformers, peft, lora, cardiology, cardiobench]
---

# {name}

A LoRA adapter of [{checkpoint}](https://huggingface.co/{checkpoint}) (revision `{revision}`) for
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


def adapter_card(name: str, architecture: Architecture, record: TrainingRecord) -> str:
    """Markdown with the metadata that the hub reads; holds no training text."""
    options = "\n".join(
        f"| {key} | {', '.join(value) if isinstance(value, list) else value} |"
        for key, value in record.recipe.items()
    )
    return _CARD.format(
        name=name,
        checkpoint=architecture.checkpoint,
        revision=architecture.revision,
        licence=architecture.licence,
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
