"""What a model is, byte for byte: the key under which its embeddings may be kept."""

import hashlib
import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from cardiobench.foundation.machine import versions

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

LIBRARIES = ("peft", "sentence-transformers", "torch", "transformers")


def model_fingerprint(model: "SentenceTransformer") -> str:
    """SHA-256 over all that decides an embedding.

    That is every parameter and buffer (an adapter's too) with its number format, the modules and
    their options, the tokenizer, the prompts, where it truncates, the kind of device and the
    libraries' versions. Where the weights came from does not count.

    Returns:
        64 hexadecimal digits.
    """
    digest = hashlib.sha256(_description(model).encode("utf-8"))
    tensors = {**dict(model.named_buffers()), **model.state_dict()}
    for name, value in sorted(tensors.items()):
        digest.update(name.encode())
        digest.update(_raw(value))
    return digest.hexdigest()


def model_settings(model: "SentenceTransformer") -> str:
    """SHA-256 over what decides an embedding beside the weights, on any device and version."""
    value = json.loads(_description(model))
    kept = {key: part for key, part in value.items() if key not in ("versions", "device")}
    return hashlib.sha256(json.dumps(kept, sort_keys=True).encode("utf-8")).hexdigest()


def _raw(value: Any) -> bytes:
    """The bytes of a tensor behind its format; a module's own state may be of another type."""
    import torch

    if not isinstance(value, torch.Tensor):
        return repr(value).encode()
    flat = value.detach().reshape(-1).contiguous().view(torch.uint8).cpu()
    return f"{value.dtype} {tuple(value.shape)}".encode() + flat.numpy().tobytes()


def _description(model: "SentenceTransformer") -> str:
    installed = versions()
    transformer: Any = getattr(model, "transformers_model", None)
    config = getattr(transformer, "config", None)
    adapters = getattr(transformer, "peft_config", None) or {}
    modules: Iterable[Any] = model
    options = [m.get_config_dict() for m in modules if hasattr(m, "get_config_dict")]
    value = {
        "versions": {name: installed[name] for name in LIBRARIES},
        "modules": repr(model),
        "options": options,
        "config": _without_paths(config.to_dict()) if config else {},
        "attention": getattr(config, "_attn_implementation", ""),
        "adapters": {k: _without_paths(v.to_dict()) for k, v in dict(adapters).items()},
        "tokenizer": _tokenizer(getattr(model, "tokenizer", None)),
        "prompts": [model.prompts, model.default_prompt_name],
        "truncation": [model.max_seq_length, model.truncate_dim],
        "device": model.device.type,
    }
    return json.dumps(value, sort_keys=True, default=_plain)


def _plain(value: Any) -> Any:
    return sorted(map(str, value)) if isinstance(value, (set, frozenset)) else str(value)


def _without_paths(options: dict[str, Any]) -> dict[str, Any]:
    """Options less the names of folders: equal weights are equal wherever they lie."""
    return {k: v for k, v in options.items() if not k.endswith("name_or_path")}


def _tokenizer(tokenizer: Any) -> Any:
    backend = getattr(tokenizer, "backend_tokenizer", None)
    if backend is None:
        return getattr(tokenizer, "get_vocab", dict)()
    state = json.loads(backend.to_str())
    # Both change with every call.
    return {**state, "padding": tokenizer.padding_side, "truncation": tokenizer.truncation_side}
