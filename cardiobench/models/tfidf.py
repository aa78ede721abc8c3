"""Word TF-IDF as an mteb encoder."""

from typing import Any

import numpy as np
from mteb.models.abs_encoder import AbsEncoder
from mteb.models.model_meta import ModelMeta, ScoringFunction
from numpy.typing import NDArray

from cardiobench.foundation.files import sha256_text
from cardiobench.sources.hpo import read_hpo

UNKNOWN_DIRECTIONS = 256


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
                "embed_dim": len(self.model.vocabulary_) + UNKNOWN_DIRECTIONS,
                "license": "apache-2.0",
                "similarity_fn_name": ScoringFunction.COSINE,
                "use_instructions": False,
                "training_datasets": set(),
            }
        )

    def encode(self, inputs: Any, **kwargs: Any) -> NDArray[np.float32]:
        """TF-IDF rows of length 1, shape (n, vocabulary + 256), float32.

        A text without a known word gets a direction of its own: mteb gives a row of zeros a cosine
        of 0.5 with everything.
        """
        texts = [text for batch in inputs for text in batch["text"]]
        known = np.asarray(self.model.transform(texts).todense(), dtype=np.float32)
        unknown = np.zeros((len(texts), UNKNOWN_DIRECTIONS), dtype=np.float32)
        for row in np.flatnonzero(~known.any(axis=1)):
            unknown[row, int(sha256_text(texts[row])[:8], 16) % UNKNOWN_DIRECTIONS] = 1.0
        return np.concatenate([known, unknown], axis=1)
