"""BioLinkBERT-large: a biomedical BERT that its authors never tuned for embeddings.

Mean pooling is our choice, as sentence-transformers makes it for such a model. The hub pins no
revision that we could check, so it is looked up when the model is run; weights are a pickle only.
"""

from cardiobench import Architecture, Pooling, Reported, hookimpl

BIOLINKBERT = Architecture(
    name="biolinkbert",
    checkpoint="michiyasunaga/BioLinkBERT-large",
    revision=None,
    pooling=Pooling.MEAN,
    lora_targets=("query", "value"),
    max_seq_length=512,
    embedding_dim=1024,
    parameters=333_475_840,
    licence="apache-2.0",
    pickled_weights=True,
    unused_weights=(r"embeddings\.position_ids",),
    config={
        "model_type": "bert",
        "vocab_size": 28895,
        "hidden_size": 1024,
        "num_hidden_layers": 24,
        "num_attention_heads": 16,
        "intermediate_size": 4096,
    },
    reported=Reported(
        separation=0.510,
        zero_shot_separation=0.033,
        texts_per_second=143.5,
        memory_gb=1.51,
        trainable_parameters=16_800_000,
    ),
)


@hookimpl
def cardiobench_architectures() -> list[Architecture]:
    """Supply BioLinkBERT-large."""
    return [BIOLINKBERT]
