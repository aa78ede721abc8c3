"""A classifier that is asked only about concepts which it has not seen."""

import functools
import operator
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cardiobench.foundation.files import sha256_text

FOLDS = 6
# Character n-grams of one text, or the sum of those of two.
NGRAMS: dict[str, Any] = {"analyzer": "char_wb", "ngram_range": (2, 4), "sublinear_tf": True}


def held_out_scores(
    sides: Sequence[Sequence[str]],
    labels: NDArray[np.int64],
    clusters: Sequence[Sequence[str]],
) -> NDArray[np.float64]:
    """What a logistic regression on character n-grams says of each item, its concepts unseen.

    Concepts fall into six folds by a hash. The items whose concepts are in the same folds are
    scored by a model of the items without any concept in these folds.

    Args:
        sides: the texts that the model may see, each of n items; n-grams of several are added up,
            so that nothing compares one with another.
        labels: 1 or 0 of each item, shape (n,).
        clusters: the concepts of each item.

    Returns:
        Decision values, shape (n,), float64; 0 where what is left to learn from is of one label.
    """
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    texts = [text for side in sides for text in side]
    vectorizer = TfidfVectorizer(dtype=np.float32, **NGRAMS).fit(texts)
    features = functools.reduce(operator.add, map(vectorizer.transform, sides))
    folds = [frozenset(map(_fold, concepts)) for concepts in clusters]
    values = np.zeros(len(labels))
    for test_folds in sorted(set(folds), key=sorted):
        is_test = np.array([item == test_folds for item in folds])
        is_train = np.array([not item & test_folds for item in folds])
        if len(set(labels[is_train].tolist())) < 2:
            continue
        # Balanced, so that the values of models from different folds have one zero.
        model = LogisticRegression(solver="liblinear", class_weight="balanced", random_state=0)
        model.fit(features[is_train], labels[is_train])
        values[is_test] = model.decision_function(features[is_test])
    return values


def _fold(concept: str) -> int:
    return int(sha256_text(concept)[:8], 16) % FOLDS
