"""From an architecture (and perhaps an adapter) to a SentenceTransformer that can be trusted."""

import logging
import re
import socket
import urllib.parse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.architecture import Architecture
from cardiobench.embedded import weights_location
from cardiobench.errors import WeightsError
from cardiobench.plugins import Plugins

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

EMBEDDED_HINT = (
    "Without a network, run the embedded default: pip install 'cardiobench[embedded]' "
    "&& cardiobench run --model minilm"
)


def load_encoder(
    architecture: Architecture,
    plugins: Plugins,
    *,
    location: str | Path | None = None,
    device: str | None = None,
    trust_remote_code: bool = False,
) -> "SentenceTransformer":
    """Load a model as its architecture specifies it, or refuse.

    A plugin's ``cardiobench_build_encoder`` is asked first. Otherwise the weights come from
    ``location``, the carried package or the hub at the pinned revision, safetensors only.

    Args:
        architecture: what to load.
        plugins: asked for an encoder of their own.
        location: a local model folder to load instead.
        device: torch device, or None for the best at hand.
        trust_remote_code: whether code from the hub may run.

    Returns:
        A model in evaluation mode; embeddings (n, ``embedding_dim``), float32.

    Raises:
        WeightsError: weights are missing, half-loaded or of another size than specified, or need
            remote code that was not allowed.
    """
    if architecture.remote_code and not trust_remote_code:
        raise WeightsError(
            f"{architecture.checkpoint} runs code from the hub. Read it at revision "
            f"{architecture.revision}, then allow it with --trust-remote-code."
        )
    model = plugins.build_encoder(architecture, device=device, trust_remote_code=trust_remote_code)
    if model is None:
        model = _build(
            architecture,
            str(location or weights_location(architecture)),
            device=device,
            trust_remote_code=trust_remote_code and architecture.remote_code,
        )
    found = model.get_embedding_dimension()
    if found != architecture.embedding_dim:
        raise WeightsError(
            f"{architecture.name}: the model gives embeddings of {found} numbers, the architecture "
            f"says {architecture.embedding_dim}; correct embedding_dim in its plugin."
        )
    return model.eval()


def _build(
    architecture: Architecture, source: str, *, device: str | None, trust_remote_code: bool
) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import (
        Normalize,
        Pooling,
        Transformer,
    )

    common: dict[str, Any] = {"trust_remote_code": trust_remote_code}
    if not Path(source).is_dir():
        common["revision"] = architecture.revision
        common["local_files_only"] = _only_cached(architecture)
    _refuse_half_loaded(architecture, source, common)
    transformer = Transformer(
        source,
        model_kwargs={**common, "use_safetensors": True},
        processor_kwargs=dict(common),
        config_kwargs=dict(common),
        max_seq_length=architecture.max_seq_length,
    )
    dimension = transformer.get_embedding_dimension()
    modules: list[Any] = [transformer, Pooling(dimension, pooling_mode=architecture.pooling.value)]
    if architecture.normalise:
        modules.append(Normalize())
    return SentenceTransformer(
        modules=modules,
        device=device,
        prompts={"query": architecture.query_prompt, "document": architecture.document_prompt},
        similarity_fn_name="cosine",
    )


def _only_cached(architecture: Architecture) -> bool:
    """Whether the hub is out of reach but an earlier download is at hand.

    The hub's own client retries for a minute before it says that there is no network.

    Raises:
        WeightsError: the hub is out of reach and nothing is cached.
    """
    from huggingface_hub import constants, try_to_load_from_cache

    if not constants.HF_HUB_OFFLINE:
        address = urllib.parse.urlsplit(constants.ENDPOINT)
        port = address.port or (443 if address.scheme == "https" else 80)
        try:
            socket.create_connection((address.hostname or "", port), timeout=10).close()
            return False
        except OSError:
            pass
    cached = try_to_load_from_cache(
        architecture.checkpoint, "config.json", revision=architecture.revision
    )
    if not isinstance(cached, str):
        raise WeightsError(
            f"Cannot load {architecture.checkpoint}: the hub is out of reach and the model is not "
            f"in its cache. {EMBEDDED_HINT}"
        )
    return True


def _refuse_half_loaded(architecture: Architecture, source: str, common: dict[str, Any]) -> None:
    """Match checkpoint and model key by key on the meta device, before anything is loaded.

    transformers only logs weights that it makes anew or leaves unused; a model with random layers
    then scores as if it were the published one.

    Raises:
        WeightsError: keys are missing, unused or of another shape; names the first of them.
    """
    from transformers import AutoModel
    from transformers.utils import logging as transformers_logging

    level = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity(logging.ERROR)
    try:
        _, info = AutoModel.from_pretrained(
            source,
            device_map="meta",
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # reported below, by name
            use_safetensors=True,
            **common,
        )
    except (OSError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise WeightsError(f"Cannot load {source}: {reason} {EMBEDDED_HINT}") from error
    finally:
        transformers_logging.set_verbosity(level)
    allowed = [re.compile(pattern) for pattern in architecture.unused_weights]
    for key, problem in (
        ("missing_keys", "would be newly initialised"),
        ("mismatched_keys", "have another shape in the checkpoint"),
        ("unexpected_keys", "of the checkpoint would stay unused"),
    ):
        names = sorted(k if isinstance(k, str) else str(k[0]) for k in info[key])
        names = [name for name in names if not any(p.fullmatch(name) for p in allowed)]
        if names:
            more = f" and {len(names) - 3} more" if len(names) > 3 else ""
            raise WeightsError(
                f"{architecture.name}: weights {', '.join(names[:3])}{more} {problem}, so this is "
                "not the published model. If they play no part in the embedding, list them in the "
                "architecture's unused_weights."
            )


def load_adapter(model: "SentenceTransformer", folder: Path) -> "SentenceTransformer":
    """Put a trained adapter onto a loaded base model (in place) and return it.

    Raises:
        WeightsError: the folder holds no adapter, or one that does not fit the model.
    """
    try:
        model.load_adapter(str(folder))
    except (OSError, ValueError, RuntimeError) as error:
        reason = str(error).strip().splitlines()[0]
        raise WeightsError(f"Cannot load the adapter in {folder}: {reason}") from error
    return model.eval()
