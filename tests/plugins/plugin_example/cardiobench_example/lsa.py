"""Latent semantic analysis as a static embedding: a text is the mean of its words' vectors."""

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from cardiobench.sources import read_hpo, split_of

WORDS = 8192
DIMENSIONS = 128
UNKNOWN = "[UNK]"


def build() -> SentenceTransformer:
    """Fit the word vectors on the texts of HPO's training concepts; the same every time."""
    concepts = read_hpo().concepts.values()
    texts = [
        text
        for concept in concepts
        if split_of(concept.id) == "train"
        for text in (concept.name, concept.definition)
        if text
    ]
    tfidf = TfidfVectorizer(token_pattern=r"[a-z0-9]+", max_features=WORDS - 1, sublinear_tf=True)
    svd = TruncatedSVD(DIMENSIONS, random_state=0).fit(tfidf.fit_transform(texts))
    vectors = tfidf.idf_[:, None] * svd.components_.T
    # Unknown words point where the average word points.
    vectors = np.vstack([vectors, vectors.mean(axis=0)]).astype(np.float32)
    words = {word: int(number) for word, number in tfidf.vocabulary_.items()}
    embedding = StaticEmbedding(_tokenizer(words), embedding_weights=torch.from_numpy(vectors))
    return SentenceTransformer(modules=[embedding, Normalize()], similarity_fn_name="cosine")


def _tokenizer(words: dict[str, int]) -> Tokenizer:
    tokenizer = Tokenizer(models.WordLevel({**words, UNKNOWN: len(words)}, unk_token=UNKNOWN))
    tokenizer.normalizer = normalizers.Lowercase()
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(r"[^a-z0-9]+"), behavior="removed")
    return tokenizer
