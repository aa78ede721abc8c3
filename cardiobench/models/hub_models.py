"""Models that no plugin supplies but mteb can load: evaluated as they are."""

from typing import TYPE_CHECKING, Any

from cardiobench.errors import CardioBenchError, UnfitModelError, WeightsError
from cardiobench.foundation.text import squeeze
from cardiobench.models.agreement import refuse_unfit_parts
from cardiobench.models.broken_embeddings import CheckedEncoder
from cardiobench.models.checkpoint import hub_is_near
from cardiobench.models.not_dense import not_dense

if TYPE_CHECKING:
    from mteb.models.model_meta import ModelMeta


def foreign_meta(name: str, *, trust_remote_code: bool = False) -> "ModelMeta":
    """mteb's metadata of a model: its own, or read from the hub for any sentence-transformers one.

    Args:
        name: hub id, ``organisation/model``.
        trust_remote_code: whether code from the hub may run; mteb's own loaders allow it unasked.

    Raises:
        WeightsError: the model runs code from the hub, which was not allowed.
        CardioBenchError: neither mteb nor the hub has it, or it does not give one embedding a text.
    """
    import mteb

    near = hub_is_near()
    try:
        meta = mteb.get_model_meta(name, fetch_from_hf=near)
    except Exception as error:
        reason = squeeze(str(error.args[0] if error.args else error))
        hint = "" if near else " The hub is out of reach, so it was not asked."
        raise CardioBenchError(f"{reason}{hint}") from error
    for kind in meta.model_type if "dense" not in meta.model_type else ():
        raise not_dense(name, kind) or UnfitModelError(f"{name} is no dense model but {kind}.")
    if meta.loader is None:
        raise CardioBenchError(f"mteb knows {name}, but not how to load it.")
    if meta.loader_kwargs.get("trust_remote_code") and not trust_remote_code:
        raise WeightsError(
            f"{name} runs code from the hub. Read it at revision {meta.revision}, then allow it "
            "with --trust-remote-code."
        )
    return meta


def load_foreign(meta: "ModelMeta", device: str | None) -> Any:
    """The model as mteb loads it, with its embeddings looked at before they are scored.

    Raises:
        WeightsError: its weights cannot be had, or its parts do not fit together.
    """
    try:
        encoder: Any = meta.load_model(device=device)
    except Exception as error:
        raise WeightsError(f"mteb cannot load {meta.name}: {squeeze(str(error))}") from error
    refuse_unfit_parts(getattr(encoder, "model", None), str(meta.name))
    return CheckedEncoder(encoder)
