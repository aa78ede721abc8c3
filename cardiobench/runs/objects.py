"""Evaluating a model that is in memory: a SentenceTransformer, or any encoder as mteb has them."""

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.errors import CardioBenchError
from cardiobench.evaluation.manifest import identity_of_meta, stored_meta
from cardiobench.foundation.files import canonical_json, sha256_text
from cardiobench.foundation.terminal import Stages, quieten
from cardiobench.models.broken_embeddings import CheckedEncoder
from cardiobench.models.not_dense import refuse_not_dense_object
from cardiobench.models.supplied_encoders import as_encoder
from cardiobench.models.weights_hash import tensors_sha256
from cardiobench.plugins.executor import Job, JobOutcome
from cardiobench.plugins.registry import load_plugins
from cardiobench.plugins.text_model import TextModel
from cardiobench.results.entry import Entry
from cardiobench.results.schema import NAME_PART
from cardiobench.runs.lock import only_one
from cardiobench.runs.resolve import resolve
from cardiobench.runs.stages import EntryStages, is_complete

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# What an encoder needs to be one, as mteb's EncoderProtocol has it.
PROTOCOL = ("encode", "similarity", "similarity_pairwise", "mteb_model_meta")
# mteb's words for "nobody said".
_UNSAID = (None, "", "no_model_name/available", "no_revision_available")


def evaluate_object(
    model: Any, tasks: tuple[str, ...], output: Path, stages: Stages, name: str | None = None
) -> JobOutcome:
    """Evaluate a model that is in memory on tasks; what is done is not done again.

    Args:
        model: a SentenceTransformer, or an object with mteb's ``EncoderProtocol``.
        tasks: names of tasks.
        output: folder of the results.
        stages: where progress is shown.
        name: what it is called; needed unless its ``mteb_model_meta`` says so.

    Raises:
        CardioBenchError: it is neither, it has no name, or nothing tells its weights from others.
        StageError: every task failed.
    """
    quieten()
    encoder = _as_encoder(model, name)
    meta = encoder.mteb_model_meta
    job = Job(model=str(meta.name), tasks=tasks, speed=False)
    work = EntryStages(resolve(job, output, load_plugins()), stages)
    entry = Entry(output, str(meta.name), str(meta.revision))
    with only_one(output, entry.name, stages.say):
        if is_complete(entry, job):
            work.leave(entry)
        else:
            work.evaluate(entry, lambda: encoder, entry.name)
            described = stored_meta(entry)
            identity = identity_of_meta(described, "zero-shot")
            if described.open_weights is None:  # nobody else has what only this process holds
                identity = identity.model_copy(update={"access": "unknown"})
            work.finish(entry, identity, training=None)
    if work.failures and not work.outcome().entries:
        raise work.failures[0]
    return work.outcome()


def _as_encoder(model: Any, name: str | None) -> Any:
    from sentence_transformers import SentenceTransformer

    refuse_not_dense_object(model)
    if isinstance(model, SentenceTransformer):
        return _table(model, name)
    lacking = [part for part in PROTOCOL if not hasattr(model, part)]
    if isinstance(model, TextModel):
        return as_encoder(model, model.name)
    if lacking:
        raise CardioBenchError(
            f"A {type(model).__name__} is no model that can be evaluated: it has no "
            f"{', '.join(lacking)}. Give a name, a folder, a SentenceTransformer, or an object "
            "with mteb's EncoderProtocol (docs/python.md)."
        )
    encoder = CheckedEncoder(model)
    changes = {"name": name} if name else {}
    encoder.mteb_model_meta = encoder.mteb_model_meta.model_copy(update=changes)
    stated = encoder.mteb_model_meta
    if stated.name in _UNSAID or stated.revision in _UNSAID:
        raise CardioBenchError(
            f"The mteb_model_meta of this {type(model).__name__} has no name or no revision, so "
            "its results could be taken for another model's. Set both."
        )
    _refuse_name(str(stated.name))
    return encoder


def _table(model: "SentenceTransformer", name: str | None) -> Any:
    """A SentenceTransformer under the user's name; its revision hashes weights and options."""
    from mteb.models.model_meta import ModelMeta, ScoringFunction

    from cardiobench.models.embedding_table import EmbeddingTable

    if not name:
        raise CardioBenchError(
            "A SentenceTransformer in memory has no name of its own: add name='organisation/model'."
        )
    name = name if "/" in name else f"local/{name}"
    _refuse_name(name)
    options = [repr(model), model.prompts, model.default_prompt_name, model.max_seq_length]
    described = json.loads(json.dumps(options, default=str))
    meta = ModelMeta.create_empty(
        overwrites={
            "name": name,
            "revision": sha256_text(canonical_json([tensors_sha256(model), described]))[:40],
            "n_parameters": sum(parameter.numel() for parameter in model.parameters()),
            "embed_dim": model.get_embedding_dimension(),
            "max_tokens": model.max_seq_length,
            "languages": ["eng-Latn"],
            "framework": ["Sentence Transformers", "PyTorch"],
            "similarity_fn_name": ScoringFunction.COSINE,
            "use_instructions": any(model.prompts.values()),
        }
    )
    return EmbeddingTable(model.eval(), meta)


def _refuse_name(name: str) -> None:
    if not re.fullmatch(f"{NAME_PART}/{NAME_PART}", name):
        raise CardioBenchError(f"{name!r} cannot be a model's name: give organisation/model.")
    for spec, _ in load_plugins().architectures():
        if name in (spec.model_name, spec.checkpoint):
            raise CardioBenchError(
                f"A plugin has a model named {name}. Give another name, or name {spec.name!r} to "
                "evaluate that one."
            )
