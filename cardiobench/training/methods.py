"""What can be trained: peft's methods that come back exactly as they were saved, and everything."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from cardiobench.errors import CardioBenchError
from cardiobench.models.adapter_modules import Targets

if TYPE_CHECKING:
    from peft import PeftConfig

FULL = "full"
TARGETS = {
    "qv": "query and value projections: the architecture's `lora_targets`",
    "attention": "all linear modules of the attention blocks: query, key, value, output",
    "all-linear": "all linear modules of the layers",
}


class MethodOptions(Protocol):
    """What a method may be given; a :class:`cardiobench.training.recipe.Recipe` is one."""

    @property
    def method(self) -> str:
        """One of :data:`METHODS`."""

    @property
    def rank(self) -> int:
        """Rank of the update."""

    @property
    def alpha(self) -> int:
        """Updates are scaled by alpha / rank."""

    @property
    def dropout(self) -> float:
        """Dropout probability in the adapter."""

    @property
    def block_size(self) -> int:
        """Size of rotated blocks."""


# The name of peft's configuration class, and its arguments.
Config = tuple[str, dict[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One way to adapt a model.

    Attributes:
        title: how it is written.
        meaning: what it trains, with its paper.
        ignores: fields of a recipe that mean nothing to it.
        config: its class in peft and what it is made with; None where no adapter is put on.
        quantised: the formats of quantised base weights on which it trains and reloads exactly.
    """

    title: str
    meaning: str
    ignores: frozenset[str]
    config: Callable[[MethodOptions, Targets], Config] | None
    quantised: tuple[str, ...] = ()


def _lora(**kind: bool) -> Callable[[MethodOptions, Targets], Config]:
    def config(options: MethodOptions, targets: Targets) -> Config:
        sizes = {"r": options.rank, "lora_alpha": options.alpha, "lora_dropout": options.dropout}
        return "LoraConfig", {**sizes, **kind}

    return config


def _product(name: str) -> Callable[[MethodOptions, Targets], Config]:
    def config(options: MethodOptions, targets: Targets) -> Config:
        dropout = options.dropout
        return name, {"r": options.rank, "alpha": options.alpha, "rank_dropout": dropout}

    return config


def _oft(options: MethodOptions, targets: Targets) -> Config:
    block = {"r": 0, "oft_block_size": options.block_size}
    return "OFTConfig", {**block, "module_dropout": options.dropout}


def _boft(options: MethodOptions, targets: Targets) -> Config:
    block = {"boft_block_size": options.block_size}
    return "BOFTConfig", {**block, "boft_dropout": options.dropout}


def _ia3(options: MethodOptions, targets: Targets) -> Config:
    return "IA3Config", {"feedforward_modules": targets.feed_forward}


_RANKED = frozenset({"block_size"})
# No factor on what is trained stands for a share of the update.
_NOT_LINEAR = frozenset({"adapter_scale"})
_ROTATED = frozenset({"rank", "alpha"}) | _NOT_LINEAR
_SCALED = _RANKED | _ROTATED | {"dropout"}

METHODS = {
    "lora": Method(
        title="LoRA",
        meaning="a low-rank update beside each module (arXiv:2106.09685)",
        ignores=_RANKED,
        config=_lora(),
        quantised=("int8", "int4"),
    ),
    "rslora": Method(
        title="rsLoRA",
        meaning="LoRA scaled by alpha / sqrt(rank) (arXiv:2312.03732)",
        ignores=_RANKED,
        config=_lora(use_rslora=True),
        quantised=("int8", "int4"),
    ),
    "dora": Method(
        title="DoRA",
        meaning="LoRA for the direction of each weight column, its length apart (arXiv:2402.09353)",
        ignores=_RANKED | _NOT_LINEAR,
        config=_lora(use_dora=True),
        # On 8-bit weights peft's norm of the weights leaves bitsandbytes without its scales.
        quantised=("int4",),
    ),
    "ia3": Method(
        title="IA3",
        meaning="one factor per output of attention and per input of feed-forward modules "
        "(arXiv:2205.05638)",
        ignores=_SCALED,
        config=_ia3,
        quantised=("int8", "int4"),
    ),
    "oft": Method(
        title="OFT",
        meaning="block-diagonal rotations of the weights (arXiv:2306.07280)",
        ignores=_ROTATED,
        config=_oft,
    ),
    "boft": Method(
        title="BOFT",
        meaning="rotations in butterfly form, here with one factor (arXiv:2311.06243)",
        ignores=_ROTATED,
        config=_boft,
    ),
    "loha": Method(
        title="LoHa",
        meaning="the elementwise product of two low-rank updates (arXiv:2108.06098)",
        ignores=_RANKED | _NOT_LINEAR,
        config=_product("LoHaConfig"),
    ),
    "lokr": Method(
        title="LoKr",
        meaning="a Kronecker product as update (arXiv:2309.14859)",
        ignores=_RANKED | _NOT_LINEAR,
        config=_product("LoKrConfig"),
    ),
    FULL: Method(
        title="full fine-tuning",
        meaning="every weight of the model: the reference; saved as a whole model",
        ignores=_SCALED | {"targets"},
        config=None,
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


def peft_config(options: MethodOptions, targets: Targets) -> "PeftConfig":
    """peft's own configuration of a method.

    Args:
        options: the method and its options.
        targets: the modules to adapt.

    Raises:
        CardioBenchError: the method puts no adapter on.
    """
    config = METHODS[options.method].config
    if config is None:
        raise CardioBenchError(f"method = {options.method!r} puts no adapter on the model.")
    import peft

    name, arguments = config(options, targets)
    made: PeftConfig = getattr(peft, name)(
        target_modules=targets.modules, task_type="FEATURE_EXTRACTION", **arguments
    )
    return made
