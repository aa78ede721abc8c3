"""Encoding in batches of equally long texts and a bounded number of tokens."""

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from mteb.types import PromptType
from numpy.typing import NDArray

from cardiobench.foundation.tracebacks import show

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Texts that are counted, encoded and stored together.
BLOCK = 1024
# Padded tokens in a batch: on a CPU its activations should stay in the cores' caches, a GPU needs
# more work than that to be busy.
CPU_TOKENS_PER_THREAD = 1024
GPU_TOKENS = 16_384
# Texts in a batch of a model whose tokens cannot be counted.
UNCOUNTED = 32

Embeddings = NDArray[np.float32]
# The prompts that sentence-transformers looks for, in its order.
_PROMPTS = {PromptType.query: ("query",), PromptType.document: ("document", "passage", "corpus")}


class TokenBatches:
    """Encodes texts with a model in length-sorted batches, smaller ones once memory runs out.

    Args:
        model: encodes, by its own ``encode``, ``encode_query`` and ``encode_document``.
        budget: padded tokens in a batch, or None for what suits the device.
    """

    def __init__(self, model: "SentenceTransformer", budget: int | None = None) -> None:
        import torch

        self._model = model
        on_cpu = model.device.type == "cpu"
        usual = CPU_TOKENS_PER_THREAD * torch.get_num_threads() if on_cpu else GPU_TOKENS
        self._budget = budget or usual

    def blocks(
        self, texts: Sequence[str], prompt_type: PromptType | None
    ) -> Iterator[tuple[list[str], Embeddings]]:
        """The texts in blocks of like length, each with its embeddings in the block's order."""
        ordered = sorted(texts, key=len, reverse=True)
        for start in range(0, len(ordered), BLOCK):
            block = ordered[start : start + BLOCK]
            yield block, self.encode(block, prompt_type)

    def encode(self, texts: Sequence[str], prompt_type: PromptType | None) -> Embeddings:
        """Embeddings of some texts in order, shape (n, embedding dimension), float32."""
        lengths = self._token_counts(texts, prompt_type)
        order = sorted(range(len(texts)), key=lambda row: -lengths[row])
        parts: list[Embeddings] = []
        start = 0
        while start < len(order):
            width = lengths[order[start]]
            rows = order[start : start + max(1, self._budget // width)]
            try:
                parts.append(self._forward([texts[row] for row in rows], prompt_type))
            except RuntimeError as error:
                if len(rows) == 1 or not _is_out_of_memory(error):
                    raise
                self._budget = len(rows) * width // 2
            else:
                start += len(rows)
        embeddings = np.concatenate(parts)
        return embeddings[np.argsort(order)]

    def _forward(self, texts: list[str], prompt_type: PromptType | None) -> Embeddings:
        encode: Callable[..., Any] = self._model.encode
        if prompt_type == PromptType.query:
            encode = self._model.encode_query
        elif prompt_type == PromptType.document:
            encode = self._model.encode_document
        rows = encode(texts, batch_size=len(texts), show_progress_bar=False)
        return np.asarray(rows, dtype=np.float32)

    def _token_counts(self, texts: Sequence[str], prompt_type: PromptType | None) -> list[int]:
        """Tokens of each text behind its prompt, or equal shares of a batch if none can be had."""
        try:
            features: Any = self._model.preprocess(list(texts), prompt=self._prompt(prompt_type))
            counts: list[int] = features["attention_mask"].sum(dim=1).tolist()
        except Exception as error:  # a plugin's own module: what is wrong shows on encoding
            show(error)
            counts = []
        if len(counts) != len(texts):
            return [max(1, self._budget // UNCOUNTED)] * len(texts)
        return [max(1, count) for count in counts]

    def _prompt(self, prompt_type: PromptType | None) -> str | None:
        names = _PROMPTS.get(prompt_type, ()) if prompt_type else ()
        prompts = self._model.prompts
        for name in (*names, self._model.default_prompt_name):
            if name in prompts:
                return prompts[name]
        return None


def _is_out_of_memory(error: RuntimeError) -> bool:
    import torch

    # On a CPU torch raises a plain RuntimeError.
    return isinstance(error, torch.OutOfMemoryError) or "can't allocate memory" in str(error)
