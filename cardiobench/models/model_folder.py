"""A model that lies in a folder: its specification, read from the files and the loaded model."""

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.errors import CardioBenchError, StageError, WeightsError
from cardiobench.foundation.text import squeeze
from cardiobench.models.adapter_modules import refuse_bare_layers
from cardiobench.models.agreement import position_limit
from cardiobench.models.checkpoint import refuse_half_loaded
from cardiobench.models.not_dense import refuse_not_dense_folder
from cardiobench.models.weights_hash import folder_sha256, modules_sha256
from cardiobench.plugins.architecture import NO_LIMIT, Architecture, Kind, Pooling

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

MODULES = "modules.json"
ADAPTER = "adapter_config.json"
# How classes name their query and value projections.
_TARGETS = (
    ("query", "value"),
    ("attn.q", "attn.v"),
    ("q_proj", "v_proj"),
    ("q_lin", "v_lin"),
    ("query_proj", "value_proj"),
    ("Wqkv",),
)
# Weights that no pooling of ours reads.
UNUSED = (r"(.+\.)?embeddings\.position_ids", r"pooler\..+")


def is_folder(named: str) -> bool:
    """Whether a model's name on the command line means a folder: a path, or one that is there."""
    if named.startswith((".", "/", "~")):
        return True
    return any((Path(named) / file).is_file() for file in (MODULES, "config.json", ADAPTER))


def folder_architecture(
    named: str, *, name: str | None = None, pooling: str | None = None
) -> Architecture:
    """The specification of the model in a folder.

    Args:
        named: the folder.
        name: what the model is called, ``NAME`` or ``ORGANISATION/NAME``; the folder's own name
            by default.
        pooling: for a folder that does not say how tokens become one embedding.

    Returns:
        Its revision is the hash of the weights; it is adapted where the class's projections are
        known, and its licence is said to be unknown.

    Raises:
        WeightsError: the folder holds no weights, or no model that loads.
        UnfitModelError: its files say that the model is not dense.
        CardioBenchError: the name is not allowed, or the pooling is missing or not wanted.
    """
    folder = Path(named).expanduser().resolve()
    refuse_not_dense_folder(folder, named)
    sha256 = _hash_of_whole(folder, named)
    organisation, short = _names(name or folder.name)
    is_whole = says_pooling(folder, named, pooling)
    model = load_modules(folder, pooling)
    network = model.transformers_model
    spec = Architecture(
        name=short.lower(),
        checkpoint=f"{organisation}/{short}",
        folder=str(folder),
        revision=sha256[:40],
        pooling=_pooling_of(model, pooling),
        normalise=any(type(module).__name__ == "Normalize" for module in model) or not is_whole,
        # A Router has several models, of which only one would be adapted.
        lora_targets=() if (folder / "router_config.json").is_file() else _targets(network),
        max_seq_length=_length(model, network),
        embedding_dim=int(model.get_embedding_dimension() or 0),
        parameters=sum(parameter.numel() for parameter in model.parameters()),
        kind=_kind(network),
        query_prompt=model.prompts.get("query") or "",
        document_prompt=model.prompts.get("document") or "",
        licence="unknown",
        unused_weights=UNUSED,
    )
    if (folder / "config.json").is_file():
        refuse_half_loaded(spec, str(folder), {"use_safetensors": True})
    return spec


def _hash_of_whole(folder: Path, named: str) -> str:
    """SHA-256 of the weights of a folder that holds a whole model."""
    sha256 = modules_sha256(folder) if folder.is_dir() else None
    if sha256 is None:
        raise WeightsError(
            f"{named} is no folder of a model: it has no model.safetensors. Name a folder that "
            "save_pretrained wrote."
        )
    return sha256


def says_pooling(folder: Path, named: str, pooling: str | None) -> bool:
    """Whether a folder says itself how it pools; the user must say it exactly where it does not."""
    is_whole = (folder / MODULES).is_file()
    if is_whole and pooling:
        raise CardioBenchError(
            f"{named} says itself how it pools ({MODULES}); leave --pooling out."
        )
    if not is_whole and not pooling:
        raise CardioBenchError(
            f"{named} does not say how tokens become one embedding. Add: --pooling "
            f"{'|'.join(mode.value for mode in Pooling)}"
        )
    return is_whole


def with_weights(architecture: Architecture, named: str) -> Architecture:
    """A registered architecture whose weights lie in a folder.

    Raises:
        WeightsError: nothing tells that these are its weights, or they are not; says how to run
            them under a name of their own.
    """
    folder = Path(named).expanduser().resolve()
    own_name = f"Run them as a model of their own: --model {named} --name NAME"
    if not architecture.pinned_sha256:
        raise WeightsError(
            f"No hash of {architecture.checkpoint} is known, so nothing tells that these are its "
            f"weights. {own_name}"
        )
    sha256 = folder_sha256(folder) if folder.is_dir() else None
    if sha256 != architecture.pinned_sha256:
        raise WeightsError(
            f"The weights in {named} have sha256 {(sha256 or 'none')[:12]}, those of "
            f"{architecture.checkpoint} {architecture.pinned_sha256[:12]}. {own_name}"
        )
    return replace(architecture, folder=str(folder))


def load_whole(architecture: Architecture, device: str | None) -> "SentenceTransformer | None":
    """A sentence-transformers folder with whatever modules it has, or None for other folders.

    Raises:
        WeightsError: it does not load.
    """
    folder = Path(architecture.folder)
    if not architecture.folder or not (folder / MODULES).is_file():
        return None
    return load_modules(folder, None, device)


def load_modules(
    folder: Path, pooling: str | None, device: str | None = "cpu"
) -> "SentenceTransformer":
    """A folder as sentence-transformers loads it.

    Args:
        folder: of sentence-transformers, or of transformers.
        pooling: how a transformers folder pools; None for the other kind.
        device: torch device, or None for the best at hand.

    Raises:
        WeightsError: it does not load.
    """
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer import modules

    try:
        options = {"use_safetensors": True}
        if pooling is None:
            model = SentenceTransformer(
                str(folder), device=device, model_kwargs=options, local_files_only=True
            )
        else:
            transformer = modules.Transformer(str(folder), model_kwargs=options)
            size = transformer.get_embedding_dimension()
            parts = [transformer, modules.Pooling(size, pooling_mode=pooling)]
            model = SentenceTransformer(modules=parts, device=device)
    except (OSError, ValueError, KeyError, RuntimeError, ImportError) as error:
        raise WeightsError(f"Cannot load {folder.name}: {squeeze(str(error))}") from error
    model.similarity_fn_name = "cosine"
    return model


def _names(name: str) -> tuple[str, str]:
    organisation, _, short = name.rpartition("/")
    short = re.sub(r"[^A-Za-z0-9._-]+", "-", short).strip("-._")
    if not short or not re.fullmatch(r"[\w.-]*", organisation):
        raise CardioBenchError(f"{name!r} cannot be a model's name. Give one: --name NAME")
    return organisation or "local", short


def _pooling_of(model: Any, pooling: str | None) -> Pooling:
    if pooling is not None:
        return Pooling(pooling)
    modes = [getattr(module, "pooling_mode", None) for module in model]
    known = [str(mode) for mode in modes if mode in list(Pooling)]
    return Pooling(known[0]) if known else Pooling.MEAN  # of the specification; modules decide


def _length(model: Any, network: Any) -> int:
    """The folder's own length, within the positions that the model has; word vectors have none."""
    tokenizer = getattr(model, "tokenizer", None)
    limit = position_limit(network) if network is not None else None
    lengths = (model.max_seq_length, getattr(tokenizer, "model_max_length", None), limit)
    return int(min([length for length in lengths if length and length < NO_LIMIT] or [NO_LIMIT]))


def _kind(network: Any) -> Kind:
    if network is None:
        return Kind.NONE
    return Kind.DECODER if getattr(network.config, "is_decoder", False) else Kind.ENCODER


def _targets(network: Any) -> tuple[str, ...]:
    """The projections to adapt, or none where the class names them in no known way."""
    if network is None:
        return ()
    for targets in _TARGETS:
        try:
            refuse_bare_layers(network, targets)
        except (StageError, LookupError, AttributeError):
            continue
        return targets
    return ()
