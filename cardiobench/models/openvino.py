"""Running a loaded model's network through OpenVINO on a CPU: faster, and the same to rounding."""

import warnings
from typing import TYPE_CHECKING, Any

from cardiobench.errors import WeightsError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# What the converted network's token embeddings may differ from torch's, relative to their size.
TOLERANCE = 1e-4
_PROBES = ["Atrial fibrillation", "Left ventricular hypertrophy with preserved ejection fraction."]


def use_openvino(model: "SentenceTransformer", name: str) -> None:
    """Have a model's transformer run through OpenVINO, in float32; tokenizer and pooling stay.

    transformers' own optimum packages do not install beside transformers 5, so the network is
    converted directly. Its output is compared with torch's before it is used.

    Args:
        model: a loaded model on the CPU; changed in place. Its torch weights stay in memory.
        name: of the model, for messages.

    Raises:
        WeightsError: OpenVINO is not installed, the model is not on the CPU in float32, its network
            cannot be converted, or the conversion gives other numbers.
    """
    import torch

    network: Any = getattr(model, "transformers_model", None)
    if network is None or model.device.type != "cpu" or network.dtype != torch.float32:
        raise WeightsError(
            f"{name}: --backend openvino runs transformers on a CPU in float32. "
            "Type: --device cpu --precision float32, or --backend torch"
        )
    features = {k: v for k, v in model.preprocess(_PROBES).items() if isinstance(v, torch.Tensor)}
    with torch.inference_mode():
        wanted = network(**features).last_hidden_state
    run = _converted(network, features, name)
    kept = features["attention_mask"].bool()
    difference = (run(**features).last_hidden_state - wanted)[kept].abs().max()
    if not difference <= TOLERANCE * wanted[kept].abs().max():
        raise WeightsError(
            f"{name}: OpenVINO gives other numbers than torch (by {float(difference):.1e}). "
            "Type: --backend torch"
        )
    network.forward = run
    # Part of the fingerprint by which embeddings are kept.
    network.config.cardiobench_backend = "openvino"


def _converted(network: Any, features: dict[str, Any], name: str) -> Any:
    """A function that takes what the network takes and gives its last hidden state."""
    try:
        import openvino
    except ImportError as error:
        raise WeightsError(
            "--backend openvino needs OpenVINO. Type: pip install 'cardiobench[openvino]'"
        ) from error
    import torch
    from transformers.modeling_outputs import BaseModelOutput

    try:
        # Tracing warns about every branch that depends on a shape; the output is compared instead.
        with torch.inference_mode(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            converted = openvino.convert_model(network, example_input=dict(features))
        options = {
            "INFERENCE_PRECISION_HINT": "f32",
            "INFERENCE_NUM_THREADS": torch.get_num_threads(),
            "PERFORMANCE_HINT": "LATENCY",
        }
        compiled = openvino.Core().compile_model(converted, "CPU", options)
    except Exception as error:
        lines = str(error).strip().splitlines()
        raise WeightsError(
            f"{name}: OpenVINO cannot convert it ({lines[0] if lines else type(error).__name__}). "
            "Type: --backend torch"
        ) from error
    inputs = [port.any_name for port in converted.inputs]

    def run(**features: Any) -> BaseModelOutput:
        outputs = compiled({key: features[key].numpy() for key in inputs})
        # OpenVINO reuses its output's memory at the next call.
        return BaseModelOutput(last_hidden_state=torch.from_numpy(outputs[0].copy()))

    return run
