"""Qwen3-Embedding-4B: last token, left padding, an instruction before queries."""

from cardiobench import Architecture, Kind, Pooling, Precision, Reported, hookimpl

QUERY_PROMPT = (
    "Instruct: Given a web search query, retrieve relevant passages that answer the query\nQuery:"
)

QWEN3_4B = Architecture(
    name="qwen3-4b",
    checkpoint="Qwen/Qwen3-Embedding-4B",
    revision="636cd9bf47d976946cdbb2b0c3ca0cb2f8eea5ff",
    pooling=Pooling.LAST_TOKEN,
    query_prompt=QUERY_PROMPT,
    lora_targets=("q_proj", "v_proj"),
    max_seq_length=32768,
    embedding_dim=2560,
    parameters=4_021_774_336,
    kind=Kind.DECODER,
    padding_side="left",
    final_token="<|endoftext|>",
    precision=Precision.BFLOAT16,
    licence="apache-2.0",
    config={
        "model_type": "qwen3",
        "vocab_size": 151665,
        "hidden_size": 2560,
        "num_hidden_layers": 36,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "intermediate_size": 9728,
        "max_position_embeddings": 40960,
    },
    reported=Reported(
        separation=0.446,
        zero_shot_separation=0.035,
        texts_per_second=27.4,
        memory_gb=17.99,
        trainable_parameters=42_000_000,
    ),
)


@hookimpl
def cardiobench_architectures() -> list[Architecture]:
    """Supply Qwen3-Embedding-4B."""
    return [QWEN3_4B]
