"""Each distinct text of a run is encoded once, whichever tasks and columns it stands in."""

import hashlib
from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
from mteb.models.abs_encoder import AbsEncoder
from mteb.models.model_meta import ModelMeta
from mteb.types import PromptType

from cardiobench.foundation.files import cache_dir
from cardiobench.models.broken_embeddings import refuse_broken, refuse_constant
from cardiobench.models.embedding_cache import EmbeddingStore, size_limit
from cardiobench.models.fingerprint import model_fingerprint
from cardiobench.models.token_batches import BLOCK, Embeddings, TokenBatches

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

# Encoded at the start of every run: embeddings are taken from the store only where the model
# still gives these the same ones.
PROBES = (
    "Dyspnoea?",
    "Severe aortic valve stenosis without syncope, LVEF 35%.",
    " ".join(["dyspnoea", "on", "exertion", "(NYHA", "III),"] * 120),
)


class EmbeddingTable(AbsEncoder):
    """An mteb encoder over a SentenceTransformer that remembers what it has encoded.

    mteb encodes every pair column, query set and corpus separately and repeats repeated texts.
    Prompts are those of the model: its query prompt for queries, its document prompt for
    documents, none where a task asks for neither, just as mteb's own wrapper does. Embeddings are
    held on disk, not in memory; queries and documents share them if the model makes no difference.

    Args:
        model: the loaded model.
        meta: name and revision under which mteb keeps the scores.
        keep: whether embeddings outlive the process, in the cache folder.

    Raises:
        CardioBenchError: the size of the cache is not a number.
    """

    mteb_model_meta: ModelMeta

    def __init__(
        self, model: "SentenceTransformer", meta: ModelMeta, *, keep: bool = False
    ) -> None:
        self.model = model
        self.mteb_model_meta = meta
        self._name = str(meta.name)
        self._batches = TokenBatches(model)
        self._store = EmbeddingStore()
        if keep:
            path = cache_dir() / "embeddings" / f"{model_fingerprint(model)}.sqlite"
            self._store = EmbeddingStore(path, size_limit())
        self._salts: dict[PromptType | None, bytes] = {}
        self._dimension = 0

    def encode(
        self, inputs: Any, *, prompt_type: PromptType | None = None, **kwargs: Any
    ) -> Embeddings:
        """Embeddings of the batches' texts in order, shape (n, embedding dimension), float32.

        Raises:
            StageError: the model gives NaN, infinite numbers or only zeros for a text, which is
                named, or the same embedding for every text.
        """
        places: dict[str, list[int]] = defaultdict(list)
        for number, text in enumerate(text for batch in inputs for text in batch["text"]):
            places[text].append(number)
        salt = self._salt(prompt_type)
        rows = np.empty((sum(map(len, places.values())), self._dimension), dtype=np.float32)
        texts = list(places)
        missing: list[str] = []
        for start in range(0, len(texts), BLOCK):
            block = {_key(salt, text): text for text in texts[start : start + BLOCK]}
            stored = self._store.read(list(block))
            for key, text in block.items():
                if key in stored:
                    rows[places[text]] = stored[key]
                else:
                    missing.append(text)
        for encoded, embeddings in self._batches.blocks(missing, prompt_type):
            refuse_broken(self._name, encoded, embeddings)
            for text, row in zip(encoded, embeddings, strict=True):
                rows[places[text]] = row
            keys = [_key(salt, text) for text in encoded]
            self._store.write(dict(zip(keys, embeddings, strict=True)))
        refuse_constant(self._name, len(texts), rows)
        return rows

    def _salt(self, prompt_type: PromptType | None) -> bytes:
        """What stands for model and prompt in the keys: the embeddings of the probes."""
        if prompt_type not in self._salts:
            probes = self._batches.encode(PROBES, prompt_type)
            self._dimension = probes.shape[1]
            known = self._store.known_probe(probes.reshape(-1))
            self._salts[prompt_type] = hashlib.sha256(known).digest()
        return self._salts[prompt_type]


def _key(salt: bytes, text: str) -> bytes:
    # A lone surrogate, which some corpora hold, is no valid UTF-8.
    return hashlib.sha256(salt + text.encode("utf-8", "surrogatepass")).digest()
