"""From an architecture (and perhaps an adapter) to a SentenceTransformer that can be trusted."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cardiobench.errors import WeightsError
from cardiobench.models.agreement import refuse_disagreement
from cardiobench.models.checkpoint import only_cached, pinned, refuse_half_loaded
from cardiobench.models.local_weights import refuse_other_weights, weights_folder, weights_location
from cardiobench.models.model_folder import load_whole
from cardiobench.models.openvino import use_openvino
from cardiobench.models.trained_weights import load_trained, merge_adapter
from cardiobench.plugins.architecture import Architecture, Backend, Precision
from cardiobench.plugins.registry import Plugins

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


@dataclass(frozen=True, slots=True, kw_only=True)
class _Options:
    """What the user decides about loading, as :func:`load_encoder` takes it."""

    location: str | None
    device: str | None
    trust_remote_code: bool
    allow_pickle: bool


def load_encoder(
    architecture: Architecture,
    plugins: Plugins,
    *,
    location: str | Path | None = None,
    device: str | None = None,
    trust_remote_code: bool = False,
    allow_pickle: bool = False,
) -> "SentenceTransformer":
    """Load a model as its architecture specifies it, or refuse.

    A plugin's ``cardiobench_build_encoder`` is asked first. Otherwise the weights come from
    ``location``, the architecture's folder, the carried package or the hub at the pinned revision.

    Args:
        architecture: what to load.
        plugins: asked for an encoder of their own.
        location: a local model folder to load instead.
        device: torch device, or None for the best at hand.
        trust_remote_code: whether code from the hub may run.
        allow_pickle: whether weights that are published as a pickle only may be read, through
            torch's restricted unpickler.

    Returns:
        A model in evaluation mode; embeddings (n, ``embedding_dim``), float32.

    Raises:
        WeightsError: weights are missing, half-loaded or of another size than specified, or need
            remote code, a pickle or a GPU that was not allowed or is not there.
    """
    options = _Options(
        location=str(location) if location else None,
        device=device,
        trust_remote_code=trust_remote_code,
        allow_pickle=allow_pickle,
    )
    if architecture.remote_code and not trust_remote_code:
        raise WeightsError(
            f"{architecture.checkpoint} runs code from the hub. Read it at revision "
            f"{architecture.revision}, then allow it with --trust-remote-code."
        )
    model = _loaded(architecture, plugins, options)
    refuse_disagreement(model, architecture)
    if architecture.backend == Backend.OPENVINO:
        use_openvino(model.eval(), architecture.name)
    return model.eval()


def _loaded(
    architecture: Architecture, plugins: Plugins, options: _Options
) -> "SentenceTransformer":
    """The plugin's own encoder, else the architecture's folder as saved, else one of parts."""
    model: SentenceTransformer | None = plugins.build_encoder(
        architecture,
        device=options.device,
        trust_remote_code=options.trust_remote_code,
        location=options.location,
    )
    if model is None and architecture.folder and not options.location:
        _refuse_unpinned(architecture)
        model = load_whole(architecture, options.device)
    return _build(architecture, options) if model is None else model


def _build(architecture: Architecture, options: _Options) -> "SentenceTransformer":
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, Pooling

    transformer = _transformer(architecture, options)
    dimension = transformer.get_embedding_dimension()
    modules: list[Any] = [transformer, Pooling(dimension, pooling_mode=architecture.pooling.value)]
    if architecture.normalise:
        modules.append(Normalize())
    prompts = {
        "query": architecture.query_prompt,
        "document": architecture.document_prompt,
        "default": architecture.default_prompt,
    }
    return SentenceTransformer(
        modules=modules,
        device=options.device,
        prompts=prompts,
        default_prompt_name="default" if architecture.default_prompt else None,
        similarity_fn_name="cosine",
    )


def _transformer(architecture: Architecture, options: _Options) -> Any:
    """The token encoder with its tokenizer, checked key by key before it is loaded."""
    from sentence_transformers.sentence_transformer.modules import Transformer

    source = options.location or weights_location(architecture)
    trust = options.trust_remote_code and architecture.remote_code
    common: dict[str, Any] = {"trust_remote_code": trust}
    if not Path(source).is_dir():
        architecture = pinned(architecture)
        common["revision"] = architecture.revision
        common["local_files_only"] = only_cached(architecture)
    weights = {**common, "use_safetensors": _weights_format(architecture, options)}
    precision = _precision_options(architecture, options.device)
    refuse_half_loaded(architecture, source, weights)
    if not options.location:
        _refuse_unpinned(architecture)
    kwargs: dict[str, Any] = {
        "model_kwargs": {**weights, **precision},
        "processor_kwargs": dict(common),
        "config_kwargs": dict(common),
        "max_seq_length": architecture.max_seq_length,
    }
    if architecture.model_class:
        from cardiobench.models.custom_class import OwnClassTransformer

        transformer: Any = OwnClassTransformer(
            source, model_class=architecture.model_class, **kwargs
        )
    else:
        transformer = Transformer(source, **kwargs)
    if architecture.bidirectional:
        _attend_to_both_sides(transformer.model)
    _set_up_tokenizer(transformer.tokenizer, architecture)
    return transformer


def _refuse_unpinned(architecture: Architecture) -> None:
    """Refuse weights under a published name that are not the published ones."""
    folder = weights_folder(architecture)
    if folder is not None:
        remedy = f"Delete {folder} to have them loaded again."
        if architecture.folder:
            remedy = f"Run them as a model of their own: --model {folder} --name NAME"
        refuse_other_weights(folder, architecture, remedy)


def _attend_to_both_sides(model: Any) -> None:
    """Lift a decoder's causal mask.

    transformers builds masks by the configuration and leaves some to the attention modules. Given
    while a configuration is loaded, the option is dropped without a word.
    """
    model.config.is_causal = False
    for module in model.modules():
        if hasattr(module, "is_causal"):
            module.is_causal = False


def _weights_format(architecture: Architecture, options: _Options) -> bool | None:
    """Safetensors only (True), or safetensors if there are any (None)."""
    if not architecture.pickled_weights:
        return True
    if not options.allow_pickle:
        raise WeightsError(
            f"{architecture.checkpoint} is published as a pickle only. torch reads it through a "
            "restricted unpickler (weights_only); allow that with --allow-pickle."
        )
    return None


def _precision_options(architecture: Architecture, device: str | None) -> dict[str, Any]:
    """What ``from_pretrained`` needs for the number format.

    Raises:
        WeightsError: int8 or int4 on another device than a CUDA GPU or a CPU, or without
            bitsandbytes.
    """
    import importlib.util

    import torch

    precision = architecture.precision
    if precision not in (Precision.INT8, Precision.INT4):
        return {"dtype": getattr(torch, precision.value)}
    place = device or ("cuda" if torch.cuda.is_available() else "cpu")
    if place.partition(":")[0] not in ("cuda", "cpu"):
        raise WeightsError(
            f"{precision.value} weights need a CUDA GPU or a CPU, not {place}. Type: --device cpu"
        )
    if importlib.util.find_spec("bitsandbytes") is None:
        raise WeightsError(
            f"{precision.value} weights need bitsandbytes. "
            "Type: pip install 'cardiobench[bitsandbytes]'"
        )
    from transformers import BitsAndBytesConfig

    config = BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_8bit=precision == Precision.INT8, load_in_4bit=precision == Precision.INT4
    )
    return {"quantization_config": config, "device_map": {"": place}}


def _set_up_tokenizer(tokenizer: Any, architecture: Architecture) -> None:
    """Padding side and final token as specified; both are saved with the tokenizer.

    Raises:
        WeightsError: the tokenizer does not know the final token.
    """
    tokenizer.padding_side = architecture.padding_side
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    final = architecture.final_token
    if not final:
        return
    number = tokenizer.get_vocab().get(final)
    if number is None:
        raise WeightsError(
            f"{architecture.name}: its tokenizer has no token {final!r}; correct final_token in "
            "the plugin."
        )
    if tokenizer("a")["input_ids"][-1] == number:
        return
    from tokenizers import processors

    end = processors.TemplateProcessing(
        single=f"$A {final}", pair=f"$A $B {final}", special_tokens=[(final, number)]
    )
    backend = tokenizer.backend_tokenizer
    before = backend.post_processor
    backend.post_processor = processors.Sequence([before, end]) if before else end


def load_adapter(model: "SentenceTransformer", folder: Path) -> "SentenceTransformer":
    """Put a trained adapter, or the weights of full fine-tuning, onto a loaded base model.

    An adapter is merged into 32-bit weights, as adapted models are served.

    Returns:
        The same model, changed in place.

    Raises:
        WeightsError: the folder holds neither, or one that does not fit the model.
    """
    return merge_adapter(load_trained(model, folder))
