"""What a job takes of a machine, from its model's size."""

import functools

from cardiobench.plugins.architecture import Architecture, Precision
from cardiobench.plugins.executor import Job, Needs
from cardiobench.plugins.registry import load_plugins

# The interpreter with torch, transformers and the data, measured with MiniLM (RSS 1.2 GiB).
PROCESS_BYTES = round(1.2 * 2**30)
BYTES_PER_PARAMETER = {
    Precision.FLOAT32: 4.0,
    Precision.FLOAT16: 2.0,
    Precision.BFLOAT16: 2.0,
    Precision.INT8: 1.0,
    Precision.INT4: 0.5,
}
# Beside the weights: activations and batches; in training, gradients of activations too.
EVALUATION_FACTOR = 1.3
TRAINING_FACTOR = 2.0
# From here on a model has a card for itself; smaller ones share.
WHOLE_CARD_PARAMETERS = 1_000_000_000
SHARES = 4


def needs_of(job: Job) -> Needs:
    """Estimate what a job takes; a model of unknown size has a card for itself."""
    architecture = (
        Architecture.from_json(job.architecture) if job.architecture else _architecture(job.model)
    )
    if architecture is None:
        return Needs(memory_bytes=PROCESS_BYTES, gpu_share=1.0)
    precision = Precision(job.precision) if job.precision else architecture.precision
    weights = architecture.parameters * BYTES_PER_PARAMETER[precision]
    factor = EVALUATION_FACTOR if job.recipe is None else TRAINING_FACTOR
    whole_card = architecture.parameters >= WHOLE_CARD_PARAMETERS
    return Needs(
        memory_bytes=PROCESS_BYTES + round(weights * factor),
        gpu_share=1.0 if whole_card else 1 / SHARES,
    )


@functools.cache
def _architecture(name: str) -> Architecture | None:
    return next((spec for spec, _ in load_plugins().architectures() if spec.name == name), None)
