"""BGE-M3: cls pooling, no instruction; the dense part of the model only.

The publisher offers the weights as a pickle only.
"""

from cardiobench import Architecture, Pooling, Reported, hookimpl

BGE_M3 = Architecture(
    name="bge-m3",
    checkpoint="BAAI/bge-m3",
    revision="5617a9f61b028005a4858fdac845db406aefb181",
    pooling=Pooling.CLS,
    lora_targets=("query", "value"),
    max_seq_length=8192,
    embedding_dim=1024,
    parameters=567_754_752,
    licence="mit",
    pickled_weights=True,
    unused_weights=(r"embeddings\.position_ids",),
    config={
        "model_type": "xlm-roberta",
        "vocab_size": 250002,
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "intermediate_size": 4096,
        "max_position_embeddings": 8194,
        "type_vocab_size": 1,
        "layer_norm_eps": 1e-05,
    },
    reported=Reported(
        separation=0.209,
        zero_shot_separation=0.059,
        texts_per_second=129.6,
        memory_gb=2.46,
    ),
)


@hookimpl
def cardiobench_architectures() -> list[Architecture]:
    """Supply BGE-M3."""
    return [BGE_M3]
