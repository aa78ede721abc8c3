"""Encoders that must look bad: they show what a score is worth without understanding."""

from typing import Any

RANDOM = "mteb/baseline-random-encoder"
TFIDF = "cardiobench/baseline-tfidf"
BASELINES = (RANDOM, TFIDF)


def load_baseline(name: str) -> Any:
    """A baseline encoder that ``mteb.evaluate`` takes, by its name in :data:`BASELINES`."""
    if name == TFIDF:
        from cardiobench.models.tfidf import TfidfEncoder

        return TfidfEncoder()
    import mteb

    return mteb.get_model(name)
