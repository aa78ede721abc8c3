"""A plugin whose models are quick, crash or hang."""

import os
import signal
import time

from cardiobench import Architecture, Pooling, hookimpl


def spec(name):
    return Architecture(
        name=name,
        checkpoint=f"example/{name}",
        revision="0" * 40,
        pooling=Pooling.MEAN,
        lora_targets=(),
        max_seq_length=64,
        embedding_dim=64,
        parameters=64_000,
        licence="mit",
    )


@hookimpl
def cardiobench_architectures():
    return [spec(name) for name in ("good", "better", "fine", "crashes", "hangs", "raises")]


@hookimpl
def cardiobench_build_encoder(architecture):
    if architecture.name == "crashes":
        os.kill(os.getpid(), signal.SIGKILL)  # as the system does when memory runs out
    if architecture.name == "hangs":
        time.sleep(3600)
    if architecture.name == "raises":
        raise KeyboardInterrupt("odd")
    if architecture.name not in ("good", "better", "fine"):
        return None
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import StaticEmbedding
    from tokenizers import Tokenizer, models, pre_tokenizers

    words = {"[UNK]": 0, **{word: n + 1 for n, word in enumerate("no with of the heart".split())}}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    torch.manual_seed(0)
    return SentenceTransformer(modules=[StaticEmbedding(tokenizer, embedding_dim=64)])
