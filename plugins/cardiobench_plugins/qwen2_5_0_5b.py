"""Qwen2.5-0.5B: a decoder whose publisher names no pooling.

Last token with an end-of-sequence token is our choice, usual for decoders turned into encoders
(https://arxiv.org/abs/2401.00368).
"""

from cardiobench import Architecture, Kind, Pooling, Precision, Reported, hookimpl

QWEN2_5_0_5B = Architecture(
    name="qwen2.5-0.5b",
    checkpoint="Qwen/Qwen2.5-0.5B",
    revision="060db6499f32faf8b98477b0a26969ef7d8b9987",
    pooling=Pooling.LAST_TOKEN,
    lora_targets=("q_proj", "v_proj"),
    max_seq_length=32768,
    embedding_dim=896,
    parameters=494_032_768,
    kind=Kind.DECODER,
    padding_side="left",
    final_token="<|endoftext|>",
    precision=Precision.BFLOAT16,
    licence="apache-2.0",
    config={
        "model_type": "qwen2",
        "vocab_size": 151936,
        "hidden_size": 896,
        "num_hidden_layers": 24,
        "num_attention_heads": 14,
        "num_key_value_heads": 2,
        "intermediate_size": 4864,
        "max_position_embeddings": 32768,
    },
    reported=Reported(
        separation=0.327,
        zero_shot_separation=0.025,
        texts_per_second=88.1,
        memory_gb=2.47,
    ),
)


@hookimpl
def cardiobench_architectures() -> list[Architecture]:
    """Supply Qwen2.5-0.5B."""
    return [QWEN2_5_0_5B]
