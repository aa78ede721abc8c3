"""E5-large-v2: mean pooling; every text needs "query: " or "passage: " before it.

For texts that are neither, its authors ask for "query: ".
"""

from cardiobench import Architecture, Pooling, Reported, hookimpl

E5_LARGE = Architecture(
    name="e5-large",
    checkpoint="intfloat/e5-large-v2",
    revision="b322e09026e4ea05f42beadf4d661fb4e101d311",
    pooling=Pooling.MEAN,
    query_prompt="query: ",
    document_prompt="passage: ",
    default_prompt="query: ",
    lora_targets=("query", "value"),
    max_seq_length=512,
    embedding_dim=1024,
    parameters=335_141_888,
    licence="mit",
    unused_weights=(r"embeddings\.position_ids",),
    config={
        "model_type": "bert",
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "intermediate_size": 4096,
    },
    reported=Reported(
        separation=0.284,
        zero_shot_separation=0.032,
        texts_per_second=121.2,
        memory_gb=1.55,
    ),
)


@hookimpl
def cardiobench_architectures() -> list[Architecture]:
    """Supply E5-large-v2."""
    return [E5_LARGE]
