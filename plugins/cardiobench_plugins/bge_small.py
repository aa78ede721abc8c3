"""BGE-small-en-v1.5: cls pooling, an instruction before queries only."""

from cardiobench import Architecture, Pooling, Reported, hookimpl

BGE_SMALL = Architecture(
    name="bge-small",
    checkpoint="BAAI/bge-small-en-v1.5",
    revision="5c38ec7c405ec4b44b94cc5a9bb96e735b38267a",
    pooling=Pooling.CLS,
    query_prompt="Represent this sentence for searching relevant passages: ",
    lora_targets=("query", "value"),
    max_seq_length=512,
    embedding_dim=384,
    parameters=33_360_000,
    licence="mit",
    unused_weights=(r"embeddings\.position_ids",),
    config={
        "model_type": "bert",
        "hidden_size": 384,
        "num_hidden_layers": 12,
        "num_attention_heads": 12,
        "intermediate_size": 1536,
    },
    weights_sha256="3c9f31665447c8911517620762200d2245a2518d6e7208acc78cd9db317e21ad",
    reported=Reported(
        separation=0.250,
        zero_shot_separation=0.122,
        texts_per_second=467.3,
        memory_gb=0.24,
    ),
)


@hookimpl
def cardiobench_architectures() -> list[Architecture]:
    """Supply BGE-small-en-v1.5."""
    return [BGE_SMALL]
