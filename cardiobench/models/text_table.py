"""A :class:`TextModel` as an mteb encoder: each distinct text is asked for once, and kept."""

import hashlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from mteb.models.abs_encoder import AbsEncoder
from mteb.models.model_meta import ModelMeta, ScoringFunction
from mteb.types import PromptType
from numpy.typing import NDArray

from cardiobench.errors import StageError
from cardiobench.foundation.files import cache_dir, canonical_json, sha256_text
from cardiobench.models.broken_embeddings import refuse_broken, refuse_constant
from cardiobench.models.embedding_cache import EmbeddingStore, size_limit
from cardiobench.plugins.text_model import Purpose, TextModel

PROBE = "Severe aortic valve stenosis without syncope."
# Below this cosine, one text has two embeddings: APIs are noisy, but not that much.
SAME = 0.999
Embeddings = NDArray[np.float32]


class TextTable(AbsEncoder):
    """What mteb needs around a model that turns texts into numbers.

    Embeddings are held on disk and outlive the process, so that a run that was stopped, throttled
    or failed asks only for what it lacks.

    Args:
        model: the model.
        keep: whether embeddings outlive the process, in the cache folder.

    Raises:
        CardioBenchError: the size of the cache is not a number.
    """

    mteb_model_meta: ModelMeta

    def __init__(self, model: TextModel, *, keep: bool = True) -> None:
        self.model = model
        identity = {"name": model.name, "revision": model.revision, **model.identity}
        key = sha256_text(canonical_json(identity))
        path = cache_dir() / "embeddings" / f"texts-{key}.sqlite"
        self._store = EmbeddingStore(path, size_limit()) if keep else EmbeddingStore()
        self._dimension = 0
        self.mteb_model_meta = ModelMeta.create_empty(
            overwrites={
                "name": model.name,
                "revision": model.revision,
                "languages": ["eng-Latn"],
                "framework": ["API"],
                "similarity_fn_name": ScoringFunction.COSINE,
                **model.description,
            }
        )

    def start(self) -> None:
        """Find the length of an embedding, and whether the model is the one of before.

        Raises:
            StageError: it gives a text another embedding than when the kept ones were made.
        """
        if self._dimension:
            return
        key = _key(PROBE, None)
        kept = self._store.read([key]).get(key)
        now = self._asked([PROBE], None)[0]
        if kept is not None and (kept.shape != now.shape or _cosine(kept, now) < SAME):
            raise StageError(
                f"{self.model.name} gives other embeddings than before under the same revision "
                f"{self.model.revision}: another model answers. Give it another revision."
            )
        if kept is None:
            self._store.write({key: now})
        self._dimension = len(now)
        self.mteb_model_meta = self.mteb_model_meta.model_copy(
            update={"embed_dim": self._dimension}
        )

    def encode(
        self, inputs: Any, *, prompt_type: PromptType | None = None, **kwargs: Any
    ) -> Embeddings:
        """Embeddings of the batches' texts in order, shape (n, dimension), float32.

        Raises:
            StageError: NaN, infinite numbers or only zeros for a text, which is named, the same
                embedding for every text, or embeddings of several lengths.
            CardioBenchError: the model does not answer.
        """
        self.start()
        places: dict[str, list[int]] = defaultdict(list)
        for number, text in enumerate(text for batch in inputs for text in batch["text"]):
            places[text].append(number)
        purpose = _purpose(prompt_type)
        rows = np.empty((sum(map(len, places.values())), self._dimension), dtype=np.float32)
        keys = {_key(text, purpose): text for text in places}
        stored = self._store.read(list(keys))
        missing = []
        for key, text in keys.items():
            if key in stored:
                rows[places[text]] = stored[key]
            else:
                missing.append(text)
        size = self.model.batch_size
        for start in range(0, len(missing), size):
            texts = missing[start : start + size]
            embeddings = self._asked(texts, purpose)
            for text, row in zip(texts, embeddings, strict=True):
                rows[places[text]] = row
            keyed = zip(texts, embeddings, strict=True)
            self._store.write({_key(text, purpose): row for text, row in keyed})
        refuse_constant(self.model.name, len(places), rows)
        return rows

    def usage(self) -> Mapping[str, int]:
        """What the model counted."""
        counts: Mapping[str, int] = self.model.usage()
        return counts

    def _asked(self, texts: Sequence[str], purpose: Purpose | None) -> Embeddings:
        """The model's own answer, checked."""
        answer = self.model.embed(texts, purpose)
        lengths = {len(row) for row in answer} | ({self._dimension} - {0})
        if len(answer) != len(texts) or len(lengths) != 1:
            raise StageError(
                f"{self.model.name} gives {len(answer)} embeddings of lengths "
                f"{sorted(lengths)} for {len(texts)} texts."
            )
        rows = np.asarray(answer, dtype=np.float32)
        refuse_broken(self.model.name, texts, rows)
        return rows


def _purpose(prompt_type: PromptType | None) -> Purpose | None:
    return prompt_type.value if prompt_type is not None else None


def _key(text: str, purpose: Purpose | None) -> bytes:
    return hashlib.sha256(f"{purpose}\0{text}".encode("utf-8", "surrogatepass")).digest()


def _cosine(one: Embeddings, other: Embeddings) -> float:
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))
