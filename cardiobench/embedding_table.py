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

    def __init__(self, model: "SentenceTransformer", meta: ModelMeta) -> None:
        self.model = model
        self.mteb_model_meta = meta
        self._rows: dict[tuple[PromptType | None, str], NDArray[np.float32]] = {}

    def encode(  # type: ignore[override]
        self, inputs: Any, *, prompt_type: PromptType | None = None, **kwargs: Any  # noqa: ANN401
    ) -> NDArray[np.float32]:
        """Embeddings of the batches' texts in order, shape (n, embedding dimension), float32.

        Raises:
            StageError: the model gives NaN or infinite numbers; names the first such text.
        """
        texts = [text for batch in inputs for text in batch["text"]]
        new = [t for t in dict.fromkeys(texts) if (prompt_type, t) not in self._rows]
        if new:
            encode = {
                PromptType.query: self.model.encode_query,
                PromptType.document: self.model.encode_document,
            }.get(prompt_type, self.model.encode)  # type: ignore[arg-type]
            rows = np.asarray(
                encode(new, batch_size=kwargs.get("batch_size", 32), show_progress_bar=False),
                dtype=np.float32,
            )
            broken = ~np.isfinite(rows).all(axis=1)
            if broken.any():
                raise StageError(
                    f"{self.mteb_model_meta.name if self.mteb_model_meta else 'the model'} gives "
                    f"NaN or infinite embeddings, first for {new[int(broken.argmax())]!r}."
                )
            self._rows.update(zip(((prompt_type, t) for t in new), rows, strict=True))
        return np.stack([self._rows[prompt_type, text] for text in texts])
