"""Our models as mteb's ``ModelMeta``: architectures, and whatever has an entry on disk."""

import contextlib
import warnings
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.errors import UnknownNameError
from cardiobench.models.encoder import load_adapter, load_encoder
from cardiobench.models.local_weights import is_carried
from cardiobench.plugins.architecture import Architecture
from cardiobench.plugins.registry import load_plugins
from cardiobench.results.entry import finished_entries

if TYPE_CHECKING:
    from mteb.models.model_meta import ModelMeta


def base_models() -> Iterator[tuple["ModelMeta", bool]]:
    """Every architecture, and whether its loader is better than the one that mteb may have."""
    from cardiobench.models.mteb_meta import base_meta

    for spec, _ in load_plugins().architectures():
        meta = base_meta(spec)
        loader = partial(_load, spec, None)
        yield meta.model_copy(update={"loader": loader}), is_carried(spec.carried)


def entry_models(folder: Path) -> Iterator["ModelMeta"]:
    """The models of a run or leaderboard folder as their entries describe them.

    mteb's tables leave out models that it does not know, so every entry is described; those that
    were adapted, and whose architecture is at hand, can be loaded too.
    """
    from mteb.models.model_meta import ModelMeta

    for entry in finished_entries(folder):
        described = entry.folder / "model_meta.json"
        if not described.is_file():
            continue  # timed only
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # mteb's about its own field
            meta = ModelMeta.model_validate_json_resolved(described.read_text(encoding="utf-8"))
        model = entry.manifest().model
        if model.kind == "adapted":
            with contextlib.suppress(UnknownNameError):
                spec = load_plugins().architecture(model.architecture)
                loader = partial(_load, spec, entry.adapter_folder)
                meta = meta.model_copy(update={"loader": loader})
        yield meta


def _load(
    architecture: Architecture,
    adapter: Path | None,
    name: str,
    revision: str | None = None,
    device: str | None = None,
    **options: Any,
) -> Any:
    """What mteb calls: an encoder under the name and revision that mteb asked for."""
    from cardiobench.models.embedding_table import EmbeddingTable
    from cardiobench.models.mteb_meta import adapted_meta, base_meta

    model = load_encoder(
        architecture,
        load_plugins(),
        device=device,
        trust_remote_code=bool(options.get("trust_remote_code")),
    )
    if adapter is None:
        return EmbeddingTable(model, base_meta(architecture))
    meta = adapted_meta(architecture, name=name, revision=str(revision))
    return EmbeddingTable(load_adapter(model, adapter), meta)
