"""What mteb's own registry says of a model, offline: an entry of that name says the same."""

import re
from typing import Any

from cardiobench.models.baselines import BASELINES
from cardiobench.results.entry import MANIFEST, META
from cardiobench.sharing.submission.architectures import known_architectures
from cardiobench.sharing.submission.contents import Contents
from cardiobench.sharing.submission.names import registry_names
from cardiobench.sharing.submission.report import Report, shown

_COMMIT = re.compile(r"[0-9a-f]{40}")
# Sizes in the registry may be rounded, and heads left out.
_ROUNDED = 0.1
_AGAIN = "Type: cardiobench run, then cardiobench submit pack"


def registered(name: str) -> dict[str, Any] | None:
    """mteb's description of a model that it knows without a network, else None."""
    import mteb

    if name not in registry_names():
        return None
    description: dict[str, Any] = mteb.get_model_meta(name, fetch_from_hf=False).to_dict()
    return description


def check_registry(contents: Contents, report: Report) -> None:
    """Note size, dimension and openness that are not the registry's, and odd revisions."""
    model, meta = contents.manifest.model, contents.meta
    known = registered(model.name)
    if known is not None:
        for key, stated in (
            ("n_parameters", model.parameters),
            ("embed_dim", model.embedding_dim),
            ("open_weights", meta.get("open_weights")),
        ):
            own = known.get(key)
            allowed = own if isinstance(own, list) else [own]
            if own is not None and stated not in allowed and not _is_counted(contents, key):
                message = f"{key} is {shown(stated)}, but mteb's registry has {shown(own)}"
                report.add(MANIFEST, message, _AGAIN)
    if model.kind == "adapted" and model.architecture not in known_architectures():
        _check_base(contents, report)
    if model.kind != "adapted" and model.name not in BASELINES:
        _check_revision(contents, known, report)
    if model.kind == "zero-shot" and meta.get("training_datasets") is None:
        message = "zero-shot, but model_meta.json does not say what it was trained on"
        report.add(META, message, "A maintainer looks it up.", "warning")


def _check_base(contents: Contents, report: Report) -> None:
    """A base that no plugin here supplies is one that mteb knows, and of its size."""
    model = contents.manifest.model
    known = registered(str(model.adapted_from))
    if known is None:
        message = f"adapted_from is {shown(model.adapted_from)}, which neither a plugin here nor "
        report.add(MANIFEST, f"{message}mteb's registry knows", "A maintainer looks.", "warning")
        return
    size, dimension = known.get("n_parameters"), known.get("embed_dim")
    dimensions = dimension if isinstance(dimension, list) else [dimension]
    if dimension is not None and model.embedding_dim not in dimensions:
        message = f"embedding_dim is {model.embedding_dim}, but mteb's registry has "
        report.add(MANIFEST, f"{message}{shown(dimension)} for {model.adapted_from}", _AGAIN)
    if size is not None and abs(model.parameters - size) > _ROUNDED * size:
        message = f"parameters is {model.parameters:,}, but mteb's registry has {size:,} for "
        report.add(MANIFEST, f"{message}{model.adapted_from}", _AGAIN)


def _is_counted(contents: Contents, key: str) -> bool:
    """Whether a plugin gives the size, counted, where the registry's may be rounded."""
    return key == "n_parameters" and contents.manifest.model.architecture in known_architectures()


def _check_revision(contents: Contents, known: dict[str, Any] | None, report: Report) -> None:
    model = contents.manifest.model
    pinned = {spec.revision for spec in known_architectures().values()}
    pinned.add(known.get("revision") if known else None)
    if model.revision in pinned or _COMMIT.fullmatch(model.revision):
        return
    if contents.record.open_weights:
        message = (
            f"revision {shown(model.revision)} is no commit hash, so nobody knows which weights"
        )
        report.add(MANIFEST, message, "Name the commit of 40 hexadecimal digits on the hub.")
