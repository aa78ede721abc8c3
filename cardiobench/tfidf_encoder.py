"""Word TF-IDF as an mteb encoder."""

from typing import Any

import numpy as np
from mteb.models.abs_encoder import AbsEncoder
from mteb.models.model_meta import ModelMeta, ScoringFunction
from numpy.typing import NDArray

from cardiobench.sources.hpo import read_hpo


class TfidfEncoder(AbsEncoder):
    """Word TF-IDF with document frequencies from the names and definitions of all of HPO.

    It sees which words two texts share and how rare those are, and nothing else.
    """

    mteb_model_meta: ModelMeta

    def __init__(self) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        hpo = read_hpo()
        self.model = TfidfVectorizer(dtype=np.float32)
        self.model.fit(
            [text for c in hpo.concepts.values() for text in (c.name, c.definition) if text]
        )
        self.mteb_model_meta = ModelMeta.create_empty(
            overwrites={
                "name": "cardiobench/baseline-tfidf",
                "revision": f"hpo-{hpo.version}",
                "languages": ["eng-Latn"],
                "n_parameters": 0,
                "embed_dim": len(self.model.vocabulary_),
                "license": "apache-2.0",
                "similarity_fn_name": ScoringFunction.COSINE,
                "use_instructions": False,
                "training_datasets": set(),
            }
        )

    def encode(self, inputs: Any, **kwargs: Any) -> NDArray[np.float32]:
        """TF-IDF rows of length 1 (or 0 without a known word), shape (n, vocabulary), float32."""
        texts = [text for batch in inputs for text in batch["text"]]
        return np.asarray(self.model.transform(texts).todense(), dtype=np.float32)
