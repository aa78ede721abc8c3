"""Models that give no single embedding a text: one sentence says so, before anything runs."""

from pathlib import Path
from typing import Any

from cardiobench.errors import UnfitModelError
from cardiobench.foundation.files import read_json

_CROSS = "is a cross-encoder: it scores two texts together and gives no embedding of one"
_LATE = "is a late-interaction model: it gives an embedding a token, not one a text"
_SPARSE = "is a sparse model: it gives weights of words, not a dense embedding"
# By sentence-transformers' model types and classes, and by mteb's words for kinds.
_KINDS = {
    "CrossEncoder": _CROSS,
    "cross-encoder": _CROSS,
    "MultiVectorEncoder": _LATE,
    "ColBERT": _LATE,
    "late-interaction": _LATE,
    "SparseEncoder": _SPARSE,
    "sparse": _SPARSE,
}
_WHY = (
    "Only dense models are compared here (one embedding a text): tasks, statistics, adapters and "
    "timings rest on it."
)


def not_dense(name: str, kind: str) -> UnfitModelError | None:
    """The error that says what a model of a kind is, or None for dense ones and unknown words.

    Args:
        name: the model, for the message.
        kind: a class or model type of sentence-transformers, or mteb's word.
    """
    what = _KINDS.get(kind)
    return UnfitModelError(f"{name} {what}. {_WHY}") if what else None


def refuse_not_dense_folder(folder: Path, named: str) -> None:
    """Refuse a folder whose own files say that its model is not dense.

    Raises:
        UnfitModelError: it is a cross-encoder, or a late-interaction or sparse model.
    """
    kind = str(_stated(folder / "config_sentence_transformers.json").get("model_type"))
    classes = _stated(folder / "config.json").get("architectures") or [""]
    if kind == "None" and str(classes[0]).endswith("ForSequenceClassification"):
        kind = "CrossEncoder"
    error = not_dense(named, kind)
    if error is not None:
        raise error


def refuse_not_dense_object(model: Any) -> None:
    """Refuse an object of a class that is not dense.

    Raises:
        UnfitModelError: it is a cross-encoder, or a late-interaction or sparse model.
    """
    for parent in type(model).__mro__:
        error = not_dense(f"This {type(model).__name__}", parent.__name__)
        if error is not None:
            raise error


def refuse_not_dense_rows(name: str, dimensions: int) -> None:
    """Refuse embeddings that are not a table, such as one embedding a token.

    Args:
        name: the model, for the message.
        dimensions: of the array that it gave.

    Raises:
        UnfitModelError: there are not two.
    """
    if dimensions != 2:
        error = not_dense(name, "late-interaction")
        assert error is not None  # noqa: S101
        raise error


def _stated(path: Path) -> dict[str, Any]:
    value = read_json(path) if path.is_file() else {}
    return value if isinstance(value, dict) else {}
