"""What can be trained: peft's methods that come back exactly as they were saved, and everything."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cardiobench.errors import CardioBenchError

if TYPE_CHECKING:
    from peft import PeftConfig

    from cardiobench.models.adapter_modules import Targets
    from cardiobench.training.recipe import Recipe

FULL = "full"
TARGETS = {
    "qv": "query and value projections: the architecture's `lora_targets`",
    "attention": "all linear modules of the attention blocks: query, key, value, output",
    "all-linear": "all linear modules of the layers",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One way to adapt a model.

    Attributes:
        title: how it is written.
        meaning: what it trains, with its paper.
        ignores: fields of a recipe that mean nothing to it.
        quantised: the formats of quantised base weights on which it trains and reloads exactly.
    """

    title: str
    meaning: str
    ignores: frozenset[str]
    quantised: tuple[str, ...] = ()


_RANKED = frozenset({"block_size"})
_ROTATED = frozenset({"rank", "alpha"})
_SCALED = _RANKED | _ROTATED | {"dropout"}

METHODS = {
    "lora": Method(
        title="LoRA",
        meaning="a low-rank update beside each module (arXiv:2106.09685)",
        ignores=_RANKED,
        quantised=("int8", "int4"),
    ),
    "rslora": Method(
        title="rsLoRA",
        meaning="LoRA scaled by alpha / sqrt(rank) (arXiv:2312.03732)",
        ignores=_RANKED,
        quantised=("int8", "int4"),
    ),
    "dora": Method(
        title="DoRA",
        meaning="LoRA for the direction of each weight column, its length apart (arXiv:2402.09353)",
        ignores=_RANKED,
        # On 8-bit weights peft's norm of the weights leaves bitsandbytes without its scales.
        quantised=("int4",),
    ),
    "ia3": Method(
        title="IA3",
        meaning="one factor per output of attention and per input of feed-forward modules "
        "(arXiv:2205.05638)",
        ignores=_SCALED,
        quantised=("int8", "int4"),
    ),
    "oft": Method(
        title="OFT",
        meaning="block-diagonal rotations of the weights (arXiv:2306.07280)",
        ignores=_ROTATED,
    ),
    "boft": Method(
        title="BOFT",
        meaning="rotations in butterfly form, here with one factor (arXiv:2311.06243)",
        ignores=_ROTATED,
    ),
    "loha": Method(
        title="LoHa",
        meaning="the elementwise product of two low-rank updates (arXiv:2108.06098)",
        ignores=_RANKED,
    ),
    "lokr": Method(
        title="LoKr",
        meaning="a Kronecker product as update (arXiv:2309.14859)",
        ignores=_RANKED,
    ),
    FULL: Method(
        title="full fine-tuning",
        meaning="every weight of the model: the reference; saved as a whole model",
        ignores=_SCALED | {"targets"},
    ),
}

# Measured with peft 0.21, transformers 5.23 and sentence-transformers 6.2.
INEXACT = {
    "pissa": "it changes the base weights, so the model without the adapter is not the base model",
    "vera": "its projections are shared between modules, which transformers cannot add to a model",
    "randlora": "its bases are shared between modules and cannot be saved",
    "adalora": "its ranks are not pruned by the trainer and are lost on reload",
    "prefix": "it adds virtual tokens, which sentence-transformers cannot train",
    "prompt": "it adds virtual tokens, which sentence-transformers cannot train",
}


def refuse_inexact(method: str) -> None:
    """Refuse by name a method of peft that does not come back as it was saved.

    Raises:
        CardioBenchError: with the reason and the methods that do.
    """
    reason = INEXACT.get(method)
    if reason is not None:
        raise CardioBenchError(
            f"method = {method!r} is not supported: {reason}. Available: {', '.join(METHODS)}."
        )


def peft_config(recipe: "Recipe", targets: "Targets") -> "PeftConfig":
    """peft's own configuration of a recipe's method.

    Args:
        recipe: its method and the method's options count; the method is not :data:`FULL`.
        targets: the modules to adapt.
    """
    import peft

    common: dict[str, Any] = {
        "target_modules": targets.modules,
        "task_type": "FEATURE_EXTRACTION",
    }
    method = recipe.method
    if method == "ia3":
        return peft.IA3Config(feedforward_modules=targets.feed_forward, **common)
    if method == "oft":
        return peft.OFTConfig(
            r=0, oft_block_size=recipe.block_size, module_dropout=recipe.dropout, **common
        )
    if method == "boft":
        return peft.BOFTConfig(
            boft_block_size=recipe.block_size, boft_dropout=recipe.dropout, **common
        )
    if method in ("loha", "lokr"):
        config = peft.LoHaConfig if method == "loha" else peft.LoKrConfig
        return config(r=recipe.rank, alpha=recipe.alpha, rank_dropout=recipe.dropout, **common)
    return peft.LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=recipe.dropout,
        use_rslora=method == "rslora",
        use_dora=method == "dora",
        **common,
    )
