"""jina-embeddings-v2-base-en: mean pooling over a BERT with ALiBi and gated feed-forward layers.

The checkpoint says ``model_type: bert``, so without its own class AutoModel would build a plain
BERT with new random layers, which CardioBench refuses. The publisher's code on the hub imports
names that transformers 5 removed; :mod:`cardiobench_plugins.jina_v2.modelling` is our own class.
"""

from cardiobench import Architecture, Pooling, Reported, hookimpl

JINA_V2 = Architecture(
    name="jina-v2",
    checkpoint="jinaai/jina-embeddings-v2-base-en",
    revision="6e85f575bc273f1fd840a658067d0157933c83f0",
    pooling=Pooling.MEAN,
    lora_targets=("query", "value"),
    max_seq_length=8192,
    embedding_dim=768,
    parameters=137_368_320,
    licence="apache-2.0",
    model_class="cardiobench_plugins.jina_v2.modelling:JinaBertModel",
    config={
        "model_type": "bert",
        "vocab_size": 30528,
        "max_position_embeddings": 8192,
        "position_embedding_type": "alibi",
        "feed_forward_type": "geglu",
        "attention_probs_dropout_prob": 0.0,
    },
    reported=Reported(
        separation=-0.175,
        zero_shot_separation=0.063,
        texts_per_second=228.3,
        memory_gb=0.77,
    ),
)


@hookimpl
def cardiobench_architectures() -> list[Architecture]:
    """Supply jina-embeddings-v2-base-en."""
    return [JINA_V2]
