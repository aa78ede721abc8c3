"""BGE-large-en-v1.5: cls pooling, an instruction before queries only."""

from cardiobench import Architecture, Pooling, Reported, hookimpl

BGE_LARGE = Architecture(
    name="bge-large",
    checkpoint="BAAI/bge-large-en-v1.5",
    revision="d4aa6901d3a41ba39fb536a557fa166f842b0e09",
    pooling=Pooling.CLS,
    query_prompt="Represent this sentence for searching relevant passages: ",
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
        separation=0.314,
        zero_shot_separation=0.109,
        texts_per_second=128.8,
        memory_gb=1.55,
    ),
)


@hookimpl
def cardiobench_architectures() -> list[Architecture]:
    """Supply BGE-large-en-v1.5."""
    return [BGE_LARGE]
