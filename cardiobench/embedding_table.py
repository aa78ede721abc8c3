"""Each distinct text of a run is encoded once, whichever tasks and columns it stands in."""

from typing import TYPE_CHECKING, Any

import numpy as np
from mteb.models.abs_encoder import AbsEncoder
from mteb.models.model_meta import ModelMeta
from mteb.types import PromptType
from numpy.typing import NDArray

from cardiobench.errors import StageError

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer


class EmbeddingTable(AbsEncoder):
    """An mteb encoder over a SentenceTransformer that remembers what it has encoded.

    mteb encodes every pair column, query set and corpus separately and repeats repeated texts.
    Prompts are those of the model: its query prompt for queries, its document prompt for
    documents, none where a task asks for neither, just as mteb's own wrapper does.

    Args:
        model: the loaded model.
        meta: name and revision under which mteb keeps the scores.
    """

    mteb_model_meta: ModelMeta

    def __init__(self, model: "SentenceTransformer", meta: ModelMeta) -> None:
        self.model = model
        self.mteb_model_meta = meta
        self._rows: dict[tuple[PromptType | None, str], NDArray[np.float32]] = {}

    def encode(
        self, inputs: Any, *, prompt_type: PromptType | None = None, **kwargs: Any
    ) -> NDArray[np.float32]:
        """Embeddings of the batches' texts in order, shape (n, embedding dimension), float32.

        Raises:
            StageError: the model gives NaN or infinite numbers; names the first such text.
        """
        texts = [text for batch in inputs for text in batch["text"]]
        new = [t for t in dict.fromkeys(texts) if (prompt_type, t) not in self._rows]
        if new:
            encode = self.model.encode
            if prompt_type == PromptType.query:
                encode = self.model.encode_query
            elif prompt_type == PromptType.document:
                encode = self.model.encode_document
            rows = np.asarray(
                encode(new, batch_size=kwargs.get("batch_size", 32), show_progress_bar=False),
                dtype=np.float32,
            )
            broken = ~np.isfinite(rows).all(axis=1)
            if broken.any():
                first = new[int(broken.argmax())]
                raise StageError(
                    f"{self.mteb_model_meta.name} gives NaN or infinite embeddings, "
                    f"first for {first!r}."
                )
            self._rows.update(zip(((prompt_type, t) for t in new), rows, strict=True))
        return np.stack([self._rows[prompt_type, text] for text in texts])
