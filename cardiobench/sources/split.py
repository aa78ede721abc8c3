"""The one split of concepts into training and test, fixed by their identifiers."""

from typing import Literal

from cardiobench.foundation.files import sha256_text

SPLIT_VERSION = "cardiobench-v1"
TEST_PERCENT = 30

Split = Literal["train", "test"]


def split_of(concept_id: str) -> Split:
    """``"test"`` for about 30% of concepts, else ``"train"``.

    A hash of the identifier decides, so a concept keeps its side when a source gains or loses
    entries, and nothing needs to be stored.
    """
    bucket = int(sha256_text(f"{SPLIT_VERSION}:{concept_id}")[:8], 16) % 100
    return "test" if bucket < TEST_PERCENT else "train"
