"""Writing the manifest of an entry: who the model is, and all that its results were made with."""

import datetime
from typing import TYPE_CHECKING

from cardiobench.evaluation.evaluate import is_evaluated
from cardiobench.evaluation.origin import read_origin
from cardiobench.foundation import machine
from cardiobench.plugins.architecture import Architecture
from cardiobench.plugins.tasks import known_tasks
from cardiobench.results.entry import Entry, EntryKind, Manifest, ModelIdentity, TrainingRecord
from cardiobench.sources.hpo import read_hpo
from cardiobench.sources.icd10cm import read_icd10cm

if TYPE_CHECKING:
    from mteb.models.model_meta import ModelMeta


def identity_of(entry: Entry, architecture: Architecture, kind: EntryKind) -> ModelIdentity:
    """Who an entry's model is: its architecture, and what was counted in the loaded weights."""
    origin = read_origin(entry)
    counted = origin.parameters if origin else None
    return ModelIdentity(
        name=entry.name,
        revision=entry.revision,
        architecture=architecture.name,
        kind=kind,
        transformer=architecture.kind.value,
        parameters=counted or architecture.parameters,
        weights_sha256=origin.weights_sha256 if origin else None,
        embedding_dim=architecture.embedding_dim,
        licence=architecture.licence,
        adapted_from=architecture.checkpoint if kind == "adapted" else None,
    )


def identity_of_meta(meta: "ModelMeta", kind: EntryKind) -> ModelIdentity:
    """Who a model is that no plugin supplies, from mteb's metadata."""
    dimension = meta.to_dict()["embed_dim"]
    return ModelIdentity(
        name=str(meta.name),
        revision=str(meta.revision),
        architecture=str(meta.name).partition("/")[2],
        kind=kind,
        transformer="none" if kind == "baseline" else "unknown",
        parameters=meta.n_parameters or 0,
        embedding_dim=int(dimension[-1] if isinstance(dimension, list) else dimension or 1),
        licence=str(meta.license or "unknown"),
    )


def finish(entry: Entry, identity: ModelIdentity, training: TrainingRecord | None) -> bool:
    """Write the manifest over all results at their current data revision.

    Returns:
        False if there is no result at all; then nothing is written.
    """

    known = known_tasks()
    before = entry.manifest().data if entry.manifest_path.is_file() else {}
    # Results of a plugin that is not installed now are kept for when it is again.
    data = {name: revision for name, revision in before.items() if name not in known}
    data |= {s.name: s.revision for s in known.values() if is_evaluated(entry, s)}
    if not data:
        return False
    entry.write_manifest(
        Manifest(
            model=identity,
            training=training,
            data=data,
            sources={"HPO": read_hpo().version, "ICD-10-CM": read_icd10cm().version},
            versions=machine.versions(),
            commit=machine.source_commit(),
            hardware=machine.hardware(),
            date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        )
    )
    return True
