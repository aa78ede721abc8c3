"""The page about our own architectures: counted at full size, beside what the study claims."""

from collections.abc import Sequence

from cardiobench.foundation.markdown import own_table
from cardiobench.models.adapter_modules import PUBLISHED_RANK, lora_parameters
from cardiobench.models.random_weights import meta_model
from cardiobench.plugins.architecture import Architecture, Reported

_HEAD = """# Architectures

This page is generated: `cardiobench plugins --page docs/architectures.md`. Parameters are counted
on the published class at full size (on torch's meta device, without weights). The study is
[arXiv:2511.19739](paper.md)."""

_LORA = f"""## LoRA

Rank {PUBLISHED_RANK} on the query and value projections: a module with d_in inputs and d_out
outputs gets {PUBLISHED_RANK} x (d_in + d_out) trainable parameters. The study's claims equal
{PUBLISHED_RANK} x d_in x d_out of one projection, which no adapter of that rank has."""

_PROMPTS = """## Prompts

As the models' authors specify them; `↵` is a line break. A model without a row takes none."""

_REPORTED = """## Reported by the study

On its own 50 pairs a side and an A100 80GB: not comparable with this project's board."""


def architecture_page(architectures: Sequence[Architecture]) -> str:
    """Markdown about architectures that have a ``config``; equal input gives equal bytes."""
    sections = [
        _HEAD,
        own_table([_identity(spec) for spec in architectures]),
        _LORA,
        own_table([_adapter(spec) for spec in architectures]),
        _PROMPTS,
        own_table([_prompts(spec) for spec in architectures if spec.query_prompt]),
        _REPORTED,
        own_table([_cells(spec, spec.reported) for spec in architectures if spec.reported]),
    ]
    return "\n\n".join(sections) + "\n"


def _identity(spec: Architecture) -> dict[str, str]:
    model = meta_model(spec)
    return {
        "name": spec.name,
        "checkpoint": spec.checkpoint,
        "revision": spec.revision[:12] if spec.revision else "newest when run",
        "class": type(model).__name__,
        "parameters": f"{sum(p.numel() for p in model.parameters()):,}",
        "dim": str(spec.embedding_dim),
        "pooling": spec.pooling.value,
        "final token": spec.final_token or "-",
        "padding": spec.padding_side,
        "max tokens": f"{spec.max_seq_length:,}",
        "precision": spec.precision.value,
        "weights": "pickle only" if spec.pickled_weights else "safetensors",
        "licence": spec.licence + (f": {spec.licence_note}" if spec.licence_note else ""),
    }


def _adapter(spec: Architecture) -> dict[str, str]:
    trainable = lora_parameters(spec)
    claimed = spec.reported.trainable_parameters if spec.reported else None
    return {
        "name": spec.name,
        "targets": ", ".join(spec.lora_targets),
        "trainable, counted": f"{trainable:,}",
        "trainable, the study": f"{claimed:,}" if claimed else "-",
        "share": f"{trainable / spec.parameters:.2%}",
        "adapter MB, float32": f"{trainable * 4 / 1e6:.2f}",
    }


def _prompts(spec: Architecture) -> dict[str, str]:
    shown = {
        "query": spec.query_prompt,
        "document": spec.document_prompt,
        "neither": spec.default_prompt,
    }
    cells = {role: f"`{text}`" if text else "-" for role, text in shown.items()}
    return {"name": spec.name, **{k: v.replace("\n", "↵") for k, v in cells.items()}}


def _cells(spec: Architecture, figures: Reported) -> dict[str, str]:
    return {
        "name": spec.name,
        "zero-shot separation": f"{figures.zero_shot_separation:.3f}",
        "adapted separation": f"{figures.separation:.3f}",
        "texts/s": f"{figures.texts_per_second:g}",
        "memory GB": f"{figures.memory_gb:g}",
    }
