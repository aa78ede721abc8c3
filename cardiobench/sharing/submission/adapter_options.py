"""peft's options of an adapter, by allow-list: what we write, in the types and ranges we write."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from cardiobench.results.entry import ADAPTER
from cardiobench.sharing.submission.report import shown
from cardiobench.sharing.submission.safe_files import parse_json

KINDS = ("LORA", "IA3", "OFT", "BOFT", "LOHA", "LOKR")
# As the recipe's fields allow.
_MAX_RANK, _MAX_ALPHA, _MAX_BLOCK = 512, 4096, 1024
Check = Callable[[Any], bool]
_HUB_NAME = re.compile(r"[A-Za-z0-9][\w.+-]{0,95}(/[A-Za-z0-9][\w.-]{0,95})?")


def _count(most: int, least: int = 0) -> Check:
    return lambda value: type(value) is int and least <= value <= most


def _share(value: Any) -> bool:
    return type(value) in (int, float) and 0 <= value < 1


def _flag(value: Any) -> bool:
    return type(value) is bool


def _name(value: Any) -> bool:
    """A hub id, revision or version, or nothing; no path."""
    return value is None or (isinstance(value, str) and bool(_HUB_NAME.fullmatch(value)))


def _modules(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(one, str) and re.fullmatch(r"[A-Za-z_0-9.]{1,200}", one) for one in value
    )


def _is(*allowed: Any) -> Check:
    """One of these values and types: false is not 0."""
    return lambda value: any(value == one and type(value) is type(one) for one in allowed)


_UNSET = _is(None, False)
_EMPTY = _is(None, {}, [])
# What every adapter of ours says, and what all kinds of peft's write beside it, unused.
_COMMON: Mapping[str, Check] = {
    "peft_type": _is(*KINDS),
    "peft_version": _name,
    "task_type": _is("FEATURE_EXTRACTION", None),
    "base_model_name_or_path": _name,
    "revision": _name,
    "inference_mode": _flag,
    "target_modules": _modules,
    "fan_in_fan_out": _flag,
    "bias": _is("none"),
    **dict.fromkeys(("auto_mapping", "exclude_modules", "modules_to_save"), _EMPTY),
    **dict.fromkeys(("layers_to_transform", "layers_pattern"), _EMPTY),
    "init_weights": _is(True),
}
_PRODUCT: Mapping[str, Check] = {
    "r": _count(_MAX_RANK, 1),
    "alpha": _count(_MAX_ALPHA, 1),
    "rank_dropout": _share,
    "module_dropout": _share,
    "rank_pattern": _EMPTY,
    "alpha_pattern": _EMPTY,
    "use_effective_conv2d": _UNSET,
}
_OWN: Mapping[str, Mapping[str, Check]] = {
    "LORA": {
        "r": _count(_MAX_RANK, 1),
        "lora_alpha": _count(_MAX_ALPHA, 1),
        "lora_dropout": _share,
        "use_rslora": _flag,
        "use_dora": _flag,
        "init_lora_weights": _is(True),
        "megatron_core": _is("megatron.core", None),
        "qalora_group_size": _is(16),
        **dict.fromkeys(("rank_pattern", "alpha_pattern", "loftq_config"), _EMPTY),
        **dict.fromkeys(("use_qalora", "lora_bias", "use_bdlora", "ensure_weight_tying"), _UNSET),
        **dict.fromkeys(
            ("megatron_config", "eva_config", "corda_config", "lora_ga_config", "velora_config"),
            _is(None),
        ),
        **dict.fromkeys(
            ("alora_invocation_tokens", "monteclora_config", "arrow_config", "kasa_config"),
            _is(None),
        ),
        **dict.fromkeys(
            ("trainable_token_indices", "layer_replication", "target_parameters"), _is(None)
        ),
    },
    "IA3": {"feedforward_modules": _modules, "init_ia3_weights": _is(True)},
    "OFT": {
        "r": _count(0),
        "oft_block_size": _count(_MAX_BLOCK, 2),
        "module_dropout": _share,
        "coft": _UNSET,
        "eps": _is(6e-5),
        "block_share": _UNSET,
        "use_cayley_neumann": _is(True),
        "num_cayley_neumann_terms": _is(5),
    },
    "BOFT": {
        "boft_block_size": _count(_MAX_BLOCK, 2),
        "boft_block_num": _count(0),
        "boft_n_butterfly_factor": _is(1),
        "boft_dropout": _share,
    },
    "LOHA": _PRODUCT,
    "LOKR": {
        **_PRODUCT,
        "decompose_both": _UNSET,
        "decompose_factor": _is(-1),
        "rank_dropout_scale": _UNSET,
    },
}


def check_adapter_options(content: bytes) -> dict[str, Any]:
    """peft's options of an adapter that is nothing but weights.

    Raises:
        RefusedError: no strict JSON.
        ValueError: another kind of adapter, an option that we do not write, or a value of another
            type or beyond what a recipe allows.
    """
    options = parse_json(f"{ADAPTER}/adapter_config.json", content)
    kind = options.get("peft_type") if isinstance(options, dict) else None
    if not isinstance(kind, str) or kind not in _OWN:
        raise ValueError("an adapter of a kind that cardiobench does not train")
    checks = {**_COMMON, **_OWN[kind]}
    for key, value in options.items():
        if key not in checks:
            raise ValueError(f"option {shown(key)} is not supported in a submission")
        if not checks[key](value):
            raise ValueError(f"option {key} is not supported as {shown(value, 40)}")
    if not options.get("target_modules"):
        raise ValueError("target_modules must be a list of names")
    return dict(options)
