"""Gemma-2-2B (instruction-tuned): a decoder whose publisher names no pooling.

Last token with an end-of-sequence token is our choice, usual for decoders turned into encoders
(https://arxiv.org/abs/2401.00368). The checkpoint is gated: accept its terms on the hub first.
"""

from cardiobench import Architecture, Kind, Pooling, Precision, Reported, hookimpl

GEMMA_2_2B = Architecture(
    name="gemma-2-2b",
    checkpoint="google/gemma-2-2b-it",
    revision="299a8560bedf22ed1c72a8a11e7dce4a7f9f51f8",
    pooling=Pooling.LAST_TOKEN,
    lora_targets=("q_proj", "v_proj"),
    max_seq_length=8192,
    embedding_dim=2304,
    parameters=2_614_341_888,
    kind=Kind.DECODER,
    padding_side="left",
    final_token="<eos>",
    precision=Precision.BFLOAT16,
    licence="gemma",
    licence_note="Gemma Terms of Use and Prohibited Use Policy; they pass on to derivatives",
    config={
        "model_type": "gemma2",
        "vocab_size": 256000,
        "hidden_size": 2304,
        "num_hidden_layers": 26,
        "num_attention_heads": 8,
        "num_key_value_heads": 4,
        "head_dim": 256,
        "intermediate_size": 9216,
        "query_pre_attn_scalar": 256,
    },
    reported=Reported(
        separation=0.455,
        zero_shot_separation=0.057,
        texts_per_second=55.5,
        memory_gb=12.02,
    ),
)


@hookimpl
def cardiobench_architectures() -> list[Architecture]:
    """Supply Gemma-2-2B."""
    return [GEMMA_2_2B]
