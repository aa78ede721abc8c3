"""Writing the manifest of an entry: who the model is, and all that its results were made with."""

import datetime
from typing import TYPE_CHECKING, Any, Literal, cast

from cardiobench.evaluation.evaluate import is_evaluated
from cardiobench.evaluation.origin import read_origin
from cardiobench.foundation import machine
from cardiobench.foundation.files import sha256_file
from cardiobench.plugins.architecture import Architecture
from cardiobench.plugins.registry import load_plugins
from cardiobench.plugins.tasks import known_tasks
from cardiobench.results.entry import (
    Access,
    Entry,
    EntryKind,
    Manifest,
    ModelIdentity,
    PluginRecord,
    TrainingRecord,
)
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
        access=_access(architecture),
        plugin=_plugin(architecture),
        adapted_from=architecture.checkpoint if kind == "adapted" else None,
    )


def _plugin(architecture: Architecture) -> PluginRecord | None:
    """The package of others that supplies an architecture, if one does."""
    plugins = load_plugins()
    for spec, provider in plugins.architectures():
        if spec.checkpoint == architecture.checkpoint and not provider.is_built_in:
            source = plugins.source_file(provider)
            return PluginRecord(
                package=provider.distribution,
                version=provider.version,
                sha256=sha256_file(source) if source else None,
            )
    return None


def _access(architecture: Architecture) -> Access | None:
    """What was said of who can have the weights of a folder; None for published weights."""
    access: Any = architecture.access or ("unknown" if architecture.is_local else None)
    return cast("Access | None", access)


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


def stored_meta(entry: Entry) -> "ModelMeta":
    """mteb's description of a model as it stands with the entry, or an empty one of its name."""
    import warnings

    from mteb.models.model_meta import ModelMeta

    if not entry.meta_path.is_file():  # then nothing has a result
        return ModelMeta.create_empty(overwrites={"name": entry.name, "revision": entry.revision})
    text = entry.meta_path.read_text(encoding="utf-8")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # mteb's about its own field
        return ModelMeta.model_validate_json_resolved(text)


def finish(
    entry: Entry,
    identity: ModelIdentity,
    training: TrainingRecord | None,
    *,
    evaluated_by: Literal["mteb"] | None = None,
) -> bool:
    """Write the manifest over all results at their current data revision.

    Args:
        entry: holds the results.
        identity: who the model is.
        training: how it was adapted, or None.
        evaluated_by: who ran the tasks, if not CardioBench; then nobody knows on what machine.

    Returns:
        False if there is no result at all; then nothing is written.
    """

    known = known_tasks()
    stored = entry.manifest() if entry.manifest_path.is_file() else None
    before = stored.data if stored else {}
    evaluated_by = evaluated_by or (stored.evaluated_by if stored else None)
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
            hardware={} if evaluated_by else machine.hardware(),
            evaluated_by=evaluated_by,
            date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        )
    )
    return True


def finish_timed(entry: Entry, identity: ModelIdentity) -> None:
    """Write the manifest of an entry that has a timing and no scores."""
    entry.write_manifest(
        Manifest(
            model=identity,
            data={},
            sources={"HPO": read_hpo().version},
            versions=machine.versions(),
            commit=machine.source_commit(),
            hardware=machine.hardware(),
            date=datetime.datetime.now(datetime.UTC).date().isoformat(),
        )
    )
